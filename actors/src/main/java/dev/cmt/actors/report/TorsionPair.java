package dev.cmt.actors.report;

import dev.cmt.flow.diagnostics.Histogram2D;
import java.util.Arrays;
import java.util.List;

/**
 * (φ, ψ) of one residue in the flow's samples, before and after reweighting, beside its references:
 * populations and free energies of basins, distances of the densities.
 */
final class TorsionPair implements Resampled {
  /** Cells per angle, as in the paper's section D.3.2. */
  static final int BINS = 100;

  // Places of the numbers of {@link #compute}: one per basin, then those of each reference.
  static final int RAW_POPULATION = 0;
  static final int POPULATION = 3;
  static final int RAW_FREE_ENERGY = 6;
  static final int FREE_ENERGY = 9;
  static final int DISTANCES = 12;

  // Within the numbers of a reference.
  static final int KL_RAW = 0;
  static final int KL = 1;
  static final int TV_RAW = 2;
  static final int TV = 3;
  static final int DISTANCES_PER_REFERENCE = 4;

  private final String residue;
  private final int[] cells;
  private final double[] shares;
  private final List<TorsionReference> references;

  /**
   * Sorts samples into cells.
   *
   * @param phi {@code [rows]} rad
   * @param psi {@code [rows]} rad
   * @param shares {@code [rows]} weights
   * @param references to compare with, the best first; may be empty
   */
  TorsionPair(
      String residue,
      double[] phi,
      double[] psi,
      double[] shares,
      List<TorsionReference> references) {
    this.residue = residue;
    this.shares = shares;
    this.references = List.copyOf(references);
    Histogram2D grid = new Histogram2D(BINS);
    cells = new int[phi.length];
    for (int row = 0; row < cells.length; row++) {
      cells[row] = grid.cell(phi[row], psi[row]);
    }
  }

  String residue() {
    return residue;
  }

  List<TorsionReference> references() {
    return references;
  }

  @Override
  public int size() {
    return DISTANCES + DISTANCES_PER_REFERENCE * references.size();
  }

  @Override
  public void compute(int[] counts, double[] out, int offset) {
    double[] raw = new double[BINS * BINS];
    double[] weighted = new double[raw.length];
    count(counts, raw, weighted);
    if (Arrays.stream(weighted).sum() == 0 || Arrays.stream(raw).sum() == 0) {
      // One row holds all the weight and was not drawn.
      Arrays.fill(out, offset, offset + size(), Double.NaN);
      return;
    }
    Histogram2D rawHistogram = Histogram2D.of(raw);
    Histogram2D histogram = Histogram2D.of(weighted);
    populations(rawHistogram, out, offset + RAW_POPULATION, offset + RAW_FREE_ENERGY);
    populations(histogram, out, offset + POPULATION, offset + FREE_ENERGY);
    for (int r = 0; r < references.size(); r++) {
      Histogram2D reference = references.get(r).histogram();
      int place = offset + DISTANCES + DISTANCES_PER_REFERENCE * r;
      out[place + KL_RAW] = reference.kl(rawHistogram);
      out[place + KL] = reference.kl(histogram);
      out[place + TV_RAW] = reference.totalVariation(rawHistogram);
      out[place + TV] = reference.totalVariation(histogram);
    }
  }

  /** {@code [cells]} of the flow's samples as they are, and of those reweighted. */
  void count(int[] counts, double[] raw, double[] weighted) {
    for (int row = 0; row < cells.length; row++) {
      if (counts[row] > 0 && cells[row] >= 0) {
        raw[cells[row]] += counts[row];
        weighted[cells[row]] += counts[row] * shares[row];
      }
    }
  }

  /**
   * Free energies, kT: of φ &gt; 0 against all the rest, −ln(P/(1 − P)); of α against β,
   * −ln(P/P_β); of β against itself, 0.
   */
  static double freeEnergy(double[] populations, RamachandranBasin basin) {
    double p = populations[basin.index()];
    return switch (basin) {
      case LEFT -> Math.log1p(-p) - Math.log(p);
      case ALPHA, BETA -> Math.log(populations[RamachandranBasin.BETA.index()]) - Math.log(p);
    };
  }

  private static void populations(
      Histogram2D histogram, double[] out, int population, int freeEnergy) {
    double[] populations = RamachandranBasin.populations(histogram);
    for (RamachandranBasin basin : RamachandranBasin.values()) {
      out[population + basin.index()] = populations[basin.index()];
      out[freeEnergy + basin.index()] = freeEnergy(populations, basin);
    }
  }
}
