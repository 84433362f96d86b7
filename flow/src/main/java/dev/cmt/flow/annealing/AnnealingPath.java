package dev.cmt.flow.annealing;

/**
 * A place on the annealing path q ∝ q_0^{1−β} (p̃^α)^β (Constrained Mass Transport, Theorem 2.4),
 * as if each fit had been perfect. β never falls; the exponent a = αβ of p̃ may, if an entropy
 * constraint wakes up late.
 *
 * @param beta β, how far q_0 is left behind, in [0, 1]
 * @param exponent a = αβ, the power of p̃, in [0, β]
 */
public record AnnealingPath(double beta, double exponent) {
  public AnnealingPath {
    if (!(beta >= 0 && beta <= 1) || !(exponent >= 0 && exponent <= beta)) {
      throw new IllegalArgumentException(
          "β (%s) must lie in [0, 1] and the exponent of the target (%s) in [0, β]."
              .formatted(beta, exponent));
    }
  }

  /** q_0. */
  public static AnnealingPath start() {
    return new AnnealingPath(0, 0);
  }

  /**
   * The place one step on: 1 − β' = (1 − β) λ/T and a' = (a λ + 1)/T, with T = 1 + λ + η.
   *
   * @param lambda λ of the step, at least 0, finite
   * @param eta η of the step, at least 0, finite
   */
  public AnnealingPath next(double lambda, double eta) {
    AnnealingDual.requireMultipliers(lambda, eta);
    double temperature = 1 + lambda + eta;
    // β itself, not 1 − β, is carried on: at λ = 1e16 the latter would not move.
    double nextBeta = Math.min(1, beta + (1 - beta) * ((1 + eta) / temperature));
    return new AnnealingPath(nextBeta, Math.min(nextBeta, (exponent * lambda + 1) / temperature));
  }

  /** The inverse temperature α of the tempered target, in [0, 1]; 0 at the start. */
  public double alpha() {
    return beta == 0 ? 0 : exponent / beta;
  }

  /** Whether the path has come to the target: so it has after a step with λ = η = 0. */
  public boolean atTarget() {
    return exponent == 1;
  }
}
