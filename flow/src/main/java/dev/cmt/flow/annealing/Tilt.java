package dev.cmt.flow.annealing;

/**
 * What the buffer says of q ∝ q_i^{λ/T} p̃^{1/T}, T = 1 + λ + η (eq. 10): the dual's value and
 * derivatives are made of these. π below are the self-normalised weights of the rows, s the
 * log-weights (log p̃ − (1 + η) log q_i)/T, all of centred densities.
 *
 * @param logZ log of the mean weight, of centred densities
 * @param kl KL(q ‖ q_i) = Σ π s − log Z, in nats
 * @param meanLogQ Σ π log q_i, centred, so that H(q_i) − H(q) is this plus the KL
 * @param varianceS variance of s under π
 * @param varianceQ variance of log q_i under π
 * @param covariance covariance of s and log q_i under π
 * @param ess normalised effective sample size, 1/(N Σ π²)
 */
record Tilt(
    double lambda,
    double eta,
    double logZ,
    double kl,
    double meanLogQ,
    double varianceS,
    double varianceQ,
    double covariance,
    double ess) {

  double temperature() {
    return 1 + lambda + eta;
  }

  /** H(q_i) − H(q) in nats. */
  double entropyDrop() {
    return meanLogQ + kl;
  }

  /** ∂KL/∂λ = −Var(s)/T. */
  double klByLambda() {
    return -varianceS / temperature();
  }

  /** ∂KL/∂η = ∂(entropy drop)/∂λ = −Cov(s, s + log q_i)/T. */
  double klByEta() {
    return -(varianceS + covariance) / temperature();
  }

  /** ∂(entropy drop)/∂η = −Var(s + log q_i)/T. */
  double dropByEta() {
    return -(varianceS + 2 * covariance + varianceQ) / temperature();
  }
}
