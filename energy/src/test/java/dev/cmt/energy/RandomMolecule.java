package dev.cmt.energy;

import dev.cmt.energy.molecule.ZMatrix;
import dev.cmt.energy.system.Atom;
import dev.cmt.energy.system.Bond;
import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A molecule nobody ever made: 8 to 40 atoms on a random tree with a few rings, lengths, angles and
 * parameters of the sizes biomolecular force fields have, and a conformation in which every bond is
 * near its length and no two other atoms touch. Equal seeds give equal molecules.
 */
public final class RandomMolecule {
  /** What surrounds the molecule. */
  public enum Solvent {
    /** Nothing. */
    NONE,
    /** OpenMM's GBSAOBCForce. */
    OBC2,
    /** The CustomGBForce of an AMBER prmtop. */
    OBC1
  }

  private static final int MOST_NEIGHBOURS = 4;
  private static final double TOUCHING_NM = 0.19;

  private final SplittableRandom random;
  private final int atoms;
  private final int[] parent;
  private final double[] x;
  private final List<Set<Integer>> neighbours = new ArrayList<>();
  private final Set<Bond> bonds = new LinkedHashSet<>();
  private final Solvent solvent;
  private final String systemXml;

  /** Makes one. */
  public RandomMolecule(long seed, Solvent solvent) {
    this.random = new SplittableRandom(seed);
    this.solvent = solvent;
    this.atoms = 8 + random.nextInt(33);
    this.parent = new int[atoms];
    this.x = new double[3 * atoms];
    growTree();
    closeRings();
    this.systemXml = write();
  }

  /** Its force field, as OpenMM's XmlSerializer writes it. */
  public String systemXml() {
    return systemXml;
  }

  /** How many atoms it has. */
  public int atoms() {
    return atoms;
  }

  /**
   * Conformations about its own, each atom displaced by a normal of the given deviation.
   *
   * @return {@code [rows][atoms][3]} nm
   */
  public double[] conformations(int rows, double deviationNm) {
    double[] all = new double[rows * x.length];
    for (int n = 0; n < all.length; n++) {
      all[n] = x[n % x.length] + deviationNm * random.nextGaussian();
    }
    return all;
  }

  /** The molecule as targets take it, some of its bonds constrained. */
  public MolecularSystem system(int constraints) {
    Map<Bond, Double> constrained = new TreeMap<>(RandomMolecule::compare);
    for (int atom = atoms - 1; atom > atoms - 1 - constraints; atom--) {
      constrained.put(Bond.of(atom, parent[atom]), distance(atom, parent[atom]));
    }
    return new MolecularSystem(
        "random",
        systemXml,
        Collections.nCopies(atoms, new Atom("X", "O", "MOL", 1, ' ')),
        bonds,
        constrained,
        x);
  }

  /** Rows in random order; each atom is placed from its parent and any two atoms before it. */
  public ZMatrix zMatrix() {
    List<int[]> rows = new ArrayList<>();
    for (int atom = 3; atom < atoms; atom++) {
      int middle;
      int far;
      do {
        middle = random.nextInt(atom);
        far = random.nextInt(atom);
      } while (middle == parent[atom]
          || far == parent[atom]
          || far == middle
          || !isBetween(0.3, angle(atom, parent[atom], middle), 2.8)
          || !isBetween(0.15, angle(parent[atom], middle, far), 2.95));
      rows.add(new int[] {atom, parent[atom], middle, far});
    }
    for (int n = rows.size() - 1; n > 0; n--) {
      Collections.swap(rows, n, random.nextInt(n + 1));
    }
    return new ZMatrix(new int[] {0, 1, 2}, rows.toArray(int[][]::new));
  }

  private static int compare(Bond a, Bond b) {
    return a.toString().compareTo(b.toString());
  }

  private void growTree() {
    for (int atom = 0; atom < atoms; atom++) {
      neighbours.add(new HashSet<>());
      for (int tries = 0; ; tries++) {
        parent[atom] = atom == 0 ? 0 : atom <= 2 ? atom - 1 : random.nextInt(atom);
        if (atom > 0 && neighbours.get(parent[atom]).size() == MOST_NEIGHBOURS) {
          continue;
        }
        double length = 0.1 + 0.06 * random.nextDouble();
        double[] direction = {random.nextGaussian(), random.nextGaussian(), random.nextGaussian()};
        double size = Math.sqrt(Arrays.stream(direction).map(d -> d * d).sum());
        for (int axis = 0; axis < 3 && atom > 0; axis++) {
          x[3 * atom + axis] = x[3 * parent[atom] + axis] + length * direction[axis] / size;
        }
        if (atom == 0 || isFree(atom) && hasSaneAngles(atom)) {
          break;
        }
        if (tries > 100_000) {
          throw new IllegalStateException(
              "No room for atom %d; take another seed.".formatted(atom));
        }
      }
      if (atom > 0) {
        join(atom, parent[atom]);
      }
    }
  }

  private boolean isFree(int atom) {
    for (int other = 0; other < atom; other++) {
      if (other != parent[atom] && distance(atom, other) < TOUCHING_NM) {
        return false;
      }
    }
    return true;
  }

  private boolean hasSaneAngles(int atom) {
    return neighbours.get(parent[atom]).stream()
        .allMatch(other -> isBetween(0.9, angle(atom, parent[atom], other), 2.6));
  }

  private void closeRings() {
    for (int i = 0; i < atoms; i++) {
      for (int j = 0; j < i; j++) {
        if (distance(i, j) < 0.22
            && !neighbours.get(i).contains(j)
            && neighbours.get(i).size() < MOST_NEIGHBOURS
            && neighbours.get(j).size() < MOST_NEIGHBOURS
            && random.nextInt(4) == 0) {
          join(i, j);
        }
      }
    }
  }

  private void join(int i, int j) {
    bonds.add(Bond.of(i, j));
    neighbours.get(i).add(j);
    neighbours.get(j).add(i);
  }

  private double distance(int i, int j) {
    return Math.sqrt(dot(i, j, i, j));
  }

  /** (x_a − x_b) · (x_c − x_d). */
  private double dot(int a, int b, int c, int d) {
    double sum = 0;
    for (int axis = 0; axis < 3; axis++) {
      sum += (x[3 * a + axis] - x[3 * b + axis]) * (x[3 * c + axis] - x[3 * d + axis]);
    }
    return sum;
  }

  private double angle(int i, int j, int k) {
    return Math.acos(dot(i, j, k, j) / (distance(i, j) * distance(k, j)));
  }

  private static boolean isBetween(double low, double value, double high) {
    return value > low && value < high;
  }

  private double between(double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  private String write() {
    StringBuilder xml =
        new StringBuilder("<System openmmVersion=\"7.7\" type=\"System\" version=\"1\">");
    xml.append("<PeriodicBoxVectors><A x=\"2\" y=\"0\" z=\"0\"/><B x=\"0\" y=\"2\" z=\"0\"/>")
        .append("<C x=\"0\" y=\"0\" z=\"2\"/></PeriodicBoxVectors><Particles>")
        .append("<Particle mass=\"12\"/>".repeat(atoms))
        .append("</Particles><Constraints/><Forces>");
    writeBonds(xml);
    writeAngles(xml);
    writeTorsions(xml);
    double[] charges = random.doubles(atoms, -0.8, 0.8).toArray();
    writeNonbonded(xml, charges);
    switch (solvent) {
      case OBC2 -> writeObc2(xml, charges);
      case OBC1 -> writeObc1(xml, charges);
      case NONE -> {
        // In vacuo.
      }
    }
    return xml.append("</Forces></System>").toString();
  }

  private void writeBonds(StringBuilder xml) {
    xml.append(bonded("HarmonicBondForce", "Bonds"));
    for (Bond bond : bonds) {
      append(
          xml,
          "<Bond d=\"%.17g\" k=\"%.17g\" p1=\"%d\" p2=\"%d\"/>",
          distance(bond.first(), bond.second()) + between(-0.002, 0.002),
          between(1e5, 4e5),
          bond.first(),
          bond.second());
    }
    xml.append("</Bonds></Force>");
  }

  private void writeAngles(StringBuilder xml) {
    xml.append(bonded("HarmonicAngleForce", "Angles"));
    for (int j = 0; j < atoms; j++) {
      for (int i : neighbours.get(j)) {
        for (int k : neighbours.get(j)) {
          if (i < k && random.nextInt(8) > 0) {
            append(
                xml,
                "<Angle a=\"%.17g\" k=\"%.17g\" p1=\"%d\" p2=\"%d\" p3=\"%d\"/>",
                Math.min(Math.PI, angle(i, j, k) + between(-0.1, 0.1)),
                between(200, 700),
                i,
                j,
                k);
          }
        }
      }
    }
    xml.append("</Angles></Force>");
  }

  /** Proper ones about bonds, several terms for some, and improper ones about branched atoms. */
  private void writeTorsions(StringBuilder xml) {
    xml.append(bonded("PeriodicTorsionForce", "Torsions"));
    for (Bond bond : bonds) {
      for (int i : neighbours.get(bond.first())) {
        for (int l : neighbours.get(bond.second())) {
          if (i != bond.second() && l != bond.first() && i != l) {
            for (int terms = random.nextInt(4); terms > 0; terms--) {
              writeTorsion(xml, i, bond.first(), bond.second(), l);
            }
          }
        }
      }
    }
    for (int centre = 0; centre < atoms; centre++) {
      List<Integer> around = new ArrayList<>(neighbours.get(centre));
      if (around.size() == 3 && random.nextBoolean()) {
        writeTorsion(xml, around.get(0), around.get(1), centre, around.get(2));
      }
    }
    xml.append("</Torsions></Force>");
  }

  private void writeTorsion(StringBuilder xml, int i, int j, int k, int l) {
    append(
        xml,
        "<Torsion k=\"%.17g\" p1=\"%d\" p2=\"%d\" p3=\"%d\" p4=\"%d\" periodicity=\"%d\""
            + " phase=\"%.17g\"/>",
        between(-4, 12),
        i,
        j,
        k,
        l,
        1 + random.nextInt(6),
        random.nextBoolean() ? Math.PI : between(-Math.PI, Math.PI));
  }

  private void writeNonbonded(StringBuilder xml, double[] charges) {
    xml.append(
            "<Force alpha=\"0\" cutoff=\"1\" dispersionCorrection=\"1\" ewaldTolerance=\".0005\"")
        .append(
            " exceptionsUsePeriodic=\"0\" forceGroup=\"0\" includeDirectSpace=\"1\" ljAlpha=\"0\"")
        .append(
            " ljnx=\"0\" ljny=\"0\" ljnz=\"0\" method=\"0\" name=\"NonbondedForce\" nx=\"0\" ny=\"0\"")
        .append(" nz=\"0\" recipForceGroup=\"-1\" rfDielectric=\"1\" switchingDistance=\"-1\"")
        .append(" type=\"NonbondedForce\" useSwitchingFunction=\"0\" version=\"4\">")
        .append("<GlobalParameters/><ParticleOffsets/><ExceptionOffsets/><Particles>");
    double[] sigma = random.doubles(atoms, 0.1, 0.3).toArray();
    double[] epsilon = random.doubles(atoms, 0, 0.8).toArray();
    epsilon[random.nextInt(atoms)] = 0; // as polar hydrogens have it
    for (int n = 0; n < atoms; n++) {
      append(
          xml,
          "<Particle eps=\"%.17g\" q=\"%.17g\" sig=\"%.17g\"/>",
          epsilon[n],
          charges[n],
          sigma[n]);
    }
    xml.append("</Particles><Exceptions>");
    for (int i = 0; i < atoms; i++) {
      Map<Integer, Integer> steps = bondsApart(i);
      for (int j = i + 1; j < atoms; j++) {
        int apart = steps.getOrDefault(j, Integer.MAX_VALUE);
        boolean scaled = apart == 3;
        if (apart <= 3 || random.nextInt(50) == 0) {
          append(
              xml,
              "<Exception eps=\"%.17g\" p1=\"%d\" p2=\"%d\" q=\"%.17g\" sig=\"%.17g\"/>",
              scaled ? Math.sqrt(epsilon[i] * epsilon[j]) / 2 : 0,
              j,
              i,
              scaled ? charges[i] * charges[j] / 1.2 : 0,
              scaled ? 0.45 * (sigma[i] + sigma[j]) : 1.0);
        }
      }
    }
    xml.append("</Exceptions></Force>");
  }

  /** Atoms up to three bonds away, with how many bonds that is. */
  private Map<Integer, Integer> bondsApart(int from) {
    Map<Integer, Integer> steps = new TreeMap<>(Map.of(from, 0));
    Set<Integer> shell = Set.of(from);
    for (int apart = 1; apart <= 3; apart++) {
      Set<Integer> next = new HashSet<>();
      for (int atom : shell) {
        for (int neighbour : neighbours.get(atom)) {
          if (steps.putIfAbsent(neighbour, apart) == null) {
            next.add(neighbour);
          }
        }
      }
      shell = next;
    }
    return steps;
  }

  private void writeObc2(StringBuilder xml, double[] charges) {
    append(
        xml,
        "<Force cutoff=\"1\" forceGroup=\"0\" method=\"0\" name=\"GBSAOBCForce\""
            + " soluteDielectric=\"%.17g\" solventDielectric=\"%.17g\" surfaceAreaEnergy=\"%.17g\""
            + " type=\"GBSAOBCForce\" version=\"2\"><Particles>",
        between(1, 4),
        between(4, 80),
        random.nextInt(3) == 0 ? 0.0 : between(0.5, 5));
    for (double charge : charges) {
      append(
          xml,
          "<Particle q=\"%.17g\" r=\"%.17g\" scale=\"%.17g\"/>",
          charge,
          between(0.1, 0.2),
          between(0.7, 0.9));
    }
    xml.append("</Particles></Force>");
  }

  private void writeObc1(StringBuilder xml, double[] charges) {
    String dielectrics =
        format(
            " solventDielectric=%.12f; soluteDielectric=%.12f; kappa=0; offset=0.009",
            between(4, 80), between(1, 4));
    String coulomb = "138.935485";
    String surface = format("%.9f", between(5, 60));
    xml.append("<Force cutoff=\"1\" forceGroup=\"0\" method=\"0\" name=\"CustomGBForce\"")
        .append(" type=\"CustomGBForce\" version=\"2\"><PerParticleParameters>")
        .append("<Parameter name=\"charge\"/><Parameter name=\"or\"/><Parameter name=\"sr\"/>")
        .append("</PerParticleParameters><GlobalParameters/><EnergyParameterDerivatives/>")
        .append("<ComputedValues><Value expression=\"")
        .append("select(step(r+sr2-or1), 0.5*(1/L-1/U+0.25*(r-sr2^2/r)*(1/(U^2)-1/(L^2))")
        .append("+0.5*log(L/U)/r), 0);U=r+sr2;L=max(or1, D);D=abs(r-sr2)\" name=\"I\" type=\"2\"/>")
        .append("<Value expression=\"1/(1/or-tanh(0.8*psi+2.909125*psi^3)/radius);psi=I*or;")
        .append(" radius=or+offset; offset=0.009\" name=\"B\" type=\"0\"/></ComputedValues>")
        .append("<EnergyTerms><Term expression=\"-0.5*")
        .append(coulomb)
        .append("*(1/soluteDielectric-1/solventDielectric)*charge^2/B;")
        .append(dielectrics)
        .append("\" type=\"0\"/><Term expression=\"")
        .append(surface)
        .append("*(radius+0.14)^2*(radius/B)^6; radius=or+offset;")
        .append(dielectrics)
        .append("\" type=\"0\"/><Term expression=\"-")
        .append(coulomb)
        .append("*(1/soluteDielectric-1/solventDielectric)*charge1*charge2/f;")
        .append("f=sqrt(r^2+B1*B2*exp(-r^2/(4*B1*B2)));")
        .append(dielectrics)
        .append("\" type=\"2\"/></EnergyTerms><Particles>");
    for (double charge : charges) {
      double offsetRadius = between(0.09, 0.19);
      append(
          xml,
          "<Particle param1=\"%.17g\" param2=\"%.17g\" param3=\"%.17g\"/>",
          charge,
          offsetRadius,
          offsetRadius * between(0.7, 0.9));
    }
    xml.append("</Particles><Exclusions/><Functions/></Force>");
  }

  private static String bonded(String force, String container) {
    return format(
        "<Force forceGroup=\"0\" name=\"%s\" type=\"%s\" usesPeriodic=\"0\" version=\"2\"><%s>",
        force, force, container);
  }

  private static void append(StringBuilder xml, String format, Object... arguments) {
    xml.append(format(format, arguments));
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
