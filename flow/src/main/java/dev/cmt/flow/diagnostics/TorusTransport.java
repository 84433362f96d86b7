package dev.cmt.flow.diagnostics;

/**
 * The Wasserstein-2 distance between two samples of points on a torus, such as all backbone
 * torsions of a molecule at once (RAM T-W2, §D.3.2, after Tan et al.): the root of the least mean
 * squared distance over all ways to pair the points, where the squared distance of two points is Σ
 * min(|d|, 2π − |d|)² over their angles. Exact, not entropically regularised.
 *
 * <p>Two samples of one distribution are not at distance 0: in D angles the distance of n points
 * falls as n^(−1/D) only, so compare values at equal n, next to that of two halves of the
 * reference.
 */
public final class TorusTransport {
  private TorusTransport() {}

  /** Hears how far a calculation is. */
  @FunctionalInterface
  public interface Progress {
    /**
     * So many parts of the work are done.
     *
     * @param parts of {@code total}; the last call says that all are
     */
    void done(int parts, int total);
  }

  /**
   * The distance, rad. Memory is O(n); time grows somewhat faster than n²: 10,000 points take some
   * 10 s of one core.
   *
   * <p>Its standard error follows from the optimal potentials f and g: W₂² fluctuates about its
   * expectation at this n as mean f + mean g does (E. del Barrio, J.-M. Loubes: Central limit
   * theorems for empirical transportation cost in general dimension, Annals of Probability 47
   * (2019) 926–951). It tells how the value would scatter between independent samples, not how far
   * their common expectation is above the distance of the distributions.
   *
   * @param first {@code [angles][n]} rad, any turn
   * @param second {@code [angles][n]} rad, any turn
   * @param progress hears of it on the calling thread
   * @return over {@code n} rows; standard error NaN where the distance is 0
   * @throws IllegalArgumentException if the shapes differ, there is nothing, or an angle is not
   *     finite
   */
  public static Estimate wasserstein2(double[][] first, double[][] second, Progress progress) {
    int n = requireSameShape(first, second);
    TorusAssignment assignment = new TorusAssignment(inOneTurn(first), inOneTurn(second));
    assignment.solve(progress);
    Estimate f = Estimate.mean(assignment.profits());
    Estimate g = Estimate.mean(assignment.prices());
    double distance = Math.sqrt(Math.max(0, f.value() + g.value()));
    double error = Math.hypot(f.standardError(), g.standardError());
    return new Estimate(distance, distance > 0 ? error / (2 * distance) : Double.NaN, n);
  }

  private static int requireSameShape(double[][] first, double[][] second) {
    if (first.length == 0 || first.length != second.length) {
      throw new IllegalArgumentException(
          "Points of %d and of %d angles cannot be compared; both need the same number, at least 1."
              .formatted(first.length, second.length));
    }
    int n = first[0].length;
    for (double[][] sample : new double[][][] {first, second}) {
      for (double[] angle : sample) {
        if (angle.length != n || n == 0) {
          throw new IllegalArgumentException(
              "Both samples need the same number of points, at least 1, not %d and %d."
                  .formatted(n, angle.length));
        }
      }
    }
    return n;
  }

  private static double[][] inOneTurn(double[][] sample) {
    double[][] result = new double[sample.length][];
    for (int k = 0; k < sample.length; k++) {
      result[k] = new double[sample[k].length];
      for (int i = 0; i < result[k].length; i++) {
        double angle = sample[k][i];
        if (!Double.isFinite(angle)) {
          throw new IllegalArgumentException(
              "Angle %d of point %d is %s; leave out points without a place on the torus."
                  .formatted(k, i, angle));
        }
        result[k][i] = Math.IEEEremainder(angle, 2 * Math.PI);
      }
    }
    return result;
  }
}
