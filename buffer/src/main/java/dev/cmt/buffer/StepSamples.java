package dev.cmt.buffer;

/**
 * All samples of an annealing step, in the order of their batches whatever order they came in. The
 * arrays are not copied.
 */
public final class StepSamples {
  private final int step;
  private final int dimension;
  private final int[] batches;
  private final float[] u;
  private final double[] logQ;
  private final double[] logP;
  private final double[] logVolume;

  /**
   * @param step annealing step
   * @param rows rows of all batches that are there
   * @param dimension of u; 0 if there is no batch
   * @param batches the numbers of the batches that are there, ascending
   * @param u {@code [rows][dimension]} row-major
   * @param logQ {@code [rows]}
   * @param logP {@code [rows]}
   * @param logVolume {@code [rows]}
   */
  public StepSamples(
      int step,
      int rows,
      int dimension,
      int[] batches,
      float[] u,
      double[] logQ,
      double[] logP,
      double[] logVolume) {
    if (logQ.length != rows
        || logP.length != rows
        || logVolume.length != rows
        || u.length != (long) rows * dimension) {
      throw new IllegalArgumentException(
          "%d rows x %d ask for other lengths than u (%d), logQ (%d), logP (%d) and logVolume (%d) have."
              .formatted(rows, dimension, u.length, logQ.length, logP.length, logVolume.length));
    }
    this.step = step;
    this.dimension = dimension;
    this.batches = batches;
    this.u = u;
    this.logQ = logQ;
    this.logP = logP;
    this.logVolume = logVolume;
  }

  /** Annealing step. */
  public int step() {
    return step;
  }

  /** Rows of all batches that are there. */
  public int rows() {
    return logQ.length;
  }

  /** Of u; 0 if there is no batch. */
  public int dimension() {
    return dimension;
  }

  /** The numbers of the batches that are there, ascending. */
  public int[] batches() {
    return batches;
  }

  /** {@code [rows][dimension]} row-major, flow coordinates in [0, 1]. */
  public float[] u() {
    return u;
  }

  /** {@code [rows]} log q(x) in the target's Cartesian measure; NaN where the row failed. */
  public double[] logQ() {
    return logQ;
  }

  /** {@code [rows]} log p̃(x) in the same measure, in kT; NaN where the row failed. */
  public double[] logP() {
    return logP;
  }

  /** {@code [rows]} log |dx/du|; NaN where the row failed. */
  public double[] logVolume() {
    return logVolume;
  }
}
