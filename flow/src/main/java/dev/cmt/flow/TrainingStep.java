package dev.cmt.flow;

/**
 * What one gradient step did.
 *
 * @param loss minus the weighted mean log-density of the minibatch before the update
 * @param gradientNorm global norm before clipping
 * @param weightRatio mean of wₙ rₙ, where rₙ = q(uₙ)/qᵢ(uₙ) before the update
 * @param squaredRatio mean of rₙ²
 * @param applied false if the loss or a gradient was not finite and the update was skipped
 */
public record TrainingStep(
    double loss, double gradientNorm, double weightRatio, double squaredRatio, boolean applied) {}
