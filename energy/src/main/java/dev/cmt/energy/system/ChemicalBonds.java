package dev.cmt.energy.system;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Which atoms are bonded. A PDB file spells out only what is not standard (CONECT), so these join
 * the System's harmonic bonds and constraints. A pair held farther apart than any bond of its
 * elements is none: Urey-Bradley terms and constrained angles hold the ends of an angle.
 */
final class ChemicalBonds {
  /** Bonds are at most this much longer than the sum of covalent radii; ends of angles are not. */
  private static final double LONGEST = 1.3;

  private ChemicalBonds() {}

  /** Those of a molecule, each once; the two files must have the same atoms. */
  static Set<Bond> of(SystemXml system, PdbTopology topology) {
    Set<Bond> bonds = new HashSet<>(topology.bonds());
    addBonds(system.bondLengthsNm(), topology.atoms(), bonds);
    addBonds(system.constraintsNm(), topology.atoms(), bonds);
    return bonds;
  }

  private static void addBonds(Map<Bond, Double> lengthsNm, List<Atom> atoms, Set<Bond> bonds) {
    lengthsNm.forEach(
        (pair, length) -> {
          if (isBond(pair, length, atoms)) {
            bonds.add(pair);
          }
        });
  }

  /** Yes, where an element's radius is not known. */
  private static boolean isBond(Bond pair, double lengthNm, List<Atom> atoms) {
    OptionalDouble first = Elements.covalentRadiusNm(atoms.get(pair.first()).element());
    OptionalDouble second = Elements.covalentRadiusNm(atoms.get(pair.second()).element());
    return first.isEmpty()
        || second.isEmpty()
        || lengthNm <= LONGEST * (first.getAsDouble() + second.getAsDouble());
  }
}
