package dev.cmt.energy.kernel;

import java.util.List;
import java.util.Optional;

/**
 * The force field of one molecule, as far as the kernel knows force fields: OpenMM's
 * HarmonicBondForce, HarmonicAngleForce, PeriodicTorsionForce, NonbondedForce without cutoff, and
 * the generalised Born models OBC1 and OBC2 without cutoff. Units: nm, kJ/mol, elementary charges,
 * rad.
 *
 * @param atoms how many atoms
 * @param bonds harmonic bonds
 * @param angles harmonic angles
 * @param torsions periodic torsions
 * @param nonbonded Lennard-Jones and Coulomb terms, if any
 * @param solvent implicit solvent, if any
 */
public record ForceFieldTerms(
    int atoms,
    List<Bond> bonds,
    List<Angle> angles,
    List<Torsion> torsions,
    Optional<Nonbonded> nonbonded,
    Optional<GeneralizedBorn> solvent) {

  /**
   * Coulomb's constant 1/(4 pi eps0) in kJ nm/mol/e², from the 2018 CODATA values, as in OpenMM
   * 7.7.
   */
  public static final double COULOMB_CONSTANT = coulombConstant();

  /** Copies the lists. */
  public ForceFieldTerms {
    bonds = List.copyOf(bonds);
    angles = List.copyOf(angles);
    torsions = List.copyOf(torsions);
  }

  /**
   * Reads an OpenMM System as its XmlSerializer writes it. Constraints, masses and box vectors are
   * passed over: without periodic forces they change no energy.
   *
   * @param systemXml the document itself
   * @throws UnsupportedForceException if the System holds anything the kernel does not evaluate
   * @throws IllegalArgumentException if the text is not XML
   */
  public static ForceFieldTerms parse(String systemXml) {
    return SystemParser.parse(systemXml);
  }

  /** E = k (r - length)² / 2. */
  public record Bond(int i, int j, double length, double k) {}

  /** E = k (theta - angle)² / 2, theta at atom j. */
  public record Angle(int i, int j, int k, double angle, double stiffness) {}

  /** E = amplitude (1 + cos(periodicity phi - phase)), phi about the bond j-k. */
  public record Torsion(
      int i, int j, int k, int l, int periodicity, double phase, double amplitude) {}

  /**
   * E = sum over pairs of 4 epsilon ((sigma/r)¹² - (sigma/r)⁶) + q q' / (4 pi eps0 r), with
   * Lorentz-Berthelot combination except where an exception replaces it.
   */
  public record Nonbonded(List<Particle> particles, List<NonbondedException> exceptions) {
    /** Copies the lists. */
    public Nonbonded {
      particles = List.copyOf(particles);
      exceptions = List.copyOf(exceptions);
    }
  }

  /** An atom's charge and Lennard-Jones parameters. */
  public record Particle(double charge, double sigma, double epsilon) {}

  /** What a pair has instead of the combination of its atoms' parameters. */
  public record NonbondedException(
      int i, int j, double chargeProduct, double sigma, double epsilon) {}

  /**
   * Generalised Born after Onufriev, Bashford and Case, Proteins 55, 383 (2004): Born radii 1/B =
   * 1/or - tanh(alpha psi - beta psi² + gamma psi³)/radius, pair energies prefactor q q'/f, and a
   * surface term surfaceTension (radius + probeRadius)² (radius/B)⁶.
   *
   * @param atoms one an atom, in order
   * @param prefactor -(1/(4 pi eps0)) (1/solute - 1/solvent dielectric constant), kJ nm/mol/e²
   * @param surfaceTension kJ/mol/nm², including the factor 4 pi
   * @param probeRadius nm
   * @param engulfCorrection whether an atom that lies wholly inside another's sphere gets the term
   *     2 (1/or - 1/L) in its Born sum, as in GBSAOBCForce
   */
  public record GeneralizedBorn(
      List<BornAtom> atoms,
      double alpha,
      double beta,
      double gamma,
      double prefactor,
      double surfaceTension,
      double probeRadius,
      boolean engulfCorrection) {
    /** Copies the list. */
    public GeneralizedBorn {
      atoms = List.copyOf(atoms);
    }
  }

  /** An atom's charge, radius, radius less the dielectric offset, and scaled offset radius. */
  public record BornAtom(double charge, double radius, double offsetRadius, double scaledRadius) {}

  private static double coulombConstant() {
    double elementaryCharge = 1.602176634e-19;
    double avogadro = 6.02214076e23;
    double eps0 = 1e-6 * 8.8541878128e-12 / (elementaryCharge * elementaryCharge * avogadro);
    return 1 / (4 * Math.PI * eps0);
  }
}
