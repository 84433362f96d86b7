package dev.cmt.actors.bench;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/**
 * One measured time of a flow engine, or of the matrix products alone.
 *
 * @param engine the engine, or {@code products (own)}, {@code products (mkl)}, {@code products
 *     (cublaslt)}
 * @param work {@code training step}, {@code log-prob} or {@code sample}
 * @param seconds of the fastest repetition, for the whole batch
 * @param medianSeconds of the median repetition
 * @param ratioToFloor over the faster matrix products of the same work; null without any
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record FlowFigure(
    String engine, String work, double seconds, double medianSeconds, Double ratioToFloor) {}
