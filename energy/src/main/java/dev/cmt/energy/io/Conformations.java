package dev.cmt.energy.io;

/** Conformations of one molecule. The array is not copied. */
public final class Conformations {
  private final int atoms;
  private final double[] positionsNm;

  /**
   * @param atoms ≥ 1
   * @param positionsNm {@code [frames][atoms][3]} row-major, nm
   */
  public Conformations(int atoms, double[] positionsNm) {
    if (atoms < 1) {
      throw new IllegalArgumentException("atoms (%d) must be at least 1.".formatted(atoms));
    }
    if (positionsNm.length % (3 * atoms) != 0) {
      throw new IllegalArgumentException(
          "%d coordinates are no whole number of frames of %d atoms."
              .formatted(positionsNm.length, atoms));
    }
    this.atoms = atoms;
    this.positionsNm = positionsNm;
  }

  /** How many conformations. */
  public int frames() {
    return positionsNm.length / (3 * atoms);
  }

  /** Atoms of each. */
  public int atoms() {
    return atoms;
  }

  /** {@code [frames][atoms][3]} row-major, nm. */
  public double[] positionsNm() {
    return positionsNm;
  }
}
