package dev.cmt.energy;

/**
 * What a target says of a batch.
 *
 * @param logDensity {@code [rows]} log p̃(x) in kT: minus the regularised reduced energy; NaN where
 *     the row failed
 * @param logVolume {@code [rows]} log |dx/du|; NaN where the map itself failed
 * @param failure {@code [rows]} why a row failed, {@link RowFailure#NONE} where it did not
 */
public record Evaluation(double[] logDensity, double[] logVolume, RowFailure[] failure) {
  public Evaluation {
    if (logDensity.length != logVolume.length || logDensity.length != failure.length) {
      throw new IllegalArgumentException(
          "logDensity (%d rows), logVolume (%d) and failure (%d) must have the same length."
              .formatted(logDensity.length, logVolume.length, failure.length));
    }
  }

  /** Rows of the batch. */
  public int rows() {
    return logDensity.length;
  }
}
