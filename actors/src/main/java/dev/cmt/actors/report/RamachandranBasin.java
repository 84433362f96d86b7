package dev.cmt.actors.report;

import dev.cmt.flow.diagnostics.Histogram2D;

/**
 * The three basins that partition a Ramachandran plot of 100 × 100 cells. A cell belongs to the
 * basin its middle lies in, for samples and references alike.
 */
enum RamachandranBasin {
  /** Right-handed helix: φ ≤ 0, −120° ≤ ψ &lt; 60°. */
  ALPHA(0, "α"),
  /** Extended: φ ≤ 0, all other ψ. */
  BETA(1, "β"),
  /** Left-handed: φ &gt; 0. */
  LEFT(2, "φ > 0");

  private static final double HELIX_LOW = -2 * Math.PI / 3;
  private static final double HELIX_HIGH = Math.PI / 3;

  private final int index;
  private final String label;

  RamachandranBasin(int index, String label) {
    this.index = index;
    this.label = label;
  }

  /** Its place among the populations. */
  int index() {
    return index;
  }

  /** For people. */
  String label() {
    return label;
  }

  /** Of a cell of a histogram with {@code bins} cells a side. */
  static RamachandranBasin of(int cell, int bins) {
    double psi = -Math.PI + (cell % bins + 0.5) * 2 * Math.PI / bins;
    if (cell / bins >= bins / 2) {
      return LEFT;
    }
    return psi >= HELIX_LOW && psi < HELIX_HIGH ? ALPHA : BETA;
  }

  /** {@code [basins]} probability of each. */
  static double[] populations(double[] masses) {
    int bins = (int) Math.round(Math.sqrt(masses.length));
    double[] populations = new double[values().length];
    for (int cell = 0; cell < masses.length; cell++) {
      populations[of(cell, bins).index()] += masses[cell];
    }
    return populations;
  }

  /** {@link #populations(double[])} of a histogram. */
  static double[] populations(Histogram2D histogram) {
    return populations(histogram.masses());
  }
}
