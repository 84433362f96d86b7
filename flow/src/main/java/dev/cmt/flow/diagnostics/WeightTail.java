package dev.cmt.flow.diagnostics;

import java.util.Arrays;

/**
 * How heavy is the upper tail of the weights? The shape k̂ of a generalised Pareto distribution
 * fitted to the largest weights (Zhang, Stephens, Technometrics 51 (2009) 316–325), with the weak
 * prior and the tail size of Pareto-smoothed importance sampling (Vehtari, Simpson, Gelman, Yao,
 * Gabry, JMLR 25 (2024) 72).
 *
 * <p>Weights have finite moments up to 1/k: above 0.5 their variance is infinite and standard
 * errors cannot be trusted; above 0.7 neither can estimates at any practical number of rows; above
 * 1 the mean itself does not exist, as far as these rows tell. It judges the tail that was drawn: a
 * mode never visited does not show.
 */
public final class WeightTail {
  /** Shapes above it mean that no practical number of rows gives an estimate to be trusted. */
  public static final double UNRELIABLE = 0.7;

  private static final int LEAST_TAIL = 5;

  /** The prior pulls k̂ towards 0.5 with the force of ten rows. */
  private static final double PRIOR_ROWS = 10;

  private static final double PRIOR_SHAPE = 0.5;

  private WeightTail() {}

  /**
   * The shape k̂; below 0 for bounded weights. NaN if fewer than 25 rows count or the largest
   * weights are all equal, so that there is no tail to fit.
   */
  public static double shape(LogWeights weights) {
    double[] sorted = weights.sorted();
    int n = sorted.length;
    int tail = Math.min(n / 5, (int) Math.ceil(3 * Math.sqrt(n)));
    if (tail < LEAST_TAIL) {
      return Double.NaN;
    }
    double greatest = sorted[n - 1];
    double threshold = Math.exp(sorted[n - tail - 1] - greatest);
    double[] excess = new double[tail];
    int count = 0;
    for (int i = n - tail; i < n; i++) {
      double value = Math.exp(sorted[i] - greatest) - threshold;
      if (value > 0) {
        excess[count++] = value;
      }
    }
    return count < LEAST_TAIL ? Double.NaN : fit(Arrays.copyOf(excess, count));
  }

  /**
   * Posterior mean of θ = k/σ over a grid, then k at that θ, in the sign convention where heavy
   * tails have k > 0.
   *
   * @param excess above 0, ascending
   */
  static double fit(double[] excess) {
    int n = excess.length;
    int grid = 30 + (int) Math.sqrt(n);
    double quartile = excess[(int) (n / 4.0 + 0.5) - 1];
    double[] theta = new double[grid];
    double[] logLikelihood = new double[grid];
    for (int j = 0; j < grid; j++) {
      // Zhang and Stephens' θ has the opposite sign.
      theta[j] = (Math.sqrt(grid / (j + 0.5)) - 1) / (3 * quartile) - 1 / excess[n - 1];
      double k = shapeAt(theta[j], excess);
      logLikelihood[j] = n * (Math.log(theta[j] / k) - k - 1);
    }
    double logSum = LogSumExp.of(logLikelihood);
    double mean = 0;
    for (int j = 0; j < grid; j++) {
      if (!Double.isNaN(logLikelihood[j])) {
        mean += theta[j] * Math.exp(logLikelihood[j] - logSum);
      }
    }
    double k = shapeAt(mean, excess);
    return (n * k + PRIOR_ROWS * PRIOR_SHAPE) / (n + PRIOR_ROWS);
  }

  /** The k that is most likely for a given θ: mean log(1 + θ x). */
  private static double shapeAt(double theta, double[] excess) {
    double sum = 0;
    for (double value : excess) {
      sum += Math.log1p(theta * value);
    }
    return sum / excess.length;
  }
}
