package dev.cmt.energy.system;

import java.util.List;
import java.util.Optional;

/**
 * A molecule with its force field as AMBER's tleap or ParmEd writes it (prmtop), in OpenMM's units:
 * nm, kJ/mol, rad, elementary charges, dalton. Format: ambermd.org/FileFormats. What would change
 * the energy and is not read here is refused by name: a periodic box or solvent cap, CHARMM's and
 * polarisable force fields, CMAP, 10-12 and 12-6-4 terms, extra points, perturbation and locally
 * enhanced sampling, and Lennard-Jones pairs that do not combine by Lorentz and Berthelot.
 *
 * @param atoms names, elements and residues
 * @param masses dalton
 * @param charges elementary charges
 * @param sigmasNm Lennard-Jones, of the atoms
 * @param epsilons Lennard-Jones, kJ/mol, of the atoms
 * @param bonds harmonic bonds, E = k (r − length)² / 2
 * @param angles harmonic angles, E = k (θ − angle)² / 2
 * @param torsions periodic torsions, proper and improper, E = k (1 + cos(n φ − phase))
 * @param scaledPairs ends of proper torsions, whose nonbonded terms are divided
 * @param excludedPairs pairs of atoms without a nonbonded term; those that are scaled among them
 * @param born radii of implicit solvent, if the file has them
 */
public record AmberPrmtop(
    List<Atom> atoms,
    List<Double> masses,
    List<Double> charges,
    List<Double> sigmasNm,
    List<Double> epsilons,
    List<BondTerm> bonds,
    List<AngleTerm> angles,
    List<TorsionTerm> torsions,
    List<ScaledPair> scaledPairs,
    List<Bond> excludedPairs,
    Optional<BornRadii> born) {
  /** Copies the lists. */
  public AmberPrmtop {
    atoms = List.copyOf(atoms);
    masses = List.copyOf(masses);
    charges = List.copyOf(charges);
    sigmasNm = List.copyOf(sigmasNm);
    epsilons = List.copyOf(epsilons);
    bonds = List.copyOf(bonds);
    angles = List.copyOf(angles);
    torsions = List.copyOf(torsions);
    scaledPairs = List.copyOf(scaledPairs);
    excludedPairs = List.copyOf(excludedPairs);
  }

  /** E = k (r − lengthNm)² / 2; k in kJ/mol/nm². */
  public record BondTerm(Bond atoms, double lengthNm, double k) {}

  /** E = k (θ − angle)² / 2, θ at {@code vertex}; k in kJ/mol/rad². */
  public record AngleTerm(int end, int vertex, int otherEnd, double angle, double k) {}

  /** E = k (1 + cos(periodicity φ − phase)); k in kJ/mol. */
  public record TorsionTerm(
      int i, int j, int k, int l, int periodicity, double phase, double amplitude) {}

  /** Atoms three bonds apart: electrostatics over {@code scee}, Lennard-Jones over {@code scnb}. */
  public record ScaledPair(Bond atoms, double scee, double scnb) {}

  /** Radii (nm) and screening factors of the atoms. */
  public record BornRadii(List<Double> radiiNm, List<Double> screens) {
    /** Copies the lists. */
    public BornRadii {
      radiiNm = List.copyOf(radiiNm);
      screens = List.copyOf(screens);
    }
  }

  /**
   * Reads the text of a prmtop.
   *
   * @throws IllegalArgumentException naming the section that cannot be read or is not handled
   */
  public static AmberPrmtop parse(String text) {
    return new AmberPrmtopReader(AmberSections.parse(text)).read();
  }
}
