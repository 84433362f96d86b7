package dev.cmt.flow.diagnostics;

/**
 * Reverse effective sample size of rows drawn from the model (§D.3.1): (Σ w)² / (N Σ w²), in (0,
 * 1], the share of independent target samples that N weighted rows are worth when estimating
 * averages that do not depend on the weights.
 *
 * <p>What it cannot tell: a mode that the model never visits does not lower it, and before one row
 * of such a mode is drawn it may be near 1 for a useless model. On N rows it cannot fall below 1/N,
 * so a bad model looks better than it is on few rows. A good value overall may hide a basin whose
 * own value is poor: see {@link #within}. Clipping raises it; publish both.
 */
public final class EffectiveSampleSize {
  private EffectiveSampleSize() {}

  /** Of the weights as they are; 0 if all are 0. */
  public static double raw(LogWeights weights) {
    return of(weights.values(), weights.used());
  }

  /** As the paper reports it: with the top 1e-4 of the weights clipped to the least of them. */
  public static double clipped(LogWeights weights) {
    return raw(weights.clipTop(LogWeights.CLIPPED_SHARE));
  }

  /**
   * Of the rows of a group alone, such as those inside a basin: how evenly their weight is spread
   * among them, whatever the group's total weight.
   *
   * @param member {@code [rows]} which rows belong to the group
   * @return in (0, 1]; NaN if no row that counts belongs to it; 0 if those have no weight
   */
  public static double within(LogWeights weights, boolean[] member) {
    if (member.length != weights.rows()) {
      throw new IllegalArgumentException(
          "The group (%d rows) must have as many rows as the weights (%d)."
              .formatted(member.length, weights.rows()));
    }
    double[] values = weights.values();
    int count = 0;
    for (int n = 0; n < values.length; n++) {
      if (!member[n]) {
        values[n] = Double.NaN;
      } else if (!Double.isNaN(values[n])) {
        count++;
      }
    }
    return count == 0 ? Double.NaN : of(values, count);
  }

  private static double of(double[] logWeights, int count) {
    double logSum = LogSumExp.of(logWeights);
    if (logSum == Double.NEGATIVE_INFINITY) {
      return 0;
    }
    double squares = 0;
    for (double value : logWeights) {
      if (!Double.isNaN(value)) {
        squares += Math.exp(2 * (value - logSum));
      }
    }
    return 1 / (count * squares);
  }
}
