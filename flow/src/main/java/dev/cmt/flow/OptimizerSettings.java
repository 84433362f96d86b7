package dev.cmt.flow;

/**
 * Adam with an L2 term, global-norm clipping, linear warm-up and cosine decay to zero.
 *
 * @param learningRate peak rate, above 0
 * @param weightDecay L2 coefficient added to the gradient (Adam, not AdamW), at least 0; the
 *     paper's is 1e-5
 * @param maxGradientNorm global norm that gradients are clipped to, above 0; the paper's is 100
 * @param warmupSteps gradient steps of linear warm-up from 0, at least 0; the paper's is 1000
 * @param totalSteps gradient steps after which the cosine reaches 0, at least 1
 */
public record OptimizerSettings(
    double learningRate,
    double weightDecay,
    double maxGradientNorm,
    long warmupSteps,
    long totalSteps) {
  public OptimizerSettings {
    requirePositive("learning rate", learningRate);
    requirePositive("greatest gradient norm", maxGradientNorm);
    if (!(weightDecay >= 0) || !Double.isFinite(weightDecay)) {
      throw new IllegalArgumentException(
          "The weight decay (%s) must be a finite number of at least 0.".formatted(weightDecay));
    }
    if (warmupSteps < 0 || totalSteps < 1) {
      throw new IllegalArgumentException(
          "The warm-up (%d steps) must not be negative and the schedule (%d steps) must have at least one step."
              .formatted(warmupSteps, totalSteps));
    }
  }

  /**
   * The learning rate of one gradient step: linear warm-up times cosine decay, 0 from {@code
   * totalSteps} on.
   *
   * @param step gradient steps done before, at least 0
   */
  public double rateAt(long step) {
    double warmup = warmupSteps == 0 ? 1 : Math.min(1, step / (double) warmupSteps);
    double progress = Math.min(1, step / (double) totalSteps);
    return learningRate * warmup * 0.5 * (1 + Math.cos(Math.PI * progress));
  }

  private static void requirePositive(String what, double value) {
    if (!(value > 0) || !Double.isFinite(value)) {
      throw new IllegalArgumentException(
          "The %s (%s) must be a finite number above 0.".formatted(what, value));
    }
  }
}
