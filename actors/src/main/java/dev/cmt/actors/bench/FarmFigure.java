package dev.cmt.actors.bench;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/**
 * How fast energy workers are.
 *
 * @param target what they evaluate
 * @param nodes processes of their own that the workers are in; 0 for those of the head's JVM
 * @param workers worker threads, all nodes together
 * @param evaluationsPerSecond of all of them
 * @param ratio to what the same number of workers should do or, in the head's JVM, does: the note
 *     says which; null for what others are compared with
 * @param headCpuMicros CPU time an evaluation at the head's process, µs; of its workers too
 * @param nodesCpuMicros CPU time an evaluation at the nodes, µs
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record FarmFigure(
    String target,
    int nodes,
    int workers,
    double evaluationsPerSecond,
    Double ratio,
    double headCpuMicros,
    double nodesCpuMicros) {}
