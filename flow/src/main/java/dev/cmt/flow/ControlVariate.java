package dev.cmt.flow;

/**
 * Takes noise out of the gradient of a fit. The rows of a buffer are drawn from qᵢ and weighted, so
 * the cross-entropy's gradient −E[w ∇log q] is as noisy as E[w²] even where the flow fits already.
 * Since ∫ q = 1, the term E[q/qᵢ] is a constant; c times it added to the loss changes no
 * expectation and turns the factor w into w − c r with r = q/qᵢ, which is small once the flow has
 * learned its weights. The loss becomes the generalised Kullback–Leibler divergence, which is also
 * what keeps a small buffer from being overfitted: raising log q at its rows is no longer free.
 *
 * <p>Where the flow has moved far from qᵢ a few ratios are huge and would bring more noise than
 * they take. So c = E[w r]/E[r²], the value of least variance if |∇log q| did not depend on the
 * row, from running means over the minibatches before: they do not depend on the minibatch they
 * serve, so the gradient stays without bias.
 *
 * @param weightRatio running mean of w r
 * @param squaredRatio running mean of r², above 0
 */
public record ControlVariate(double weightRatio, double squaredRatio) {
  /** Ratios are cut here, so that no row's exponential overflows. */
  public static final double MAX_RATIO = 1e3;

  /** At the begin of a fit the flow is qᵢ: all ratios are 1, and the mean weight is. */
  public static final ControlVariate START = new ControlVariate(1, 1);

  /** Remembers about the last ten minibatches. */
  private static final double FORGET = 0.1;

  /** c, in [0, 1]. */
  public double coefficient() {
    return Math.max(0, Math.min(1, weightRatio / squaredRatio));
  }

  /** With a minibatch taken into account; a step that was not applied teaches nothing. */
  public ControlVariate after(TrainingStep step) {
    return step.applied()
        ? new ControlVariate(
            weightRatio + FORGET * (step.weightRatio() - weightRatio),
            squaredRatio + FORGET * (step.squaredRatio() - squaredRatio))
        : this;
  }

  /** r of a row, cut. */
  public static double ratio(double logDensity, double logProposal) {
    return Math.min(Math.exp(logDensity - logProposal), MAX_RATIO);
  }
}
