package dev.cmt.energy.molecule;

import dev.cmt.energy.system.MolecularSystem;
import java.util.List;

/**
 * Keeps amino acids in their L form. Force fields do not know mirror images apart, nature has one:
 * the torsion that places HA about the CA-N-C plane is confined to the half circle of L. Paper,
 * section D.1; TA-BG's rule, which sees only HA: other centres, such as CB of isoleucine, are not
 * confined. Glycine, without an atom named HA, is not a centre.
 */
final class Stereochemistry {
  private Stereochemistry() {}

  /** Confines the torsions that place an HA; {@code ranges} is in the z-matrix's row order. */
  static void confine(MolecularSystem system, ZMatrix zMatrix, TorsionRange[] ranges) {
    for (int n = 0; n < zMatrix.rowCount(); n++) {
      int[] row = zMatrix.row(n);
      if (isAlphaHydrogen(system, row[0])) {
        ranges[n] = rangeOfL(system, row);
      }
    }
  }

  private static boolean isAlphaHydrogen(MolecularSystem system, int atom) {
    if (!system.atoms().get(atom).name().equals("HA")) {
      return false;
    }
    List<Integer> neighbours = system.neighbours(atom);
    if (neighbours.size() != 1 || !isNamed(system, neighbours.get(0), "CA")) {
      return false;
    }
    List<String> aroundAlpha =
        system.neighbours(neighbours.get(0)).stream()
            .map(neighbour -> system.atoms().get(neighbour).name())
            .toList();
    return aroundAlpha.contains("N") && aroundAlpha.contains("C");
  }

  private static TorsionRange rangeOfL(MolecularSystem system, int[] row) {
    if (isNamed(system, row[1], "CA")) {
      if (isNamed(system, row[2], "N") && isNamed(system, row[3], "C")) {
        return TorsionRange.UPPER;
      }
      if (isNamed(system, row[2], "C") && isNamed(system, row[3], "N")) {
        return TorsionRange.LOWER;
      }
    }
    throw new IllegalArgumentException(
        "The z-matrix of %s places %s relative to %s, %s and %s; it must be CA, N and C, so that"
                .formatted(
                    system.name(),
                    system.label(row[0]),
                    system.label(row[1]),
                    system.label(row[2]),
                    system.label(row[3]))
            + " its torsion tells L from D.");
  }

  private static boolean isNamed(MolecularSystem system, int atom, String name) {
    return system.atoms().get(atom).name().equals(name);
  }
}
