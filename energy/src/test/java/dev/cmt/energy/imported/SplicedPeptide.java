package dev.cmt.energy.imported;

import dev.cmt.energy.kernel.ForceFieldTerms;
import dev.cmt.energy.system.AmberPrmtop;
import dev.cmt.energy.system.Atom;
import dev.cmt.energy.system.Bond;
import dev.cmt.energy.system.MolecularSystem;
import dev.cmt.energy.system.SystemXml;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A peptide nobody prepared, spliced of residues of others: charges, radii and terms within a
 * residue are its own; terms across a peptide bond are those the residue before it has with its own
 * successor, atoms matched by their names (a cap behind the last residue brings its own). That is
 * right because AMBER's terms depend on types, which all amino acids share along the backbone.
 */
final class SplicedPeptide {
  /**
   * kJ/mol/nm²; Systems with constraints have no terms for them, AMBER has 340 or 434 kcal/mol/Å².
   */
  private static final double HYDROGEN_BOND_K = 284_512;

  private static final double NH_BOND_K = 363_171;

  private final List<Residue> parts;
  private final List<Atom> atoms = new ArrayList<>();
  private final List<Double> x = new ArrayList<>();

  /** Of each part its new atoms by name. */
  private final List<Map<String, Integer>> placed = new ArrayList<>();

  /** A residue of another molecule, by the number its topology gives it. */
  record Residue(MolecularSystem source, int number) {
    List<Integer> members() {
      List<Integer> members = new ArrayList<>();
      for (int atom = 0; atom < source.atoms().size(); atom++) {
        if (source.atoms().get(atom).residueNumber() == number) {
          members.add(atom);
        }
      }
      return members;
    }

    Residue neighbour(int step) {
      return new Residue(source, number + step);
    }

    String nameOf(int atom) {
      return source.atoms().get(atom).name();
    }

    boolean has(int atom) {
      return source.atoms().get(atom).residueNumber() == number;
    }

    double[] position(String... names) {
      double[] minimum = source.minimizedNm();
      for (int atom : members()) {
        if (Arrays.asList(names).contains(nameOf(atom))) {
          return Arrays.copyOfRange(minimum, 3 * atom, 3 * atom + 3);
        }
      }
      throw new IllegalArgumentException("No " + Arrays.toString(names) + " in residue " + number);
    }
  }

  SplicedPeptide(List<Residue> parts) {
    this.parts = parts;
    Frame there = null; // where the next residue's C−, N and CA are to come
    for (int n = 0; n < parts.size(); n++) {
      Residue part = parts.get(n);
      Frame here = n == 0 ? null : Frame.of(part.neighbour(-1), part);
      Map<String, Integer> byName = new HashMap<>();
      for (int atom : part.members()) {
        Atom old = part.source().atoms().get(atom);
        byName.put(old.name(), atoms.size());
        atoms.add(new Atom(old.name(), old.element(), old.residueName(), n + 1, 'A'));
        double[] p = Arrays.copyOfRange(part.source().minimizedNm(), 3 * atom, 3 * atom + 3);
        for (double c : n == 0 ? p : there.place(here.local(p))) {
          x.add(c);
        }
      }
      placed.add(byName);
      if (n + 1 < parts.size()) {
        Frame next = Frame.of(part, part.neighbour(1));
        there = n == 0 ? next : next.moved(here, there);
      }
    }
  }

  List<Atom> atoms() {
    return atoms;
  }

  double[] startNm() {
    return x.stream().mapToDouble(Double::doubleValue).toArray();
  }

  AmberPrmtop forceField() {
    int n = atoms.size();
    Double[] mass = new Double[n];
    Double[] charge = new Double[n];
    Double[] sigma = new Double[n];
    Double[] epsilon = new Double[n];
    Double[] radius = new Double[n];
    Double[] screen = new Double[n];
    Map<String, AmberPrmtop.BondTerm> bonds = new TreeMap<>();
    Map<String, AmberPrmtop.AngleTerm> angles = new TreeMap<>();
    List<AmberPrmtop.TorsionTerm> torsions = new ArrayList<>();
    for (int part = 0; part < parts.size(); part++) {
      Residue residue = parts.get(part);
      ForceFieldTerms terms = ForceFieldTerms.parse(residue.source().systemXml());
      SystemXml xml = SystemXml.parse(residue.source().systemXml());
      for (int atom : residue.members()) {
        int at = placed.get(part).get(residue.nameOf(atom));
        ForceFieldTerms.Particle particle = terms.nonbonded().orElseThrow().particles().get(atom);
        ForceFieldTerms.BornAtom born = terms.solvent().orElseThrow().atoms().get(atom);
        mass[at] = xml.massesAmu().get(atom);
        charge[at] = particle.charge();
        sigma[at] = particle.sigma();
        epsilon[at] = particle.epsilon();
        radius[at] = born.radius();
        screen[at] = born.scaledRadius() / born.offsetRadius();
      }
      addTerms(residue.source(), Map.of(residue.number(), part), bonds, angles, torsions);
      if (part + 1 < parts.size()) {
        Residue next = parts.get(part + 1);
        boolean capBehind =
            next.source().atoms().get(next.members().get(0)).residueName().equals("NME");
        Residue before = capBehind ? next.neighbour(-1) : residue;
        addTerms(
            before.source(),
            Map.of(before.number(), part, before.number() + 1, part + 1),
            bonds,
            angles,
            torsions);
      }
    }
    BondDistances distances =
        new BondDistances(n, bonds.values().stream().map(AmberPrmtop.BondTerm::atoms).toList());
    return new AmberPrmtop(
        atoms,
        List.of(mass),
        List.of(charge),
        List.of(sigma),
        List.of(epsilon),
        List.copyOf(bonds.values()),
        List.copyOf(angles.values()),
        torsions,
        distances.pairs(3).stream().map(p -> new AmberPrmtop.ScaledPair(p, 1.2, 2)).toList(),
        distances.pairsUpTo(3),
        Optional.of(new AmberPrmtop.BornRadii(List.of(radius), List.of(screen))));
  }

  /** Terms whose atoms lie in all these residues of a source; {@code where}: number → part. */
  private void addTerms(
      MolecularSystem source,
      Map<Integer, Integer> where,
      Map<String, AmberPrmtop.BondTerm> bonds,
      Map<String, AmberPrmtop.AngleTerm> angles,
      List<AmberPrmtop.TorsionTerm> torsions) {
    ForceFieldTerms terms = ForceFieldTerms.parse(source.systemXml());
    for (ForceFieldTerms.Bond b : terms.bonds()) {
      int[] a = map(source, where, b.i(), b.j());
      if (a.length > 0) {
        addBond(a, b.length(), b.k(), bonds);
      }
    }
    source
        .constraintsNm()
        .forEach(
            (pair, length) -> {
              int[] a = map(source, where, pair.first(), pair.second());
              if (a.length > 0) {
                boolean nitrogen =
                    atoms.get(a[0]).element().equals("N") || atoms.get(a[1]).element().equals("N");
                addBond(a, length, nitrogen ? NH_BOND_K : HYDROGEN_BOND_K, bonds);
              }
            });
    for (ForceFieldTerms.Angle t : terms.angles()) {
      int[] a = map(source, where, t.i(), t.j(), t.k());
      if (a.length > 0) {
        angles.put(
            Arrays.toString(a),
            new AmberPrmtop.AngleTerm(a[0], a[1], a[2], t.angle(), t.stiffness()));
      }
    }
    for (ForceFieldTerms.Torsion t : terms.torsions()) {
      int[] a = map(source, where, t.i(), t.j(), t.k(), t.l());
      if (a.length > 0 && t.amplitude() != 0) {
        torsions.add(
            new AmberPrmtop.TorsionTerm(
                a[0], a[1], a[2], a[3], t.periodicity(), t.phase(), t.amplitude()));
      }
    }
  }

  private static void addBond(
      int[] a, double length, double k, Map<String, AmberPrmtop.BondTerm> bonds) {
    Bond pair = Bond.of(a[0], a[1]);
    bonds.put(pair.toString(), new AmberPrmtop.BondTerm(pair, length, k));
  }

  /** New numbers of atoms; none unless each of the residues has one of them. */
  private int[] map(MolecularSystem source, Map<Integer, Integer> where, int... old) {
    int[] mapped = new int[old.length];
    List<Integer> used = new ArrayList<>();
    for (int n = 0; n < old.length; n++) {
      Atom atom = source.atoms().get(old[n]);
      Integer part = where.get(atom.residueNumber());
      Integer at = part == null ? null : placed.get(part).get(atom.name());
      if (at == null) {
        return new int[0];
      }
      used.add(part);
      mapped[n] = at;
    }
    return used.containsAll(where.values()) ? mapped : new int[0];
  }

  /** The plane of a peptide bond: C of one residue, N and CA of the next. */
  private record Frame(double[] origin, double[][] axes) {
    static Frame of(Residue before, Residue after) {
      double[] c = before.position("C");
      double[] n = after.position("N");
      double[] alpha =
          after.source().atoms().get(after.members().get(0)).residueName().equals("NME")
              ? after.position("C")
              : after.position("CA");
      double[] e1 = unit(minus(n, c));
      double[] e3 = unit(cross(e1, minus(alpha, n)));
      return new Frame(c, new double[][] {e1, cross(e3, e1), e3});
    }

    double[] local(double[] p) {
      double[] d = minus(p, origin);
      return new double[] {dot(d, axes[0]), dot(d, axes[1]), dot(d, axes[2])};
    }

    double[] place(double[] local) {
      double[] p = origin.clone();
      for (int k = 0; k < 3; k++) {
        for (int axis = 0; axis < 3; axis++) {
          p[axis] += local[k] * axes[k][axis];
        }
      }
      return p;
    }

    /** This frame, of a residue that was itself moved from one frame into another. */
    Frame moved(Frame from, Frame to) {
      double[] o = to.place(from.local(origin));
      double[][] turned = new double[3][];
      for (int k = 0; k < 3; k++) {
        double[] tip = origin.clone();
        for (int axis = 0; axis < 3; axis++) {
          tip[axis] += axes[k][axis];
        }
        turned[k] = minus(to.place(from.local(tip)), o);
      }
      return new Frame(o, turned);
    }

    private static double[] minus(double[] a, double[] b) {
      return new double[] {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
    }

    private static double dot(double[] a, double[] b) {
      return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    }

    private static double[] cross(double[] a, double[] b) {
      return new double[] {
        a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
      };
    }

    private static double[] unit(double[] a) {
      double size = Math.sqrt(dot(a, a));
      return new double[] {a[0] / size, a[1] / size, a[2] / size};
    }
  }
}
