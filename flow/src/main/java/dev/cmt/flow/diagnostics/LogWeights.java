package dev.cmt.flow.diagnostics;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * Log-weights log p̃ − log q of the rows of a sample. Each keeps its place: NaN marks a row that is
 * left out, −∞ one whose weight is 0. Immutable.
 */
public final class LogWeights {
  /** Share of rows whose weight the paper clips (§D.3.1): the top for ESS, the bottom for ELBO. */
  public static final double CLIPPED_SHARE = 1e-4;

  private final double[] values;
  private final int used;

  private LogWeights(double[] values, int used) {
    this.values = values;
    this.used = used;
  }

  /**
   * From the two log-densities. A row is left out if either is NaN, log q is infinite or log p̃ is
   * +∞.
   *
   * @param logQ {@code [rows]} log-density of the model
   * @param logP {@code [rows]} log p̃, in the same measure
   * @throws IllegalArgumentException if the lengths differ or no row is left
   */
  public static LogWeights of(double[] logQ, double[] logP) {
    if (logQ.length != logP.length) {
      throw new IllegalArgumentException(
          "log q (%d rows) and log p̃ (%d rows) must have the same length."
              .formatted(logQ.length, logP.length));
    }
    double[] values = new double[logQ.length];
    for (int n = 0; n < values.length; n++) {
      values[n] = Double.isFinite(logQ[n]) ? logP[n] - logQ[n] : Double.NaN;
    }
    return of(values);
  }

  /**
   * From log-weights; NaN and +∞ are left out.
   *
   * @param logWeights {@code [rows]}, copied
   * @throws IllegalArgumentException if no row is left
   */
  public static LogWeights of(double[] logWeights) {
    double[] values = logWeights.clone();
    int used = 0;
    for (int n = 0; n < values.length; n++) {
      if (values[n] < Double.POSITIVE_INFINITY) {
        used++;
      } else {
        values[n] = Double.NaN;
      }
    }
    if (used == 0) {
      throw new IllegalArgumentException(
          "None of %d rows has a log-weight; diagnostics need at least one."
              .formatted(values.length));
    }
    return new LogWeights(values, used);
  }

  /** All rows, those left out too. */
  public int rows() {
    return values.length;
  }

  /** Rows that count, N. */
  public int used() {
    return used;
  }

  /** Rows left out. */
  public int dropped() {
    return values.length - used;
  }

  /** {@code [rows]} a copy; NaN where a row is left out. */
  public double[] values() {
    return values.clone();
  }

  /** Log of the sum of the weights; −∞ if all are 0. */
  public double logSum() {
    return LogSumExp.of(values);
  }

  /**
   * With the k = int(N · share) greatest log-weights lowered to the least of them, if k > 1.
   *
   * @param share in [0, 1]
   */
  public LogWeights clipTop(double share) {
    int k = clipped(share);
    if (k <= 1) {
      return this;
    }
    double limit = sorted()[used - k];
    return map(value -> Math.min(value, limit));
  }

  /**
   * With the k = int(N · share) least log-weights raised to the greatest of them, if k > 1.
   *
   * @param share in [0, 1]
   */
  public LogWeights clipBottom(double share) {
    int k = clipped(share);
    if (k <= 1) {
      return this;
    }
    double limit = sorted()[k - 1];
    return map(value -> Math.max(value, limit));
  }

  /**
   * {@code [rows]} weights with sum 1; 0 where a row is left out.
   *
   * @throws IllegalStateException if all weights are 0
   */
  public double[] normalized() {
    double logSum = logSum();
    if (logSum == Double.NEGATIVE_INFINITY) {
      throw new IllegalStateException(
          "All %d weights are 0, so they cannot be normalised.".formatted(used));
    }
    double[] weights = new double[values.length];
    for (int n = 0; n < values.length; n++) {
      weights[n] = Double.isNaN(values[n]) ? 0 : Math.exp(values[n] - logSum);
    }
    return weights;
  }

  /** The rows that count, ascending. */
  double[] sorted() {
    double[] sorted = Arrays.stream(values).filter(value -> !Double.isNaN(value)).toArray();
    Arrays.sort(sorted);
    return sorted;
  }

  private int clipped(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException(
          "The clipped share (%s) must lie in [0, 1].".formatted(share));
    }
    return (int) (used * share);
  }

  private LogWeights map(DoubleUnaryOperator clip) {
    return new LogWeights(Arrays.stream(values).map(clip).toArray(), used);
  }
}
