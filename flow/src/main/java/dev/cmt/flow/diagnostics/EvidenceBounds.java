package dev.cmt.flow.diagnostics;

/**
 * Bounds of log Z and the likelihood of target rows (§D.3.1), in nats.
 *
 * <p>ELBO ≤ log Z ≤ EUBO; log Z − ELBO = KL(q ‖ p), EUBO − log Z = KL(p ‖ q). The ELBO is a reverse
 * metric: it cannot see missing modes, and for molecules it is unreliable altogether, since the few
 * rows with overlapping atoms (log-weights down to −1e8) make up its mean. EUBO and NLL are forward
 * metrics and see missing modes, as far as the target rows hold them.
 */
public final class EvidenceBounds {
  private EvidenceBounds() {}

  /** Mean log-weight of rows drawn from the model; −∞ if a weight is 0. */
  public static Estimate elbo(LogWeights modelRows) {
    return Estimate.mean(modelRows.values());
  }

  /**
   * As the paper reports it: with the lowest 1e-4 of log-weights raised to the greatest of them.
   */
  public static Estimate clippedElbo(LogWeights modelRows) {
    return elbo(modelRows.clipBottom(LogWeights.CLIPPED_SHARE));
  }

  /** Mean log p̃ − log q of rows drawn from the target. */
  public static Estimate eubo(LogWeights targetRows) {
    return Estimate.mean(targetRows.values());
  }

  /**
   * −mean log q of rows drawn from the target. It differs from KL(p ‖ q) by the target's entropy,
   * so it compares models on one measure only.
   *
   * @param logQ {@code [rows]}; NaN is left out, −∞ gives +∞
   * @throws IllegalArgumentException if all are NaN
   */
  public static Estimate nll(double[] logQ) {
    Estimate mean = Estimate.mean(logQ);
    if (mean.rows() == 0) {
      throw new IllegalArgumentException(
          "None of %d rows has a log-density.".formatted(logQ.length));
    }
    return new Estimate(-mean.value(), mean.standardError(), mean.rows());
  }
}
