package dev.cmt.energy;

/**
 * Energies of the conformations of one molecule that unit coordinates map to. Owned by one thread
 * at a time; holds native contexts until closed.
 */
public interface MappedEnergy extends AutoCloseable {
  /** Unit coordinates of a row. */
  int dimension();

  /** One line for manifests: engine, its version, platform, precision, instruction set. */
  String engineDescription();

  /**
   * Maps and computes energies. A row that fails is data, not an exception.
   *
   * @param u {@code [rows][dimension]} row-major, in [0, 1]; not modified
   * @param rows how many rows count
   * @param energyKjPerMol {@code [rows]} written; NaN where the row failed
   * @param logVolume {@code [rows]} log |dx/du| with x in nm, written; NaN where the map failed
   * @param failure {@code [rows]} why a row failed, written
   * @throws IllegalArgumentException if an array holds fewer than {@code rows} rows
   */
  void evaluate(
      float[] u, int rows, double[] energyKjPerMol, double[] logVolume, RowFailure[] failure);

  @Override
  void close();
}
