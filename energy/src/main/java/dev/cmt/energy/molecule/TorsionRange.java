package dev.cmt.energy.molecule;

/** The part of the circle a torsion may take; the circle is normalised, (t + π) / 2π in [0, 1]. */
public enum TorsionRange {
  /** The whole circle. */
  FULL(0, 1),
  /** Negative torsions, [−π, 0]. */
  LOWER(0, 0.5),
  /** Positive torsions, [0, π]. */
  UPPER(0.5, 0.5);

  private final double start;
  private final double length;

  TorsionRange(double start, double length) {
    this.start = start;
    this.length = length;
  }

  /** The half that holds a torsion. */
  static TorsionRange halfOf(double torsion) {
    return torsion > 0 ? UPPER : LOWER;
  }

  /** Where the range starts on the normalised circle. */
  public double start() {
    return start;
  }

  /** The range's share of the circle. */
  public double length() {
    return length;
  }
}
