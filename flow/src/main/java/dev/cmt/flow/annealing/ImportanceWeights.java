package dev.cmt.flow.annealing;

/**
 * Importance weights from q_i to the next intermediate density (Constrained Mass Transport, §C.2):
 * w_n = exp[(log p̃ − (1+η) log q_i)/(1+λ+η)] / Ẑ, with Ẑ such that the mean over the rows that
 * count is 1. Rows that do not count (see {@link AnnealingDual}) get weight 0 and should be left
 * out of the fit, or its loss shrinks by their share.
 */
public final class ImportanceWeights {
  private ImportanceWeights() {}

  /** Whether a row counts: log q is finite and log p̃ is finite or −∞. */
  public static boolean counts(double logQ, double logP) {
    return BufferRows.counts(logQ, logP);
  }

  /**
   * Weights of a solved step.
   *
   * @param logQ {@code [rows]} log q_i
   * @param logP {@code [rows]} log p̃ in the same measure
   * @return {@code [rows]} not negative, finite
   */
  public static double[] of(double[] logQ, double[] logP, DualSolution solution) {
    return of(logQ, logP, solution.lambda(), solution.eta());
  }

  /**
   * Weights for given multipliers; λ = η = 0 gives those of the target.
   *
   * @param logQ {@code [rows]} log q_i
   * @param logP {@code [rows]} log p̃ in the same measure
   * @param lambda at least 0, finite
   * @param eta at least 0, finite
   * @return {@code [rows]} not negative, finite
   * @throws IllegalArgumentException if the lengths differ, a multiplier is out of range or no row
   *     has two finite densities
   */
  public static double[] of(double[] logQ, double[] logP, double lambda, double eta) {
    return new BufferRows(logQ, logP).weights(logQ, logP, lambda, eta);
  }
}
