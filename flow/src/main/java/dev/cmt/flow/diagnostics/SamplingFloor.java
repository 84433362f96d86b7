package dev.cmt.flow.diagnostics;

/**
 * What distances between two histograms come to by counting noise alone: the value that a perfect
 * sampler shows on average. A cell's count is taken as Poisson of its mass times the samples.
 */
public final class SamplingFloor {
  /** From here on Poisson moments are those of their asymptotic series, to better than 1e-6. */
  private static final double LARGE = 200;

  private SamplingFloor() {}

  /**
   * Of {@link Histogram2D#totalVariation}. A cell's difference behaves like a Poisson count of mean
   * λ = p/(1/n + 1/m), whose mean absolute deviation is 2 λ^(k+1) e^−λ / k! with k = ⌊λ⌋ (de
   * Moivre, 1730): exact where one histogram is much larger than the other, and √(2λ/π) for many
   * counts.
   *
   * @param masses of the cells, sum 1
   * @param n samples of one histogram, above 0; for weighted ones their effective number
   * @param m samples of the other
   */
  public static double totalVariation(double[] masses, double n, double m) {
    double size = 1 / (1 / n + 1 / m);
    double sum = 0;
    for (double mass : masses) {
      sum += meanDeviation(mass * size) / size;
    }
    return sum / 2;
  }

  /**
   * Of {@link Histogram2D#kl}, whose logarithm's guard against empty cells it shares: E Σ P log P −
   * E Σ P · E log Q. About one half (1/n + 1/m) a cell where counts are many; what few counts in
   * the model leave empty costs far more.
   *
   * @param masses {@code [bins²]} of the cells, sum 1
   * @param model samples of the model, above 0; for weighted ones their effective number
   * @param reference samples of the reference
   */
  public static double kl(double[] masses, double model, double reference) {
    double guard = Histogram2D.EMPTY_DENSITY * Histogram2D.TURN * Histogram2D.TURN / masses.length;
    double sum = 0;
    for (double mass : masses) {
      if (mass > 0) {
        sum +=
            meanEntropyTerm(mass * reference, reference, guard)
                - mass * meanLog(mass * model, model, guard);
      }
    }
    return sum;
  }

  private static double meanDeviation(double lambda) {
    if (lambda > LARGE) {
      return Math.sqrt(2 * lambda / Math.PI);
    }
    double term = 2 * lambda * Math.exp(-lambda);
    for (int k = 1; k <= lambda; k++) {
      term *= lambda / k;
    }
    return term;
  }

  /** E[(A/m) log(A/m + guard)] of a Poisson count A. */
  private static double meanEntropyTerm(double lambda, double m, double guard) {
    if (lambda > LARGE) {
      return (lambda * Math.log(lambda / m) + 0.5 + 1 / (12 * lambda)) / m;
    }
    double probability = Math.exp(-lambda);
    double sum = 0;
    for (int k = 1; k < last(lambda); k++) {
      probability *= lambda / k;
      sum += probability * k / m * Math.log(k / m + guard);
    }
    return sum;
  }

  /** E[log(B/n + guard)] of a Poisson count B. */
  private static double meanLog(double lambda, double n, double guard) {
    if (lambda > LARGE) {
      return Math.log(lambda / n) - 1 / (2 * lambda) - 5 / (12 * lambda * lambda);
    }
    double probability = Math.exp(-lambda);
    double sum = probability * Math.log(guard);
    for (int k = 1; k < last(lambda); k++) {
      probability *= lambda / k;
      sum += probability * Math.log(k / n + guard);
    }
    return sum;
  }

  /** Beyond it lies less than 1e-16 of the probability. */
  private static int last(double lambda) {
    return (int) (lambda + 12 * Math.sqrt(lambda) + 40);
  }
}
