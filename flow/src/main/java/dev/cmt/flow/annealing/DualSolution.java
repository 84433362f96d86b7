package dev.cmt.flow.annealing;

/**
 * Where one annealing step leads, with the numbers to judge it by. All are estimates from the rows
 * of one buffer; where {@link #essStep()} is low they rest on few rows. In nats and the densities'
 * own measure.
 *
 * @param bounds what was asked for
 * @param lambda λ, multiplier of the trust region, at least 0
 * @param eta η, multiplier of the entropy constraint, at least 0
 * @param value g(λ, η), the dual at its maximum. By strong duality it is KL(q_{i+1} ‖ p) − log Z of
 *     the target, minus the evidence lower bound that q_{i+1} would have
 * @param logZ log of the intermediate density's normaliser Z(λ, η) (eq. 16)
 * @param targetLogZ importance-sampling estimate log mean p̃/q_i of the target's log Z. Exact in
 *     expectation of its exponential only; far too low as long as q_i misses where p is
 * @param kl KL(q_{i+1} ‖ q_i) = mean w log w
 * @param entropyBefore H(q_i) = −mean log q_i
 * @param entropyAfter H(q_{i+1}) = −mean w (log q_i + log w)
 * @param entropyDrop entropyBefore − entropyAfter; negative if the entropy rises
 * @param essStep 1/(N Σ π²) of the step's weights, in (0, 1]. For small KL near 1/(1 + 2 KL)
 *     (§C.3), which is an approximation and no floor
 * @param usedRows rows N that count
 * @param zeroDensityRows those among them with log p̃ = −∞, whose weight is 0
 * @param droppedRows rows left out: NaN, infinite log q or log p̃ = +∞
 * @param evaluations passes over the buffer that the search took
 * @param converged whether the Karush–Kuhn–Tucker conditions hold: both bounds kept, to 1e-8 of
 *     themselves plus 1e-12 nats, and met where the multiplier is above 0
 */
public record DualSolution(
    Bounds bounds,
    double lambda,
    double eta,
    double value,
    double logZ,
    double targetLogZ,
    double kl,
    double entropyBefore,
    double entropyAfter,
    double entropyDrop,
    double essStep,
    int usedRows,
    int zeroDensityRows,
    int droppedRows,
    int evaluations,
    boolean converged) {

  /** Whether nothing holds the step back: the next density is the target itself. */
  public boolean reachesTarget() {
    return converged && lambda == 0 && eta == 0;
  }

  /** A derivation of each number, one a line, for logs and people. */
  public String explain() {
    double t = 1 + lambda + eta;
    return String.join(
        "\n",
        "rows      %d count (%d of them with zero target density), %d dropped"
            .formatted(usedRows, zeroDensityRows, droppedRows),
        "density   q_next ∝ q^%.6g p̃^%.6g, the powers being λ/T and 1/T with T = 1 + λ + η = %.6g"
            .formatted(lambda / t, 1 / t, t),
        "trust     KL(q_next ‖ q) = mean w log w = %.6g, %s"
            .formatted(kl, constraint(kl, bounds.trustRegion(), "λ", lambda)),
        "entropy   H(q) − H(q_next) = %.6g − %.6g = %.6g, %s"
            .formatted(
                entropyBefore,
                entropyAfter,
                entropyDrop,
                constraint(entropyDrop, bounds.entropy(), "η", eta)),
        "weights   normalised effective sample size 1/(N Σ π²) = %.4f; 1/(1 + 2 KL) would be %.4f"
            .formatted(essStep, 1 / (1 + 2 * kl)),
        "log Z     of q_next %.6f = log mean [p̃/q^(1+η)]^(1/T); of the target %.6f = log mean p̃/q"
            .formatted(logZ, targetLogZ),
        "dual      g = −T log Z − λ ε_tr + η (H(q) − ε_ent) = %.6f".formatted(value),
        converged
            ? "verdict   the conditions of a maximum hold"
            : "verdict   NOT SOLVED after %d passes: no weighting found that keeps both bounds"
                .formatted(evaluations));
  }

  private static String constraint(double value, double bound, String name, double multiplier) {
    if (bound == Double.POSITIVE_INFINITY) {
      return "unbounded, so %s = 0".formatted(name);
    }
    if (multiplier == 0) {
      return value <= bound
          ? "below its bound %.6g, so %s = 0".formatted(bound, name)
          : "at or above its bound %.6g with %s = 0".formatted(bound, name);
    }
    return "bound %.6g, reached at %s = %.6g".formatted(bound, name, multiplier);
  }
}
