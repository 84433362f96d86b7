package dev.cmt.flow.diagnostics;

/**
 * Importance-sampling estimate of the target's log Z from rows drawn from the model: log mean w =
 * logsumexp(log w) − log N. Z itself is unbiased; its log is too low on average, by about half the
 * squared standard error, and by all of the missing mass if the model misses a mode. Free energies
 * are −kT log Z; the reference measure decides the constant.
 */
public final class LogPartition {
  private LogPartition() {}

  /** The estimate in nats; −∞ if all weights are 0. */
  public static double of(LogWeights weights) {
    return weights.logSum() - Math.log(weights.used());
  }

  /**
   * The estimate with the standard error of the delta method, √((1/ESS − 1)/N). One pass; good when
   * it is well below 1.
   */
  public static Estimate withDeltaError(LogWeights weights) {
    double variance = (1 / EffectiveSampleSize.raw(weights) - 1) / weights.used();
    return new Estimate(of(weights), Math.sqrt(Math.max(0, variance)), weights.used());
  }

  /** The estimate with a bootstrap standard error. */
  public static Estimate of(LogWeights weights, Bootstrap bootstrap) {
    double logSum = weights.logSum();
    double[] values = weights.values();
    double[] relative = new double[weights.used()];
    int used = 0;
    for (double value : values) {
      if (!Double.isNaN(value)) {
        relative[used++] = Math.exp(value - logSum);
      }
    }
    double logMean = logSum - Math.log(used);
    Estimate share =
        bootstrap.estimate(
            used,
            counts -> {
              double sum = 0;
              for (int n = 0; n < counts.length; n++) {
                sum += counts[n] * relative[n];
              }
              return Math.log(sum);
            });
    return new Estimate(logMean, share.standardError(), used);
  }
}
