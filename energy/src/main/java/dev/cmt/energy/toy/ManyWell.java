package dev.cmt.energy.toy;

import dev.cmt.energy.Prior;
import java.util.function.DoubleUnaryOperator;

/**
 * Independent pairs (a, b) of a tilted double well and a Gaussian (FAB; Midgley et al., 2022):
 *
 * <pre>log p̃(a, b) = 0.5 a + 6 a² − a⁴ − 0.5 b²</pre>
 *
 * <p>so that d coordinates have 2^(d/2) wells, at a ≈ ±1.7. Coordinates are a0, b0, a1, b1, …; the
 * box is [−6, 6] along every axis: outside lies 2e-9 of each b and nothing of a, 3e-8 in log Z for
 * d = 32, and the prior's standard deviation is 1.2.
 */
public final class ManyWell extends AbstractBoxTarget {
  private static final double HALF_WIDTH = 6;

  private final int pairs;
  private final double logPartition;

  private ManyWell(String name, int pairs) {
    super(name, 2 * pairs, HALF_WIDTH, Prior.TRUNCATED_NORMAL);
    this.pairs = pairs;
    this.logPartition =
        pairs * (logIntegral(ManyWell::logWell) + logIntegral(ManyWell::logGaussian));
  }

  /** FAB's 32 coordinates, 16 pairs. */
  public static ManyWell manyWell32() {
    return new ManyWell("many-well-32", 16);
  }

  @Override
  public double logDensity(double[] x, int offset) {
    double sum = 0;
    for (int pair = 0; pair < pairs; pair++) {
      sum += logWell(x[offset + 2 * pair]) + logGaussian(x[offset + 2 * pair + 1]);
    }
    return sum;
  }

  @Override
  public double logPartition() {
    return logPartition;
  }

  @Override
  public int modes() {
    return 1 << pairs;
  }

  /** Bit n is set where a_n is positive, the deeper well. */
  @Override
  public int modeOf(double[] x, int offset) {
    int mode = 0;
    for (int pair = 0; pair < pairs; pair++) {
      if (x[offset + 2 * pair] > 0) {
        mode |= 1 << pair;
      }
    }
    return mode;
  }

  private static double logWell(double a) {
    double squared = a * a;
    return 0.5 * a + 6 * squared - squared * squared;
  }

  private static double logGaussian(double b) {
    return -0.5 * b * b;
  }

  /**
   * log ∫ exp f over the line by the trapezoidal rule, which converges faster than any power of the
   * step for smooth integrands that vanish at both ends; this step leaves rounding only.
   */
  private static double logIntegral(DoubleUnaryOperator f) {
    double step = 1.0 / 64;
    double end = 12;
    double sum = 0;
    for (double t = -end; t <= end; t += step) {
      sum += Math.exp(f.applyAsDouble(t));
    }
    return Math.log(sum * step);
  }
}
