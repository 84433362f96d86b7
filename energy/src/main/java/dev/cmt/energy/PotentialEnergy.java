package dev.cmt.energy;

/**
 * Energies of Cartesian conformations of one molecule. Owned by one thread at a time; holds native
 * contexts until closed.
 */
public interface PotentialEnergy extends AutoCloseable {
  /** Atoms of the molecule. */
  int atoms();

  /** One line for manifests: engine, its version, platform, precision, instruction set. */
  String engineDescription();

  /**
   * Energies, and forces if asked for.
   *
   * @param positionsNm {@code [rows][atoms][3]} row-major
   * @param rows how many rows count
   * @param energyKjPerMol {@code [rows]} written; NaN where the engine failed or the energy is not
   *     a number
   * @param forcesKjPerMolNm {@code [rows][atoms][3]} written, or null if forces are not wanted
   * @param failure {@code [rows]} why a row failed, written
   */
  void evaluate(
      double[] positionsNm,
      int rows,
      double[] energyKjPerMol,
      double[] forcesKjPerMolNm,
      RowFailure[] failure);

  @Override
  void close();
}
