package dev.cmt.energy;

/** What a target says of a batch. A row that failed is NaN with a reason. */
public final class Evaluation {
  private final double[] logDensity;
  private final double[] logVolume;
  private final RowFailure[] failure;

  /**
   * Takes the arrays as they are, without a copy.
   *
   * @param logDensity {@code [rows]} log p̃(x) in kT: minus the regularised reduced energy; NaN
   *     where the row failed
   * @param logVolume {@code [rows]} log |dx/du|; NaN where the map itself failed
   * @param failure {@code [rows]} why a row failed, {@link RowFailure#NONE} where it did not
   */
  public Evaluation(double[] logDensity, double[] logVolume, RowFailure[] failure) {
    if (logDensity.length != logVolume.length || logDensity.length != failure.length) {
      throw new IllegalArgumentException(
          "logDensity (%d rows), logVolume (%d) and failure (%d) must have the same length."
              .formatted(logDensity.length, logVolume.length, failure.length));
    }
    this.logDensity = logDensity;
    this.logVolume = logVolume;
    this.failure = failure;
  }

  /** {@code [rows]} log p̃(x) in kT: minus the regularised reduced energy; NaN where failed. */
  public double[] logDensity() {
    return logDensity;
  }

  /** {@code [rows]} log |dx/du|; NaN where the map itself failed. */
  public double[] logVolume() {
    return logVolume;
  }

  /** {@code [rows]} why a row failed, {@link RowFailure#NONE} where it did not. */
  public RowFailure[] failure() {
    return failure;
  }

  /** Rows of the batch. */
  public int rows() {
    return logDensity.length;
  }
}
