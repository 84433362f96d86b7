package dev.cmt.energy.system;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads a prmtop section by section, and refuses what an {@link AmberPrmtop} cannot hold. */
final class AmberPrmtopReader {
  private static final double KJ_PER_KCAL = 4.184;
  private static final double NM_PER_ANGSTROM = 0.1;

  /** AMBER's charges are multiplied by the root of its Coulomb constant in kcal Å/mol/e². */
  private static final double AMBER_CHARGE = 18.2223;

  /** Files carry eight digits. */
  private static final double COMBINATION_TOLERANCE = 1e-5;

  private static final Map<String, Double> MASSES =
      Map.ofEntries(
          Map.entry("H", 1.008),
          Map.entry("C", 12.01),
          Map.entry("N", 14.01),
          Map.entry("O", 16.00),
          Map.entry("F", 19.00),
          Map.entry("P", 30.97),
          Map.entry("S", 32.06),
          Map.entry("Cl", 35.45),
          Map.entry("Br", 79.90),
          Map.entry("I", 126.9));

  private static final Map<String, String> REFUSED_SECTIONS =
      Map.of(
          "CTITLE", "a CHARMM force field (chamber)",
          "CHARMM_UREY_BRADLEY_COUNT", "a CHARMM force field (chamber)",
          "CMAP_COUNT", "CMAP terms",
          "CHARMM_CMAP_COUNT", "CMAP terms",
          "LENNARD_JONES_CCOEF", "12-6-4 terms",
          "LES_NTYP", "locally enhanced sampling",
          "POLARIZABILITY", "polarisability",
          "AMOEBA_FORCEFIELD", "the AMOEBA force field");

  private final AmberSections file;
  private final int[] pointers;
  private final int atomCount;

  AmberPrmtopReader(AmberSections file) {
    this.file = file;
    for (String section : file.names()) {
      if (REFUSED_SECTIONS.containsKey(section)) {
        throw refusal(REFUSED_SECTIONS.get(section), "section " + section);
      }
    }
    this.pointers = file.integers("POINTERS", 30);
    this.atomCount = pointers[0];
    requireZero(20, "a perturbation (IFPERT)");
    requireZero(29, "a solvent cap (IFCAP)");
    if (pointers[27] != 0) {
      throw new IllegalArgumentException(
          "The prmtop has a periodic box (IFBOX = %d); a target is one molecule without one. Strip solvent and box, as by cpptraj's \"strip\" and \"box nobox\"."
              .formatted(pointers[27]));
    }
    if (pointers[9] == 1) {
      throw refusal("locally enhanced sampling", "NPARM");
    }
    if (file.has("IPOL") && file.integers("IPOL", 1)[0] != 0) {
      throw refusal("polarisability", "IPOL");
    }
    if (file.count("POINTERS") > 30 && file.integers("POINTERS", 31)[30] != 0) {
      throw refusal("extra points", "NUMEXTRA");
    }
    refuseHydrogenBondTerms();
  }

  private void requireZero(int pointer, String what) {
    if (pointers[pointer] != 0) {
      throw refusal(what, "POINTERS");
    }
  }

  /** Newer files keep empty ones. */
  private void refuseHydrogenBondTerms() {
    int terms = pointers[19];
    for (String section : List.of("HBOND_ACOEF", "HBOND_BCOEF")) {
      if (terms > 0 && Arrays.stream(file.numbers(section, terms)).anyMatch(c -> c != 0)) {
        throw refusal("10-12 terms", section);
      }
    }
  }

  private static IllegalArgumentException refusal(String what, String where) {
    return new IllegalArgumentException(
        "The prmtop has %s (%s), which is not handled. Make the System with OpenMM and import its system.xml instead."
            .formatted(what, where));
  }

  AmberPrmtop read() {
    double[] charges = file.numbers("CHARGE", atomCount);
    LennardJones pairs = lennardJones();
    List<AmberPrmtop.TorsionTerm> torsions = new ArrayList<>();
    List<AmberPrmtop.ScaledPair> scaled = new ArrayList<>();
    readTorsions("DIHEDRALS_INC_HYDROGEN", pointers[6], torsions, scaled);
    readTorsions("DIHEDRALS_WITHOUT_HYDROGEN", pointers[7], torsions, scaled);
    return new AmberPrmtop(
        atoms(),
        boxed(file.numbers("MASS", atomCount), 1),
        boxed(charges, 1 / AMBER_CHARGE),
        pairs.sigmasNm(),
        pairs.epsilons(),
        bonds(),
        angles(),
        torsions,
        scaled,
        excluded(),
        born());
  }

  private static List<Double> boxed(double[] values, double factor) {
    return Arrays.stream(values).mapToObj(value -> factor * value).toList();
  }

  private List<Atom> atoms() {
    List<String> names = file.text("ATOM_NAME", atomCount);
    double[] masses = file.numbers("MASS", atomCount);
    int[] numbers =
        file.has("ATOMIC_NUMBER") ? file.integers("ATOMIC_NUMBER", atomCount) : new int[0];
    int residues = pointers[11];
    List<String> labels = file.text("RESIDUE_LABEL", residues);
    int[] first = file.integers("RESIDUE_POINTER", residues);
    List<Atom> atoms = new ArrayList<>();
    int residue = 0;
    for (int atom = 0; atom < atomCount; atom++) {
      while (residue + 1 < residues && first[residue + 1] - 1 <= atom) {
        residue++;
      }
      String element =
          numbers.length > 0 && numbers[atom] > 0
              ? Elements.symbol(numbers[atom])
              : elementOf(names.get(atom), masses[atom]);
      // PDB files have three columns for it, as OpenMM's PDBFile cuts it too.
      String label = labels.get(residue);
      atoms.add(
          new Atom(
              names.get(atom),
              element,
              label.substring(0, Math.min(3, label.length())),
              residue + 1,
              'A'));
    }
    return atoms;
  }

  private static String elementOf(String name, double mass) {
    return MASSES.entrySet().stream()
        .filter(entry -> Math.abs(entry.getValue() - mass) < 0.15)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "Atom %s of the prmtop has a mass (%s) of no common element; add the section ATOMIC_NUMBER, as ParmEd's addAtomicNumbers does."
                        .formatted(name, mass)));
  }

  private List<AmberPrmtop.BondTerm> bonds() {
    double[] k = file.numbers("BOND_FORCE_CONSTANT", pointers[15]);
    double[] length = file.numbers("BOND_EQUIL_VALUE", pointers[15]);
    List<AmberPrmtop.BondTerm> bonds = new ArrayList<>();
    for (String section : List.of("BONDS_INC_HYDROGEN", "BONDS_WITHOUT_HYDROGEN")) {
      int[] rows = file.integers(section, 3 * pointers[section.contains("INC") ? 2 : 12]);
      for (int n = 0; n < rows.length; n += 3) {
        int type = type(section, rows[n + 2], k.length);
        bonds.add(
            new AmberPrmtop.BondTerm(
                Bond.of(atom(section, rows[n]), atom(section, rows[n + 1])),
                length[type] * NM_PER_ANGSTROM,
                2 * k[type] * KJ_PER_KCAL / (NM_PER_ANGSTROM * NM_PER_ANGSTROM)));
      }
    }
    return bonds;
  }

  private List<AmberPrmtop.AngleTerm> angles() {
    double[] k = file.numbers("ANGLE_FORCE_CONSTANT", pointers[16]);
    double[] angle = file.numbers("ANGLE_EQUIL_VALUE", pointers[16]);
    List<AmberPrmtop.AngleTerm> angles = new ArrayList<>();
    for (String section : List.of("ANGLES_INC_HYDROGEN", "ANGLES_WITHOUT_HYDROGEN")) {
      int[] rows = file.integers(section, 4 * pointers[section.contains("INC") ? 4 : 13]);
      for (int n = 0; n < rows.length; n += 4) {
        int type = type(section, rows[n + 3], k.length);
        angles.add(
            new AmberPrmtop.AngleTerm(
                atom(section, rows[n]),
                atom(section, rows[n + 1]),
                atom(section, rows[n + 2]),
                angle[type],
                2 * k[type] * KJ_PER_KCAL));
      }
    }
    return angles;
  }

  /**
   * A negative third atom says that the ends have no scaled pair of this torsion, a negative fourth
   * that it is improper; neither then adds one.
   */
  private void readTorsions(
      String section,
      int count,
      List<AmberPrmtop.TorsionTerm> torsions,
      List<AmberPrmtop.ScaledPair> scaled) {
    double[] k = file.numbers("DIHEDRAL_FORCE_CONSTANT", pointers[17]);
    double[] periodicity = file.numbers("DIHEDRAL_PERIODICITY", pointers[17]);
    double[] phase = file.numbers("DIHEDRAL_PHASE", pointers[17]);
    double[] scee = scales("SCEE_SCALE_FACTOR", 1.2);
    double[] scnb = scales("SCNB_SCALE_FACTOR", 2.0);
    int[] rows = file.integers(section, 5 * count);
    for (int n = 0; n < rows.length; n += 5) {
      int type = type(section, rows[n + 4], k.length);
      int i = atom(section, rows[n]);
      int l = atom(section, Math.abs(rows[n + 3]));
      if (k[type] != 0) {
        torsions.add(
            new AmberPrmtop.TorsionTerm(
                i,
                atom(section, rows[n + 1]),
                atom(section, Math.abs(rows[n + 2])),
                l,
                Math.toIntExact(Math.round(Math.abs(periodicity[type]))),
                phase[type],
                k[type] * KJ_PER_KCAL));
      }
      if (rows[n + 2] >= 0 && rows[n + 3] >= 0) {
        scaled.add(new AmberPrmtop.ScaledPair(Bond.of(i, l), scee[type], scnb[type]));
      }
    }
  }

  private double[] scales(String section, double standard) {
    if (file.has(section)) {
      return file.numbers(section, pointers[17]);
    }
    double[] scales = new double[pointers[17]];
    Arrays.fill(scales, standard);
    return scales;
  }

  private record LennardJones(List<Double> sigmasNm, List<Double> epsilons) {}

  /** From the coefficients of like pairs; those of unlike pairs must be what these combine to. */
  private LennardJones lennardJones() {
    int types = pointers[1];
    int[] index = file.integers("NONBONDED_PARM_INDEX", types * types);
    double[] a = file.numbers("LENNARD_JONES_ACOEF", types * (types + 1) / 2);
    double[] b = file.numbers("LENNARD_JONES_BCOEF", types * (types + 1) / 2);
    for (int pair : index) {
      coefficient(pair, a.length);
    }
    double[] sigma = new double[types];
    double[] epsilon = new double[types];
    for (int t = 0; t < types; t++) {
      int pair = coefficient(index[t * types + t], a.length);
      boolean none = a[pair] == 0 || b[pair] == 0;
      sigma[t] = none ? 1 : Math.pow(a[pair] / b[pair], 1.0 / 6);
      epsilon[t] = none ? 0 : b[pair] * b[pair] / (4 * a[pair]);
    }
    for (int t = 0; t < types; t++) {
      for (int u = 0; u < t; u++) {
        int pair = coefficient(index[t * types + u], a.length);
        double six = Math.pow((sigma[t] + sigma[u]) / 2, 6);
        double four = 4 * Math.sqrt(epsilon[t] * epsilon[u]);
        if (differ(a[pair], four * six * six) || differ(b[pair], four * six)) {
          throw refusal(
              "Lennard-Jones pairs of its own for types %d and %d".formatted(u + 1, t + 1),
              "LENNARD_JONES_ACOEF");
        }
      }
    }
    int[] typeOf = file.integers("ATOM_TYPE_INDEX", atomCount);
    List<Double> sigmas = new ArrayList<>();
    List<Double> epsilons = new ArrayList<>();
    for (int type : typeOf) {
      int t = type("ATOM_TYPE_INDEX", type, types);
      sigmas.add(sigma[t] * NM_PER_ANGSTROM);
      epsilons.add(epsilon[t] * KJ_PER_KCAL);
    }
    return new LennardJones(sigmas, epsilons);
  }

  private static boolean differ(double found, double expected) {
    return Math.abs(found - expected)
        > COMBINATION_TOLERANCE * Math.max(Math.abs(found), Math.abs(expected));
  }

  private static int coefficient(int index, int coefficients) {
    if (index < 0) {
      throw refusal("10-12 terms", "NONBONDED_PARM_INDEX");
    }
    return type("NONBONDED_PARM_INDEX", index, coefficients);
  }

  /** Each atom's partners with higher numbers; an atom without any lists 0. */
  private List<Bond> excluded() {
    int[] counts = file.integers("NUMBER_EXCLUDED_ATOMS", atomCount);
    int[] partners = file.integers("EXCLUDED_ATOMS_LIST", Arrays.stream(counts).sum());
    List<Bond> pairs = new ArrayList<>();
    int next = 0;
    for (int atom = 0; atom < atomCount; atom++) {
      for (int n = 0; n < counts[atom]; n++) {
        int partner = partners[next++];
        if (partner != 0) {
          pairs.add(Bond.of(atom, type("EXCLUDED_ATOMS_LIST", partner, atomCount)));
        }
      }
    }
    return pairs;
  }

  private Optional<AmberPrmtop.BornRadii> born() {
    if (!file.has("RADII") || !file.has("SCREEN")) {
      return Optional.empty();
    }
    return Optional.of(
        new AmberPrmtop.BornRadii(
            boxed(file.numbers("RADII", atomCount), NM_PER_ANGSTROM),
            boxed(file.numbers("SCREEN", atomCount), 1)));
  }

  /** Lists of atoms hold three times their numbers, from 0. */
  private int atom(String section, int value) {
    if (value < 0 || value % 3 != 0 || value / 3 >= atomCount) {
      throw new IllegalArgumentException(
          "Section %s of the prmtop holds %d; atoms are multiples of 3 below %d."
              .formatted(section, value, 3 * atomCount));
    }
    return value / 3;
  }

  /** Lists of types count from 1. */
  private static int type(String section, int value, int types) {
    if (value < 1 || value > types) {
      throw new IllegalArgumentException(
          "Section %s of the prmtop holds %d, which must lie in 1 to %d."
              .formatted(section, value, types));
    }
    return value - 1;
  }
}
