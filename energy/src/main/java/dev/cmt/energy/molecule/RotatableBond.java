package dev.cmt.energy.molecule;

import dev.cmt.energy.system.Bond;
import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A torsion about a bond that heavy atoms turn around: a side chain's χ, an ω, an end of the chain.
 * Bonds of rings do not turn; what only hydrogens turn around looks the same every third of a
 * circle.
 *
 * @param label residue of the second atom and the names of all, such as {@code LEU2 N–CA–CB–CG}
 * @param atoms four in a chain; the bond is between the second and the third
 */
public record RotatableBond(String label, List<Integer> atoms) {
  public RotatableBond {
    atoms = List.copyOf(atoms);
  }

  /** Those of a molecule but for φ and ψ of its residues ({@link BackboneTorsions}). */
  public static List<RotatableBond> of(MolecularSystem system) {
    Set<Bond> backbone = new HashSet<>();
    for (BackboneTorsions residue : BackboneTorsions.of(system)) {
      backbone.add(Bond.of(residue.phi().get(1), residue.phi().get(2)));
      backbone.add(Bond.of(residue.psi().get(1), residue.psi().get(2)));
    }
    List<RotatableBond> found = new ArrayList<>();
    system.bonds().stream()
        .filter(bond -> !backbone.contains(bond) && !isOfRing(system, bond))
        .sorted(Comparator.comparingInt(Bond::first).thenComparingInt(Bond::second))
        .forEach(bond -> of(system, bond).ifPresent(found::add));
    return List.copyOf(found);
  }

  private static Optional<RotatableBond> of(MolecularSystem system, Bond bond) {
    Optional<Integer> before = heavy(system, bond.first(), bond.second());
    Optional<Integer> after = heavy(system, bond.second(), bond.first());
    if (before.isEmpty() || after.isEmpty()) {
      return Optional.empty();
    }
    List<Integer> atoms = List.of(before.get(), bond.first(), bond.second(), after.get());
    List<String> names = atoms.stream().map(atom -> system.atoms().get(atom).name()).toList();
    return Optional.of(
        new RotatableBond(
            system.atoms().get(bond.first()).residue() + " " + String.join("–", names), atoms));
  }

  /** The first neighbour in the molecule's order that is no hydrogen. */
  private static Optional<Integer> heavy(MolecularSystem system, int atom, int otherThan) {
    return system.neighbours(atom).stream()
        .filter(other -> other != otherThan && !system.atoms().get(other).element().equals("H"))
        .min(Comparator.naturalOrder());
  }

  /** Whether its ends stay connected without it. */
  private static boolean isOfRing(MolecularSystem system, Bond bond) {
    Set<Integer> seen = new HashSet<>(Set.of(bond.first()));
    Deque<Integer> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      int atom = open.remove();
      for (int next : system.neighbours(atom)) {
        if (!Bond.of(atom, next).equals(bond) && seen.add(next)) {
          open.add(next);
        }
      }
    }
    return seen.contains(bond.second());
  }

  /**
   * Measures conformations.
   *
   * @param positionsNm {@code [rows][3 × atoms]} row-major
   * @param rows how many rows count
   * @return {@code [rows]} rad, in [−π, π]; NaN where three neighbours are collinear
   */
  public double[] measure(float[] positionsNm, int rows) {
    int width = rows == 0 ? 0 : positionsNm.length / rows;
    double[] four = new double[12];
    double[] torsions = new double[rows];
    for (int row = 0; row < rows; row++) {
      for (int corner = 0; corner < 4; corner++) {
        for (int axis = 0; axis < 3; axis++) {
          four[3 * corner + axis] = positionsNm[row * width + 3 * atoms.get(corner) + axis];
        }
      }
      torsions[row] = Geometry.torsion(four, 0, 0, 1, 2, 3);
    }
    return torsions;
  }
}
