package dev.cmt.flow.base;

import dev.cmt.flow.FlowChannel;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The density a flow starts from: independent columns on [0, 1], uniform or normal(0.5, 0.1)
 * truncated to [0, 1] and normalised there. Immutable; safe for use by many threads.
 *
 * <p>A row's noise depends on (run seed, step, row) alone. Draws are made in float64 by inverting
 * the distribution function and stored as float32; the density is always that of the stored value,
 * so that log q of a sample is the log q of the row that others receive.
 */
public final class BaseDistribution {
  /** Mean of the truncated normal columns. */
  public static final double MEAN = 0.5;

  /** Standard deviation, before truncation, of the truncated normal columns. */
  public static final double SIGMA = 0.1;

  /** Greatest row index within a step: 2^40 − 1. */
  public static final long MAX_ROW = (1L << 40) - 1;

  /** Greatest annealing step: 2^23 − 1. */
  public static final int MAX_STEP = (1 << 23) - 1;

  /** Φ(−5), the mass that truncation at five standard deviations cuts off each side. */
  public static final double TAIL_MASS = 2.866515718791939e-7;

  /**
   * Of a truncated normal column: log p(z) = −((z − MEAN) / SIGMA)² / 2 − LOG_NORMALIZER. Of a
   * uniform column log p(z) = 0.
   */
  public static final double LOG_NORMALIZER =
      Math.log(SIGMA) + 0.5 * Math.log(2 * Math.PI) + Math.log1p(-2 * TAIL_MASS);

  private final boolean[] truncatedNormal;

  /**
   * The base of a flow with these channels, in their order.
   *
   * @throws IllegalArgumentException if they have no column at all
   */
  public BaseDistribution(List<FlowChannel> channels) {
    int dimension = channels.stream().mapToInt(FlowChannel::size).sum();
    if (dimension == 0) {
      throw new IllegalArgumentException(
          "The channels %s must have at least one column.".formatted(channels));
    }
    truncatedNormal = new boolean[dimension];
    int column = 0;
    for (FlowChannel channel : channels) {
      for (int i = 0; i < channel.size(); i++) {
        truncatedNormal[column++] = channel.truncatedNormalBase();
      }
    }
  }

  /** Number of columns. */
  public int dimension() {
    return truncatedNormal.length;
  }

  /** {@code [dimension]} whether a column is truncated normal instead of uniform; a copy. */
  public boolean[] truncatedNormal() {
    return truncatedNormal.clone();
  }

  /** The truncated normal columns, in their order. */
  public int[] truncatedNormalColumns() {
    return IntStream.range(0, truncatedNormal.length)
        .filter(column -> truncatedNormal[column])
        .toArray();
  }

  /**
   * The stream of {@link CounterRandom} that a row draws from: the step in bits 40 to 62, the row
   * in bits 0 to 39.
   *
   * @param step annealing step, 0 to {@link #MAX_STEP}
   * @param row row within the step, 0 to {@link #MAX_ROW}
   * @throws IllegalArgumentException if one is out of range
   */
  public static long stream(int step, long row) {
    if (step < 0 || step > MAX_STEP) {
      throw new IllegalArgumentException(
          "The annealing step (%d) must be between 0 and %d.".formatted(step, MAX_STEP));
    }
    if (row < 0 || row > MAX_ROW) {
      throw new IllegalArgumentException(
          "The row (%d) of step %d must be between 0 and %d.".formatted(row, step, MAX_ROW));
    }
    return ((long) step << 40) | row;
  }

  /**
   * Draws rows of noise.
   *
   * @param runSeed seed of the run
   * @param step annealing step, 0 to {@link #MAX_STEP}
   * @param firstRow index of the first row within the step; the last must be at most {@link
   *     #MAX_ROW}
   * @param rows rows to draw, at least 0
   * @param z {@code [rows][dimension]} row-major, written, in [0, 1]
   * @throws IllegalArgumentException if a number is out of range or z is too short
   */
  public void sample(long runSeed, int step, long firstRow, int rows, float[] z) {
    int dimension = truncatedNormal.length;
    if (rows < 0 || z.length < (long) rows * dimension) {
      throw new IllegalArgumentException(
          "The noise array (%d floats) must hold %d rows of %d, and the rows must not be negative."
              .formatted(z.length, rows, dimension));
    }
    double[] draws = new double[dimension];
    for (int row = 0; row < rows; row++) {
      CounterRandom.uniforms(runSeed, stream(step, firstRow + row), draws);
      for (int column = 0; column < dimension; column++) {
        double p = draws[column];
        z[row * dimension + column] = (float) (truncatedNormal[column] ? quantile(p) : p);
      }
    }
  }

  /**
   * Log-density of one stored row.
   *
   * @param z holds {@code [dimension]} from offset on
   * @param offset where the row begins
   * @return log p(z); −∞ if a value lies outside [0, 1], NaN if one is NaN
   */
  public double logDensity(float[] z, int offset) {
    double sum = 0;
    for (int column = 0; column < truncatedNormal.length; column++) {
      double value = z[offset + column];
      if (value < 0 || value > 1) {
        return Double.NEGATIVE_INFINITY;
      }
      if (truncatedNormal[column]) {
        double score = (value - MEAN) / SIGMA;
        sum -= 0.5 * score * score + LOG_NORMALIZER;
      } else {
        // Adds nothing for a number, but a NaN must not pass for a point of the cube.
        sum += 0 * value;
      }
    }
    return sum;
  }

  private static double quantile(double p) {
    double z = MEAN + SIGMA * NormalQuantile.at(TAIL_MASS + p * (1 - 2 * TAIL_MASS));
    return Math.min(1, Math.max(0, z));
  }
}
