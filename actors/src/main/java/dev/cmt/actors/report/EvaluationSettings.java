package dev.cmt.actors.report;

import dev.cmt.flow.diagnostics.LogWeights;
import java.util.Objects;

/**
 * What is judged, and how.
 *
 * @param system name of the target, as configs have it
 * @param temperatureK temperature of the run, K
 * @param targetEvaluations what the training cost so far
 * @param clippedShare share of the weights to clip, 0 to 1; {@link #PAPER_CLIPPED_SHARE} compares
 *     with the paper
 * @param transportPoints samples on either side of a Wasserstein-2 distance, at most, at least 1;
 *     the time grows somewhat faster than their square
 * @param seed of the resampling behind standard errors, and of choices among samples
 */
public record EvaluationSettings(
    String system,
    double temperatureK,
    long targetEvaluations,
    double clippedShare,
    int transportPoints,
    long seed) {
  /** What the paper clips. */
  public static final double PAPER_CLIPPED_SHARE = LogWeights.CLIPPED_SHARE;

  /** What the paper compares (§D.3.2). */
  public static final int PAPER_TRANSPORT_POINTS = 10_000;

  public EvaluationSettings {
    Objects.requireNonNull(system, "system");
    if (!(clippedShare >= 0 && clippedShare <= 1)) {
      throw new IllegalArgumentException(
          "The clipped share of the weights (%s) must lie in 0 … 1; the paper clips %s."
              .formatted(clippedShare, PAPER_CLIPPED_SHARE));
    }
    if (transportPoints < 1) {
      throw new IllegalArgumentException(
          "The points of the Wasserstein-2 distance (%d) must be at least 1; the paper takes %d."
              .formatted(transportPoints, PAPER_TRANSPORT_POINTS));
    }
  }

  /** With what the paper chose. */
  public static EvaluationSettings ofPaper(
      String system, double temperatureK, long targetEvaluations, long seed) {
    return new EvaluationSettings(
        system, temperatureK, targetEvaluations, PAPER_CLIPPED_SHARE, PAPER_TRANSPORT_POINTS, seed);
  }
}
