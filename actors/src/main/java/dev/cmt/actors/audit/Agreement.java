package dev.cmt.actors.audit;

import java.util.Locale;

/** How well numbers computed again agree with those on disk. */
final class Agreement {
  /**
   * Two engines in float64 sum in different orders. Energies of a molecule are sums of terms of up
   * to 1e3 kT, so 1e-9 kT is their rounding however small the sum; where atoms overlap it is
   * relative.
   */
  static final double ENERGY = 1e-9;

  /** OpenMM's CPU platform sums pair energies in float32. */
  static final double SINGLE_PRECISION_ENERGY = 2e-4;

  /**
   * A flow in float32 draws a row through its splines and judges it through their inverses: tens of
   * layers of rounding, 6e-8 each, in up to a hundred coordinates, more where a spline is steep. Of
   * 200000 rows of alanine dipeptide the worst came to 1.3e-6; the flow of a neighbouring step is
   * about 1e-3 away. Where splines are as steep as between the modes of gmm40, 22 of 120000 rows
   * came to more than 1e-4, the worst to 2.4e-4: hence {@link #STEEP_ROWS}.
   */
  static final double DENSITY = 1e-4;

  /** Part of the rows that may lie beyond it; from another flow all but a few do. */
  static final double STEEP_ROWS = 0.01;

  /** None may lie so many times as far off. */
  private static final double GROSS = 100;

  private final String name;
  private final double tolerance;
  private final double beyond;
  private int rows;
  private int differing;
  private int failures;
  private boolean gross;
  private double worst;
  private String firstFailure = "";

  /**
   * @param tolerance greatest difference allowed, relative to the number or to 1 if that is smaller
   */
  Agreement(String name, double tolerance) {
    this(name, tolerance, 0);
  }

  /**
   * @param tolerance greatest difference allowed, relative to the number or to 1 if that is smaller
   * @param beyond part of the rows that may differ by more, up to a hundred times the tolerance
   */
  Agreement(String name, double tolerance, double beyond) {
    this.name = name;
    this.tolerance = tolerance;
    this.beyond = beyond;
  }

  /** Compares a number; NaN agrees with NaN. */
  void compare(String place, double stored, double again) {
    rows++;
    if (Double.compare(stored, again) == 0) {
      return;
    }
    differing++;
    double difference = Math.abs(stored - again) / Math.max(1, Math.abs(stored));
    worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
    if (!(difference <= tolerance)) {
      failures++;
      gross |= !(difference <= GROSS * tolerance);
      if (firstFailure.isEmpty()) {
        firstFailure = "%s: %s is %s, computed again %s".formatted(place, name, stored, again);
      }
    }
  }

  int rows() {
    return rows;
  }

  /** Numbers that are not the same bit for bit. */
  int differing() {
    return differing;
  }

  /** Numbers beyond the tolerance; 0 as long as they are no more than may be. */
  int failures() {
    return gross || failures > beyond * rows ? failures : 0;
  }

  /** In words. */
  String summary() {
    if (failures() > 0) {
      return String.format(
          Locale.ROOT,
          "%s of %d rows differs by more than %.0e (%s)",
          name,
          failures,
          tolerance,
          firstFailure);
    }
    return differing == 0
        ? name + " equal to the bit"
        : String.format(Locale.ROOT, "%s within %.1e, %.0e allowed", name, worst, tolerance);
  }
}
