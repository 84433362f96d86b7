package dev.cmt.energy;

import java.util.Arrays;

/**
 * A fast engine whose results a trusted one recomputes on a random sample of rows. A difference
 * beyond rounding is an error, because it means that the fast engine computes another force field.
 * Belongs to one thread; closes both engines.
 */
final class CheckedEnergy implements PotentialEnergy {
  private final PotentialEnergy fast;
  private final PotentialEnergy trusted;
  private final EngineCheck check;
  private final double[] position;
  private final double[] expected = new double[1];
  private final RowFailure[] failure = new RowFailure[1];

  CheckedEnergy(PotentialEnergy fast, PotentialEnergy trusted, EngineCheck check) {
    this.fast = fast;
    this.trusted = trusted;
    this.check = check;
    this.position = new double[3 * fast.atoms()];
  }

  @Override
  public int atoms() {
    return fast.atoms();
  }

  @Override
  public String engineDescription() {
    return "%s; one row in %d recomputed by %s"
        .formatted(
            fast.engineDescription(), EngineCheck.ROWS_PER_CHECK, trusted.engineDescription());
  }

  /**
   * As the fast engine does.
   *
   * @throws EnginesDisagreeException if the two engines disagree on a row that was recomputed
   */
  @Override
  public void evaluate(
      double[] positionsNm,
      int rows,
      double[] energyKjPerMol,
      double[] forcesKjPerMolNm,
      RowFailure[] reasons) {
    fast.evaluate(positionsNm, rows, energyKjPerMol, forcesKjPerMolNm, reasons);
    for (int row : check.choose(rows)) {
      System.arraycopy(positionsNm, row * position.length, position, 0, position.length);
      trusted.evaluate(position, 1, expected, null, failure);
      if (!check.agree(energyKjPerMol[row], expected[0])) {
        throw new EnginesDisagreeException(
            "%s says %.9g kJ/mol where %s says %.9g, at %s nm. Please report this system; energy.engine = openmm avoids it."
                .formatted(
                    fast.engineDescription(),
                    energyKjPerMol[row],
                    trusted.engineDescription(),
                    expected[0],
                    Arrays.toString(position)));
      }
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
