package dev.cmt.energy;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * How a trusted engine keeps watch over a fast one: which rows it recomputes, and what counts as
 * agreement. One row of the first batch is recomputed, and one of every {@value #ROWS_PER_CHECK}
 * rows after it, each of them with the same chance: some of every annealing step of tens of
 * thousands. OpenMM's Reference platform takes up to two milliseconds for a row of alanine
 * dipeptide, in which the kernel with its map does seven hundred: watching costs a tenth of the
 * energies there, which themselves take a fiftieth of a step. Belongs to one thread.
 */
final class EngineCheck {
  static final int ROWS_PER_CHECK = 8_192;

  /**
   * Both engines sum in float64 in different orders: 1e-9 kJ/mol apart at most where energies are
   * physical.
   */
  private static final double TOLERANCE_KJ_PER_MOL = 1e-6;

  /** Where atoms overlap, energies of 1e20 have many digits that mean nothing. */
  private static final double RELATIVE_TOLERANCE = 1e-9;

  private final double cutKjPerMol;
  private final SplittableRandom random;
  private long seen;
  private long strata;
  private long due;

  /**
   * Makes a check.
   *
   * @param cutKjPerMol energies from here on up are all the same to whoever asked
   * @param key equal keys choose equal rows
   */
  EngineCheck(double cutKjPerMol, long key) {
    this.cutKjPerMol = cutKjPerMol;
    this.random = new SplittableRandom(key);
  }

  /** The rows of the next batch that are to be recomputed, in their order; mostly none. */
  int[] choose(int rows) {
    IntStream.Builder chosen = IntStream.builder();
    if (seen == 0 && rows > 0) {
      due = random.nextInt(Math.min(rows, ROWS_PER_CHECK));
    }
    for (; due < seen + rows; due = ++strata * ROWS_PER_CHECK + random.nextInt(ROWS_PER_CHECK)) {
      chosen.add((int) (due - seen));
    }
    seen += rows;
    return chosen.build().toArray();
  }

  /**
   * Whether two engines mean the same energy. A row that is a number to one of them only is a
   * disagreement, unless both lie beyond the cut; rows that are a number to neither are failures
   * whichever engine is asked.
   *
   * @param found by the fast engine, kJ/mol
   * @param expected by the trusted one, kJ/mol
   */
  boolean agree(double found, double expected) {
    if (found >= cutKjPerMol && expected >= cutKjPerMol) {
      return true;
    }
    if (!Double.isFinite(found) || !Double.isFinite(expected)) {
      return Double.isFinite(found) == Double.isFinite(expected);
    }
    return Math.abs(found - expected)
        <= TOLERANCE_KJ_PER_MOL + RELATIVE_TOLERANCE * Math.abs(expected);
  }
}
