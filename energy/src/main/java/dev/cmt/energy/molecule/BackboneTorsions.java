package dev.cmt.energy.molecule;

import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The (φ, ψ) of one residue: the axes of a Ramachandran plot.
 *
 * @param residue such as {@code ALA2}
 * @param phi atoms C−, N, CA, C
 * @param psi atoms N, CA, C, N+
 */
public record BackboneTorsions(String residue, List<Integer> phi, List<Integer> psi) {
  public BackboneTorsions {
    Objects.requireNonNull(residue, "residue");
    phi = List.copyOf(phi);
    psi = List.copyOf(psi);
  }

  /** Those of every residue that has both, in the order of the chain. */
  public static List<BackboneTorsions> of(MolecularSystem system) {
    List<BackboneTorsions> found = new ArrayList<>();
    for (int alpha = 0; alpha < system.atoms().size(); alpha++) {
      if (!system.atoms().get(alpha).name().equals("CA")) {
        continue;
      }
      int n = neighbour(system, alpha, "N", -1);
      int c = neighbour(system, alpha, "C", -1);
      int before = n < 0 ? -1 : neighbour(system, n, "C", alpha);
      int after = c < 0 ? -1 : neighbour(system, c, "N", alpha);
      // A methyl carbon of a cap may be named C too; what precedes a residue bears an oxygen.
      if (before >= 0 && after >= 0 && neighbour(system, before, "O", -1) >= 0) {
        found.add(
            new BackboneTorsions(
                system.atoms().get(alpha).residue(),
                List.of(before, n, alpha, c),
                List.of(n, alpha, c, after)));
      }
    }
    return List.copyOf(found);
  }

  /**
   * Measures conformations.
   *
   * @param positionsNm {@code [rows][atoms][3]} row-major
   * @param rows how many rows count
   * @param atoms atoms of a row
   * @param phiPsi {@code [rows][2]} written: φ and ψ in [−π, π], rad
   */
  public void measure(double[] positionsNm, int rows, int atoms, double[] phiPsi) {
    for (int row = 0; row < rows; row++) {
      phiPsi[2 * row] = torsion(positionsNm, row * 3 * atoms, phi);
      phiPsi[2 * row + 1] = torsion(positionsNm, row * 3 * atoms, psi);
    }
  }

  private static double torsion(double[] x, int offset, List<Integer> atoms) {
    return Geometry.torsion(x, offset, atoms.get(0), atoms.get(1), atoms.get(2), atoms.get(3));
  }

  private static int neighbour(MolecularSystem system, int atom, String name, int otherThan) {
    return system.neighbours(atom).stream()
        .filter(other -> other != otherThan && system.atoms().get(other).name().equals(name))
        .findFirst()
        .orElse(-1);
  }
}
