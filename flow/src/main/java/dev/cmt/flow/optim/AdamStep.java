package dev.cmt.flow.optim;

import dev.cmt.flow.OptimizerSettings;

/**
 * The scalars of one Adam update (Kingma and Ba, ICLR 2015) with gradient clipping and L2 decay, in
 * the order and form of PyTorch's {@code clip_grad_norm_} and {@code Adam}:
 *
 * <pre>
 * g ← clip · g + decay · p
 * m ← β₁ m + (1 − β₁) g
 * v ← β₂ v + (1 − β₂) g²
 * p ← p − rate / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 * </pre>
 *
 * @param clip factor on the gradient: min(1, greatest norm / (norm + 1e-6))
 * @param decay L2 coefficient
 * @param stepSize rate / (1 − β₁ᵗ)
 * @param rootCorrection √(1 − β₂ᵗ)
 */
public record AdamStep(double clip, double decay, double stepSize, double rootCorrection) {
  /** Decay of the running mean of gradients. */
  public static final double BETA1 = 0.9;

  /** Decay of the running mean of squared gradients. */
  public static final double BETA2 = 0.999;

  /** Added to the root of the second moment. */
  public static final double EPSILON = 1e-8;

  /**
   * The update after a gradient of the given norm.
   *
   * @param settings optimiser and schedule
   * @param appliedUpdates updates the moments have seen before this one, at least 0
   * @param scheduleStep gradient steps the schedule has seen before this one, at least 0
   * @param gradientNorm global norm, finite, at least 0
   */
  public static AdamStep after(
      OptimizerSettings settings, long appliedUpdates, long scheduleStep, double gradientNorm) {
    if (!(gradientNorm >= 0) || Double.isInfinite(gradientNorm)) {
      throw new IllegalArgumentException(
          "The gradient norm (%s) must be a finite number of at least 0; a step without one must be skipped."
              .formatted(gradientNorm));
    }
    long t = appliedUpdates + 1;
    return new AdamStep(
        Math.min(1, settings.maxGradientNorm() / (gradientNorm + 1e-6)),
        settings.weightDecay(),
        settings.rateAt(scheduleStep) / (1 - Math.pow(BETA1, t)),
        Math.sqrt(1 - Math.pow(BETA2, t)));
  }

  /**
   * Applies the update in float64: what every engine's own loop must agree with.
   *
   * @param parameters {@code [n]} p, updated
   * @param gradient {@code [n]} g before clipping, read
   * @param firstMoment {@code [n]} m, updated
   * @param secondMoment {@code [n]} v, updated
   */
  public void apply(
      double[] parameters, double[] gradient, double[] firstMoment, double[] secondMoment) {
    for (int i = 0; i < parameters.length; i++) {
      double g = clip * gradient[i] + decay * parameters[i];
      firstMoment[i] = BETA1 * firstMoment[i] + (1 - BETA1) * g;
      secondMoment[i] = BETA2 * secondMoment[i] + (1 - BETA2) * g * g;
      parameters[i] -=
          stepSize * firstMoment[i] / (Math.sqrt(secondMoment[i]) / rootCorrection + EPSILON);
    }
  }
}
