package dev.cmt.actors.bench;

import java.util.Arrays;

/**
 * Seconds of the repetitions of one task.
 *
 * @param best the fastest: other load only ever slows
 * @param median half were faster: far above {@code best} on a machine that is busy otherwise
 * @param repetitions how many there were
 */
record Timing(double best, double median, int repetitions) {
  /**
   * @param nanos of each repetition, at least one
   */
  static Timing of(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    double middle = (sorted[(n - 1) / 2] + sorted[n / 2]) * 0.5e-9;
    return new Timing(sorted[0] * 1e-9, middle, n);
  }
}
