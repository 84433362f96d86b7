package dev.cmt.energy;

import java.util.Arrays;

/**
 * As {@link CheckedEnergy}, of an engine that also maps: the trusted one recomputes energies and
 * volumes from the unit coordinates on. Belongs to one thread; closes both engines.
 */
final class CheckedMappedEnergy implements MappedEnergy {
  /** Sums of some hundred logarithms in different orders. */
  private static final double VOLUME_TOLERANCE = 1e-8;

  private final MappedEnergy fast;
  private final MappedEnergy trusted;
  private final EngineCheck check;
  private final float[] row;
  private final double[] energy = new double[1];
  private final double[] volume = new double[1];
  private final RowFailure[] reason = new RowFailure[1];

  CheckedMappedEnergy(MappedEnergy fast, MappedEnergy trusted, EngineCheck check) {
    this.fast = fast;
    this.trusted = trusted;
    this.check = check;
    this.row = new float[fast.dimension()];
  }

  @Override
  public int dimension() {
    return fast.dimension();
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
      float[] u, int rows, double[] energyKjPerMol, double[] logVolume, RowFailure[] failure) {
    fast.evaluate(u, rows, energyKjPerMol, logVolume, failure);
    for (int n : check.choose(rows)) {
      System.arraycopy(u, n * row.length, row, 0, row.length);
      trusted.evaluate(row, 1, energy, volume, reason);
      if (!check.agree(energyKjPerMol[n], energy[0]) || !sameVolume(logVolume[n], volume[0])) {
        throw new EnginesDisagreeException(
            "%s says %.9g kJ/mol, log-volume %.9g (%s) where %s says %.9g, %.9g (%s), at unit coordinates %s. Please report this system; energy.engine = openmm avoids it."
                .formatted(
                    fast.engineDescription(),
                    energyKjPerMol[n],
                    logVolume[n],
                    failure[n],
                    trusted.engineDescription(),
                    energy[0],
                    volume[0],
                    reason[0],
                    Arrays.toString(row)));
      }
    }
  }

  private static boolean sameVolume(double found, double expected) {
    return Double.isNaN(found)
        ? Double.isNaN(expected)
        : Math.abs(found - expected) <= VOLUME_TOLERANCE;
  }

  @Override
  public void close() {
    try (fast;
        trusted) {
      // Both are closed, whatever the first one throws.
    }
  }
}
