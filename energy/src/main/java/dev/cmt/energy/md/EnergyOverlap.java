package dev.cmt.energy.md;

/**
 * Whether energies at two temperatures are those of one system in equilibrium. Whatever the density
 * of states, the log-ratio of their histograms is a straight line whose slope is the difference of
 * the inverse temperatures (Shirts, J. Chem. Theory Comput. 9 (2013) 909). The line is fitted by
 * maximum likelihood, as a logistic regression that tells one sample from the other; no bins.
 */
public final class EnergyOverlap {
  private static final int MOST_ROUNDS = 100;
  private static final double CONVERGED = 1e-12;

  private EnergyOverlap() {}

  /**
   * The slope that was found over the slope that there should be; 1 in equilibrium.
   *
   * @param cold energies at the lower temperature, kJ/mol, at least 2
   * @param hot energies at the higher temperature, kJ/mol, at least 2
   * @param betaDifference 1/kT of the lower temperature less that of the higher, mol/kJ, positive
   * @return NaN if the samples do not overlap, so that there is no such line
   */
  public static double slopeRatio(double[] cold, double[] hot, double betaDifference) {
    if (cold.length < 2 || hot.length < 2 || !(betaDifference > 0)) {
      throw new IllegalArgumentException(
          "There must be two energies of each temperature (not %d and %d) and a positive difference of 1/kT (not %s)."
              .formatted(cold.length, hot.length, betaDifference));
    }
    // Odds of "hot" at energy E: exp(a + b (E − centre) / scale); centred, Newton is well behaved.
    double centre = (mean(cold) + mean(hot)) / 2;
    double scale = 1 / betaDifference;
    double a = Math.log((double) hot.length / cold.length);
    double b = 1;
    for (int round = 0; round < MOST_ROUNDS; round++) {
      Sums sums = new Sums();
      for (double energy : cold) {
        sums.add((energy - centre) / scale, 0, a, b);
      }
      for (double energy : hot) {
        sums.add((energy - centre) / scale, 1, a, b);
      }
      double determinant = sums.h00 * sums.h11 - sums.h01 * sums.h01;
      double da = (sums.h11 * sums.g0 - sums.h01 * sums.g1) / determinant;
      double db = (sums.h00 * sums.g1 - sums.h01 * sums.g0) / determinant;
      a += da;
      b += db;
      if (!Double.isFinite(a) || !Double.isFinite(b)) {
        return Double.NaN;
      }
      if (Math.abs(da) + Math.abs(db) < CONVERGED) {
        return b;
      }
    }
    return Double.NaN;
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** Gradient and information matrix of the log-likelihood. */
  private static final class Sums {
    private double g0;
    private double g1;
    private double h00;
    private double h01;
    private double h11;

    private void add(double x, int hot, double a, double b) {
      double p = 1 / (1 + Math.exp(-a - b * x));
      double residual = hot - p;
      double weight = p * (1 - p);
      g0 += residual;
      g1 += residual * x;
      h00 += weight;
      h01 += weight * x;
      h11 += weight * x * x;
    }
  }
}
