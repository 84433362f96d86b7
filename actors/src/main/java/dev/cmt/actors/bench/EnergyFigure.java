package dev.cmt.actors.bench;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/**
 * One measured speed of an energy engine.
 *
 * @param system the molecule
 * @param atoms of it
 * @param forces whether forces were computed too
 * @param engine who computed
 * @param cores how many worked side by side
 * @param evaluationsPerSecond of the fastest repetition
 * @param medianEvaluationsPerSecond of the median repetition
 * @param ratioToBestOpenMm over the faster OpenMM platform on as many cores; null without OpenMM
 * @param scaling over the same engine on one core
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record EnergyFigure(
    String system,
    int atoms,
    boolean forces,
    String engine,
    int cores,
    double evaluationsPerSecond,
    double medianEvaluationsPerSecond,
    Double ratioToBestOpenMm,
    double scaling) {}
