package dev.cmt.flow.annealing;

import java.util.function.DoubleFunction;

/**
 * Where does a decreasing function of t ≥ 0 reach a positive level? Newton's method on the
 * function's logarithm, which is close to linear in t = log(1 + multiplier) over many orders of
 * magnitude, kept inside a bracket; where it does not halve the error, the bracket is halved or
 * widened.
 */
final class DecreasingRoot {
  /** Multipliers end at e^100 ≈ 3e43, far above any that energies of 1e20 kT can ask for. */
  static final double GREATEST_T = 100;

  private static final int MOST_STEPS = 300;

  private DecreasingRoot() {}

  /**
   * One evaluation.
   *
   * @param t where, at least 0
   * @param value of the function
   * @param slope its derivative by t
   * @param tilt the density that was evaluated
   */
  record Point(double t, double value, double slope, Tilt tilt) {}

  /**
   * The root, or t = 0 if the function never exceeds the level, or the last point tried if there is
   * no root below {@link #GREATEST_T}. The caller sees which from the point's value.
   *
   * @param function decreasing
   * @param level above 0
   * @param start first t to try
   * @param tolerance how near to the level, relative to it
   */
  static Point find(DoubleFunction<Point> function, double level, double start, double tolerance) {
    double low = Double.NaN; // greatest t known to lie above the level
    double high = Double.NaN; // least t known to lie at or below it
    double lastError = Double.POSITIVE_INFINITY;
    Point point = function.apply(start);
    for (int step = 0; step < MOST_STEPS; step++) {
      double t = point.t();
      if (Math.abs(point.value() - level) <= tolerance * level) {
        return point;
      }
      if (point.value() > level) {
        if (t >= GREATEST_T) {
          return point;
        }
        low = t;
      } else {
        if (t == 0) {
          return point;
        }
        high = t;
      }
      if (high - low <= 4 * Math.ulp(high)) {
        return point;
      }
      double error = point.value() > 0 ? StrictMath.log(point.value() / level) : Double.NaN;
      double next = t - error * point.value() / point.slope();
      boolean slow = !(Math.abs(error) <= lastError / 2);
      lastError = Math.abs(error);
      if (Double.isNaN(high)) {
        double far = Math.min(GREATEST_T, 2 * t + 1);
        next = slow || !(next > t && next < far) ? far : next;
      } else if (Double.isNaN(low)) {
        next = next > 0 && next < high ? next : 0;
      } else if (slow || !(next > low && next < high)) {
        next = low + (high - low) / 2;
      }
      point = function.apply(next);
    }
    return point;
  }
}
