package dev.cmt.actors.report;

/**
 * Numbers that follow from rows counted as often as a resample drew them, so that all numbers of an
 * evaluation share the resamples of one bootstrap.
 */
interface Resampled {
  /** How many numbers. */
  int size();

  /**
   * Computes them; called by several threads at a time.
   *
   * @param counts {@code [rows]}
   * @param out written from {@code offset}, {@link #size} numbers
   */
  void compute(int[] counts, double[] out, int offset);
}
