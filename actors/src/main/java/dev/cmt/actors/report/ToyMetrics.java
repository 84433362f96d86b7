package dev.cmt.actors.report;

import dev.cmt.energy.toy.GaussianMixture;
import dev.cmt.energy.toy.ManyWell;
import dev.cmt.flow.diagnostics.Estimate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What can be said of targets whose density is known. */
final class ToyMetrics {
  /** A mode is found if its mass is off by no more than this share of its fair share. */
  static final double MODE_TOLERANCE = 0.3;

  private static final int PLANE_BINS = 120;

  private ToyMetrics() {}

  /**
   * Masses of a mixture's modes; a sample belongs to the nearest.
   *
   * @param shares {@code [rows]} weights with sum 1
   */
  static Evaluation.Modes modes(EvaluationData model, GaussianMixture target, double[] shares) {
    double[] x = model.observable(0);
    double[] y = model.observable(1);
    double[] raw = new double[target.modes()];
    double[] reweighted = new double[target.modes()];
    double[] point = new double[2];
    for (int row = 0; row < x.length; row++) {
      point[0] = x[row];
      point[1] = y[row];
      int mode = target.modeOf(point, 0);
      raw[mode] += 1.0 / x.length;
      reweighted[mode] += shares[row];
    }
    return new Evaluation.Modes(
        found(list(reweighted)), target.modes(), centres(target), list(raw), list(reweighted));
  }

  /** Modes whose mass is near its fair share. */
  static int found(List<Double> masses) {
    double fair = 1.0 / masses.size();
    int found = 0;
    for (double mass : masses) {
      found += Math.abs(mass - fair) <= MODE_TOLERANCE * fair ? 1 : 0;
    }
    return found;
  }

  /** Density in the plane: of the flow, reweighted, and exact. */
  static Evaluation.Grid plane(EvaluationData model, GaussianMixture target, double[] shares) {
    double[] x = model.observable(0);
    double[] y = model.observable(1);
    double half = target.halfWidth();
    double[] raw = new double[PLANE_BINS * PLANE_BINS];
    double[] reweighted = new double[raw.length];
    for (int row = 0; row < x.length; row++) {
      int cell = cell(x[row], half) * PLANE_BINS + cell(y[row], half);
      raw[cell] += 1.0 / x.length;
      reweighted[cell] += shares[row];
    }
    double width = 2 * half / PLANE_BINS;
    double[] exact = new double[raw.length];
    for (int cell = 0; cell < exact.length; cell++) {
      exact[cell] =
          Math.exp(target.logDensity(centre(cell, half), 0) - target.logPartition())
              * width
              * width;
    }
    return new Evaluation.Grid(
        EvaluationFigures.PLANE,
        PLANE_BINS,
        -half,
        half,
        Densities.rounded(raw),
        Densities.rounded(reweighted),
        Densities.rounded(exact),
        "exact");
  }

  /** Probability of the right well in each pair, against quadrature. */
  static Evaluation.Wells wells(EvaluationData model, ManyWell target, double[] shares) {
    int pairs = target.spaceDimension() / 2;
    double[] raw = new double[pairs];
    List<Estimate> reweighted = new ArrayList<>();
    for (int pair = 0; pair < pairs; pair++) {
      double[] x = model.observable(2 * pair);
      double weighted = 0;
      for (int row = 0; row < x.length; row++) {
        if (x[row] > 0) {
          raw[pair] += 1.0 / x.length;
          weighted += shares[row];
        }
      }
      // Error of a self-normalised mean: √(Σ w² (f − P)²) with Σ w = 1.
      double squares = 0;
      for (int row = 0; row < x.length; row++) {
        double residual = shares[row] * ((x[row] > 0 ? 1 : 0) - weighted);
        squares += residual * residual;
      }
      reweighted.add(new Estimate(weighted, Math.sqrt(squares), x.length));
    }
    return new Evaluation.Wells(exactRight(target), list(raw), reweighted);
  }

  /** Both kinds of coordinates, all pairs together. */
  static List<Evaluation.Line> wellLines(EvaluationData model, ManyWell target, double[] shares) {
    int pairs = target.spaceDimension() / 2;
    double[][] wells = new double[pairs][];
    double[][] gaussians = new double[pairs][];
    for (int pair = 0; pair < pairs; pair++) {
      wells[pair] = model.observable(2 * pair);
      gaussians[pair] = model.observable(2 * pair + 1);
    }
    return List.of(
        Densities.pooled("x", wells, shares, -3, 3, x -> coordinate(target, 0, x)),
        Densities.pooled("y", gaussians, shares, -5, 5, y -> coordinate(target, 1, y)));
  }

  /** By the trapezoidal rule; both halves share the point at 0. */
  private static double exactRight(ManyWell target) {
    double step = 1.0 / 256;
    int steps = (int) (target.halfWidth() / step);
    double middle = Math.exp(coordinate(target, 0, 0)) / 2;
    double left = middle;
    double right = middle;
    for (int i = 1; i <= steps; i++) {
      left += Math.exp(coordinate(target, 0, -i * step));
      right += Math.exp(coordinate(target, 0, i * step));
    }
    return right / (left + right);
  }

  /** log p̃ along one coordinate, the others at 0: pairs and coordinates are independent. */
  private static double coordinate(ManyWell target, int index, double value) {
    double[] point = new double[target.spaceDimension()];
    point[index] = value;
    return target.logDensity(point, 0);
  }

  /**
   * {@code [modes][2]} centres of mass of the exact density, each over the cells nearest to a mode.
   */
  private static List<List<Double>> centres(GaussianMixture target) {
    double[][] centres = new double[target.modes()][2];
    double[] masses = new double[target.modes()];
    for (int cell = 0; cell < PLANE_BINS * PLANE_BINS; cell++) {
      double[] point = centre(cell, target.halfWidth());
      double mass = Math.exp(target.logDensity(point, 0));
      int mode = target.modeOf(point, 0);
      masses[mode] += mass;
      centres[mode][0] += mass * point[0];
      centres[mode][1] += mass * point[1];
    }
    List<List<Double>> result = new ArrayList<>();
    for (int mode = 0; mode < centres.length; mode++) {
      result.add(
          List.of(
              Densities.rounded(centres[mode][0] / masses[mode]),
              Densities.rounded(centres[mode][1] / masses[mode])));
    }
    return result;
  }

  private static List<Double> list(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  private static double[] centre(int cell, double half) {
    double width = 2 * half / PLANE_BINS;
    int i = cell / PLANE_BINS;
    int j = cell % PLANE_BINS;
    return new double[] {-half + (i + 0.5) * width, -half + (j + 0.5) * width};
  }

  private static int cell(double value, double half) {
    return Math.min(PLANE_BINS - 1, (int) ((value + half) / (2 * half) * PLANE_BINS));
  }
}
