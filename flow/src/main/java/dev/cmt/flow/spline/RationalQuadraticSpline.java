package dev.cmt.flow.spline;

import dev.cmt.flow.coupling.FlowLayout;

/**
 * A monotone rational-quadratic spline of [0, 1] onto itself. Immutable.
 *
 * <p>With knots (x_k, y_k), slopes δ_k, s = (y_{k+1} − y_k)/(x_{k+1} − x_k) and θ = (x −
 * x_k)/(x_{k+1} − x_k), in bin k (Durkan et al. 2019, eqs. 4–8):
 *
 * <pre>
 * y     = y_k + (y_{k+1} − y_k) [s θ² + δ_k θ(1−θ)] / [s + (δ_{k+1} + δ_k − 2s) θ(1−θ)]
 * dy/dx = s² [δ_{k+1} θ² + 2 s θ(1−θ) + δ_k (1−θ)²] / [s + (δ_{k+1} + δ_k − 2s) θ(1−θ)]²
 * </pre>
 *
 * <p>Raw network outputs become widths and heights as 1e-3 + (1 − K·1e-3)·softmax and slopes as
 * 1e-3 + softplus. Arguments outside [0, 1] are clamped.
 */
public final class RationalQuadraticSpline {
  private final double[] x;
  private final double[] y;
  private final double[] slopes;

  /**
   * A point's image.
   *
   * @param value where it goes, in [0, 1]
   * @param logSlope log of the map's derivative there
   */
  public record Image(double value, double logSlope) {}

  private RationalQuadraticSpline(double[] widths, double[] heights, double[] knotSlopes) {
    if (widths.length < 2 || heights.length != widths.length) {
      throw new IllegalArgumentException(
          "The raw widths (%d) and heights (%d) must be equally many, at least 2."
              .formatted(widths.length, heights.length));
    }
    if (knotSlopes.length != widths.length + 1) {
      throw new IllegalArgumentException(
          "A spline of %d bins has %d knots; these are %d slopes."
              .formatted(widths.length, widths.length + 1, knotSlopes.length));
    }
    x = knots(widths);
    y = knots(heights);
    slopes = new double[knotSlopes.length];
    for (int k = 0; k < slopes.length; k++) {
      slopes[k] = FlowLayout.MIN_SLOPE + softplus(knotSlopes[k]);
    }
  }

  /**
   * A spline of a plain coordinate.
   *
   * @param widths {@code [K]} raw widths
   * @param heights {@code [K]} raw heights
   * @param slopes {@code [K + 1]} raw slopes at the knots
   */
  public static RationalQuadraticSpline plain(double[] widths, double[] heights, double[] slopes) {
    return new RationalQuadraticSpline(widths, heights, slopes);
  }

  /**
   * A spline of a circular coordinate: its slope is the same at 0 and 1, so that densities are
   * continuous across them (Rezende et al., ICML 2020, section 2.1.2).
   *
   * @param widths {@code [K]} raw widths
   * @param heights {@code [K]} raw heights
   * @param slopes {@code [K]} raw slopes at the knots but the last
   */
  public static RationalQuadraticSpline circular(
      double[] widths, double[] heights, double[] slopes) {
    if (slopes.length != widths.length) {
      throw new IllegalArgumentException(
          "A circular spline of %d bins has as many slopes; these are %d."
              .formatted(widths.length, slopes.length));
    }
    double[] closed = new double[slopes.length + 1];
    System.arraycopy(slopes, 0, closed, 0, slopes.length);
    closed[slopes.length] = slopes[0];
    return new RationalQuadraticSpline(widths, heights, closed);
  }

  /** The image of a point of [0, 1]: the branch densities use. */
  public Image forward(double argument) {
    double at = clamp(argument);
    int k = bin(x, at);
    double theta = clamp((at - x[k]) / (x[k + 1] - x[k]));
    double height = y[k + 1] - y[k];
    double s = height / (x[k + 1] - x[k]);
    double mixed = theta * (1 - theta);
    double denominator = s + (slopes[k + 1] + slopes[k] - 2 * s) * mixed;
    double value = y[k] + height * (s * theta * theta + slopes[k] * mixed) / denominator;
    return new Image(value, logSlope(k, theta));
  }

  /** The point whose image is given: the branch samples use. The slope is the inverse's own. */
  public Image inverse(double image) {
    double at = clamp(image);
    int k = bin(y, at);
    double width = x[k + 1] - x[k];
    double height = y[k + 1] - y[k];
    double s = height / width;
    double above = at - y[k];
    double curvature = above * (slopes[k + 1] + slopes[k] - 2 * s);
    double a = height * (s - slopes[k]) + curvature;
    double b = height * slopes[k] - curvature;
    double c = -s * above;
    // Rounding can push the discriminant of a root at a knot below zero.
    double discriminant = Math.max(0, b * b - 4 * a * c);
    double theta = clamp(2 * c / (-b - Math.sqrt(discriminant)));
    return new Image(x[k] + theta * width, -logSlope(k, theta));
  }

  private double logSlope(int k, double theta) {
    double s = (y[k + 1] - y[k]) / (x[k + 1] - x[k]);
    double rest = 1 - theta;
    double numerator =
        slopes[k + 1] * theta * theta + 2 * s * theta * rest + slopes[k] * rest * rest;
    double denominator = s + (slopes[k + 1] + slopes[k] - 2 * s) * theta * rest;
    return 2 * Math.log(s) + Math.log(numerator) - 2 * Math.log(denominator);
  }

  private static double[] knots(double[] raw) {
    double greatest = Double.NEGATIVE_INFINITY;
    for (double value : raw) {
      greatest = Math.max(greatest, value);
    }
    double[] exponentials = new double[raw.length];
    double total = 0;
    for (int k = 0; k < raw.length; k++) {
      exponentials[k] = Math.exp(raw[k] - greatest);
      total += exponentials[k];
    }
    double[] knots = new double[raw.length + 1];
    double free = 1 - raw.length * FlowLayout.MIN_BIN;
    for (int k = 1; k < raw.length; k++) {
      knots[k] = knots[k - 1] + FlowLayout.MIN_BIN + free * exponentials[k - 1] / total;
    }
    // The ends are pinned: a running sum would miss 1 by rounding.
    knots[raw.length] = 1;
    return knots;
  }

  private static int bin(double[] knots, double at) {
    int k = 0;
    while (k < knots.length - 2 && at >= knots[k + 1]) {
      k++;
    }
    return k;
  }

  private static double softplus(double raw) {
    return Math.max(raw, 0) + Math.log1p(Math.exp(-Math.abs(raw)));
  }

  private static double clamp(double value) {
    return Math.min(1, Math.max(0, value));
  }
}
