package dev.cmt.energy.system;

import java.util.List;

/** The conformation in an AMBER coordinate file (inpcrd, rst7) as text; velocities are ignored. */
public final class AmberCoordinates {
  private static final int WIDTH = 12;
  private static final int PER_LINE = 6;
  private static final double NM_PER_ANGSTROM = 0.1;

  private AmberCoordinates() {}

  /**
   * Reads the text of a file: a title, the number of atoms, six numbers of twelve columns a line,
   * in Å.
   *
   * @param atoms how many atoms the prmtop has
   * @return {@code [atoms][3]} row-major, nm
   * @throws IllegalArgumentException if the file is of another kind or molecule, naming the line
   */
  public static double[] parse(String text, int atoms) {
    if (text.startsWith("CDF") || text.startsWith("\u0089HDF")) {
      throw new IllegalArgumentException(
          "The coordinates are a NetCDF restart file; write them as text, as by cpptraj's \"trajout x.rst7 restart\".");
    }
    List<String> lines = text.lines().toList();
    int declared = lines.size() < 2 ? -1 : atoms(lines.get(1));
    if (declared != atoms) {
      throw new IllegalArgumentException(
          "Line 2 of the coordinates must begin with the number of atoms, %d as in the prmtop; it has \"%s\"."
              .formatted(atoms, lines.size() < 2 ? "" : lines.get(1).strip()));
    }
    double[] x = new double[3 * atoms];
    for (int n = 0; n < x.length; n++) {
      int line = 2 + n / PER_LINE;
      int column = WIDTH * (n % PER_LINE);
      if (line >= lines.size() || lines.get(line).length() <= column) {
        throw new IllegalArgumentException(
            "The coordinates end in line %d, after %d of %d numbers."
                .formatted(Math.min(line + 1, lines.size()), n, x.length));
      }
      String row = lines.get(line);
      String word = row.substring(column, Math.min(row.length(), column + WIDTH)).strip();
      x[n] = NM_PER_ANGSTROM * coordinate(word, line + 1);
    }
    return x;
  }

  private static int atoms(String line) {
    try {
      return Integer.parseInt(line.strip().split("\\s+")[0]);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static double coordinate(String word, int line) {
    double angstrom = Double.NaN;
    try {
      angstrom = Double.parseDouble(word);
    } catch (NumberFormatException e) {
      throw notANumber(word, line, e);
    }
    if (!Double.isFinite(angstrom)) {
      throw notANumber(word, line, null);
    }
    return angstrom;
  }

  private static IllegalArgumentException notANumber(String word, int line, Exception cause) {
    return new IllegalArgumentException(
        "Line %d of the coordinates holds \"%s\", which is no coordinate in Å."
            .formatted(line, word),
        cause);
  }
}
