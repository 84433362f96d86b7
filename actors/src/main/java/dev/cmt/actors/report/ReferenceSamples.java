package dev.cmt.actors.report;

import java.util.Objects;

/**
 * Samples of the target from elsewhere, judged by the flow. All weigh the same.
 *
 * @param source where they came from, for people
 * @param data their densities and observables
 */
public record ReferenceSamples(String source, EvaluationData data) {
  public ReferenceSamples {
    Objects.requireNonNull(source, "source");
    if (data.rows() == 0) {
      throw new IllegalArgumentException(
          "None of the %d reference samples of %s has a finite density; they must be conformations of the run's target in nm, atoms in its order."
              .formatted(data.failedRows(), source));
    }
  }
}
