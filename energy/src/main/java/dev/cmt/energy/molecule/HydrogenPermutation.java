package dev.cmt.energy.molecule;

import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps the hydrogens of CH₂, CH₃, NH₂ and NH₃ groups in one labelling. The energy does not change
 * when two of them swap names, but no trajectory swaps them: each is confined to the half circle it
 * has in the minimised conformation. Of three, the first is the free rotor and the others are
 * placed relative to it. Paper, section D.1; TA-BG's rule.
 */
final class HydrogenPermutation {
  private HydrogenPermutation() {}

  /**
   * Confines torsions that place such hydrogens.
   *
   * @param torsions {@code [rows]} of the minimised conformation, rad
   * @param ranges in the z-matrix's row order, written
   */
  static void confine(
      MolecularSystem system, ZMatrix zMatrix, double[] torsions, TorsionRange[] ranges) {
    for (int center = 0; center < system.atoms().size(); center++) {
      String element = system.atoms().get(center).element();
      if (!element.equals("C") && !element.equals("N")) {
        continue;
      }
      List<Integer> hydrogens =
          system.neighbours(center).stream()
              .filter(neighbour -> system.atoms().get(neighbour).isHydrogen())
              .toList();
      if (hydrogens.size() >= 2) {
        for (int row : confinedRows(system, zMatrix, center, hydrogens)) {
          ranges[row] = TorsionRange.halfOf(torsions[row]);
        }
      }
    }
  }

  private static List<Integer> confinedRows(
      MolecularSystem system, ZMatrix zMatrix, int center, List<Integer> hydrogens) {
    List<Integer> rows = new ArrayList<>();
    for (int n = 0; n < zMatrix.rowCount(); n++) {
      if (hydrogens.contains(zMatrix.row(n)[0])) {
        rows.add(n);
      }
    }
    if (rows.size() == 2) {
      return rows;
    }
    if (rows.size() != 3) {
      throw new IllegalArgumentException(
          "The z-matrix of %s places %d of the %d hydrogens of %s; it must place 2 or 3 of them."
              .formatted(system.name(), rows.size(), hydrogens.size(), system.label(center)));
    }
    int[] rotor = zMatrix.row(rows.get(0));
    for (int n : rows.subList(1, 3)) {
      int[] row = zMatrix.row(n);
      if (row[1] != rotor[1] || row[2] != rotor[2] || !hydrogens.contains(row[3])) {
        throw new IllegalArgumentException(
            "The z-matrix of %s must place %s about the same axis as %s and relative to a hydrogen"
                    .formatted(system.name(), system.label(row[0]), system.label(rotor[0]))
                + " of the same group, so that its torsion tells the two apart.");
      }
    }
    return rows.subList(1, 3);
  }
}
