package dev.cmt.flow.diagnostics;

/**
 * Effective sample size of the model estimated on rows drawn from the target: 1 / (mean(w) ·
 * mean(1/w)), since both means are taken under p. Unlike the reverse estimate it falls when the
 * model misses a mode. It is unstable: mean(w) under the target is dominated by the rarest rows, so
 * a value from one sample may be off by orders of magnitude, and clipping decides the result. Read
 * it as a warning, not as a score.
 */
public final class ForwardEffectiveSampleSize {
  private ForwardEffectiveSampleSize() {}

  /**
   * The estimate, in [0, 1].
   *
   * @param targetRows log p̃ − log q of rows drawn from the target, clipped or not
   */
  public static double of(LogWeights targetRows) {
    double[] values = targetRows.values();
    double logSum = LogSumExp.of(values);
    for (int n = 0; n < values.length; n++) {
      values[n] = -values[n];
    }
    double logSumOfInverse = LogSumExp.of(values);
    if (logSumOfInverse == Double.POSITIVE_INFINITY) {
      return 0; // a row of weight 0: the model is infinitely too dense there
    }
    return Math.exp(2 * Math.log(targetRows.used()) - logSum - logSumOfInverse);
  }
}
