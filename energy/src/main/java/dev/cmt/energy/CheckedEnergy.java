package dev.cmt.energy;

import java.util.Arrays;

/**
 * A fast engine whose results a trusted one recomputes on a sample: one row of each batch, a
 * different place each time. A difference beyond rounding stops the batch, because it means that
 * the fast engine computes another force field. Belongs to one thread; closes both engines.
 */
final class CheckedEnergy implements PotentialEnergy {
  /**
   * Both engines sum in float64 in different orders: 1e-9 kJ/mol apart at most where energies are
   * physical.
   */
  private static final double TOLERANCE_KJ_PER_MOL = 1e-6;

  /** Where atoms overlap, energies of 1e20 have many digits that mean nothing. */
  private static final double RELATIVE_TOLERANCE = 1e-9;

  private final PotentialEnergy fast;
  private final PotentialEnergy trusted;
  private final double[] position;
  private final double[] energy = new double[1];
  private final RowFailure[] failure = new RowFailure[1];
  private long batches;

  CheckedEnergy(PotentialEnergy fast, PotentialEnergy trusted) {
    this.fast = fast;
    this.trusted = trusted;
    this.position = new double[3 * fast.atoms()];
  }

  @Override
  public int atoms() {
    return fast.atoms();
  }

  @Override
  public String engineDescription() {
    return "%s; one row of each batch recomputed by %s"
        .formatted(fast.engineDescription(), trusted.engineDescription());
  }

  /**
   * As the fast engine does.
   *
   * @throws IllegalStateException if the two engines disagree on the row that was recomputed
   */
  @Override
  public void evaluate(
      double[] positionsNm,
      int rows,
      double[] energyKjPerMol,
      double[] forcesKjPerMolNm,
      RowFailure[] reasons) {
    fast.evaluate(positionsNm, rows, energyKjPerMol, forcesKjPerMolNm, reasons);
    if (rows > 0) {
      // Multiples of an odd number visit all places of a batch whose size is a power of two, and
      // nearly all of others.
      check(positionsNm, (int) Math.floorMod(batches++ * 0x9E3779B1L, (long) rows), energyKjPerMol);
    }
  }

  private void check(double[] positionsNm, int row, double[] energyKjPerMol) {
    double found = energyKjPerMol[row];
    System.arraycopy(positionsNm, row * position.length, position, 0, position.length);
    trusted.evaluate(position, 1, energy, null, failure);
    double expected = energy[0];
    if (!Double.isFinite(found) || !Double.isFinite(expected)) {
      // Overflow sets in at different places; such rows are failures in one engine and beyond any
      // cap in the other.
      return;
    }
    double allowed = TOLERANCE_KJ_PER_MOL + RELATIVE_TOLERANCE * Math.abs(expected);
    if (Math.abs(found - expected) > allowed) {
      throw new IllegalStateException(
          "%s says %.9g kJ/mol where %s says %.9g, at %s nm. Please report this system; energy.engine = openmm avoids it."
              .formatted(
                  fast.engineDescription(),
                  found,
                  trusted.engineDescription(),
                  expected,
                  Arrays.toString(position)));
    }
  }

  @Override
  public void close() {
    try (fast;
        trusted) {
      // Both are closed, whatever the first one throws.
    }
  }
}
