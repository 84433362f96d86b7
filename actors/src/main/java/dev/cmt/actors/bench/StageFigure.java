package dev.cmt.actors.bench;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/**
 * Where the wall time of annealing steps went.
 *
 * @param stage {@code sample}, {@code dual}, {@code fit}, {@code rest}, {@code step}, {@code
 *     energy}, {@code checkpoint}, {@code storage} or {@code matrix products}
 * @param secondsPerStep mean over the measured steps
 * @param shareOfWall of a step's wall time, 0 to 1
 * @param overlapping whether it runs beside other stages, so that it does not add to the step
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record StageFigure(
    String stage, double secondsPerStep, double shareOfWall, boolean overlapping) {}
