package dev.cmt.energy.imported;

import dev.cmt.energy.molecule.InternalCoordinates;
import dev.cmt.energy.molecule.ZMatrix;
import dev.cmt.energy.system.AmberPrmtop;
import dev.cmt.energy.system.Atom;
import dev.cmt.energy.system.Bond;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A molecule of typed atoms in a text such as {@code proline-dipeptide.txt}, which explains it. */
final class TypedMolecule {
  private static final double KJ_PER_KCAL = 4.184;

  private final List<String[]> lines;
  private final List<Atom> atoms = new ArrayList<>();
  private final List<String> types = new ArrayList<>();
  private final List<Double> charges = new ArrayList<>();
  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<Bond> bonds = new ArrayList<>();

  TypedMolecule(String text) {
    lines =
        text.lines()
            .map(line -> line.replaceFirst("#.*", "").trim())
            .filter(line -> !line.isEmpty())
            .map(line -> line.split("\\s+"))
            .toList();
    Map<String, String> residues = new HashMap<>();
    Map<String, String[]> kinds = new HashMap<>();
    of("residue").forEach(line -> residues.put(line[1], line[2]));
    of("type").forEach(line -> kinds.put(line[1], line));
    for (String[] line : of("atom")) {
      numbers.put(line[1] + "." + line[2], atoms.size());
      String element = kinds.get(line[3])[2];
      atoms.add(new Atom(line[2], element, residues.get(line[1]), Integer.parseInt(line[1]), 'A'));
      types.add(line[3]);
      charges.add(Double.parseDouble(line[4]));
    }
    String[] frame = of("frame").get(0);
    bonds.add(bond(frame[1], frame[2]));
    bonds.add(bond(frame[2], frame[3]));
    of("place").forEach(line -> bonds.add(bond(line[1], line[2])));
    of("close").forEach(line -> bonds.add(bond(line[1], line[2])));
  }

  List<Atom> atoms() {
    return atoms;
  }

  double[] startNm() {
    String[] frame = of("frame").get(0);
    List<String[]> places = of("place");
    int n = atoms.size();
    int[] seeds = {numbers.get(frame[1]), numbers.get(frame[2]), numbers.get(frame[3])};
    int[][] rows = new int[n - 3][4];
    double[] q = new double[3 * n - 6];
    q[0] = Double.parseDouble(frame[4]) / 10;
    q[1] = Double.parseDouble(frame[5]) / 10;
    q[n - 1] = Math.toRadians(Double.parseDouble(frame[6]));
    for (int row = 0; row < n - 3; row++) {
      String[] place = places.get(row);
      for (int k = 0; k < 4; k++) {
        rows[row][k] = numbers.get(place[1 + k]);
      }
      q[2 + row] = Double.parseDouble(place[5]) / 10;
      q[n + row] = Math.toRadians(Double.parseDouble(place[6]));
      q[2 * n - 3 + row] = Math.toRadians(Double.parseDouble(place[7]));
    }
    double[] x = new double[3 * n];
    if (Double.isNaN(new InternalCoordinates(new ZMatrix(seeds, rows)).toCartesian(q, 0, x, 0))) {
      throw new IllegalArgumentException("The places cannot be built.");
    }
    return x;
  }

  AmberPrmtop forceField() {
    Map<String, String[]> kinds = new HashMap<>();
    of("type").forEach(line -> kinds.put(line[1], line));
    BondDistances distances = new BondDistances(atoms.size(), bonds);
    return new AmberPrmtop(
        atoms,
        column(kinds, 3),
        charges,
        column(kinds, 4),
        column(kinds, 5),
        bonds.stream().map(this::bondTerm).toList(),
        angles(),
        torsions(),
        distances.pairs(3).stream().map(p -> new AmberPrmtop.ScaledPair(p, 1.2, 2)).toList(),
        distances.pairsUpTo(3),
        Optional.of(new AmberPrmtop.BornRadii(column(kinds, 6), column(kinds, 7))));
  }

  private List<Double> column(Map<String, String[]> kinds, int column) {
    return types.stream().map(type -> Double.parseDouble(kinds.get(type)[column])).toList();
  }

  private AmberPrmtop.BondTerm bondTerm(Bond bond) {
    String[] line = found("bond", false, types.get(bond.first()), types.get(bond.second())).get(0);
    return new AmberPrmtop.BondTerm(
        bond,
        Double.parseDouble(line[4]) / 10,
        2 * Double.parseDouble(line[3]) * KJ_PER_KCAL * 100);
  }

  private List<AmberPrmtop.AngleTerm> angles() {
    List<AmberPrmtop.AngleTerm> angles = new ArrayList<>();
    for (int j = 0; j < atoms.size(); j++) {
      for (int i : neighbours(j)) {
        for (int k : neighbours(j)) {
          if (i < k) {
            String[] line = found("angle", false, types.get(i), types.get(j), types.get(k)).get(0);
            angles.add(
                new AmberPrmtop.AngleTerm(
                    i,
                    j,
                    k,
                    Math.toRadians(Double.parseDouble(line[5])),
                    2 * Double.parseDouble(line[4]) * KJ_PER_KCAL));
          }
        }
      }
    }
    return angles;
  }

  private List<AmberPrmtop.TorsionTerm> torsions() {
    List<AmberPrmtop.TorsionTerm> torsions = new ArrayList<>();
    for (Bond bond : bonds) {
      for (int i : neighbours(bond.first())) {
        for (int l : neighbours(bond.second())) {
          if (i != bond.second() && l != bond.first() && i != l) {
            int[] p = {i, bond.first(), bond.second(), l};
            found(
                    "torsion",
                    true,
                    types.get(p[0]),
                    types.get(p[1]),
                    types.get(p[2]),
                    types.get(p[3]))
                .forEach(line -> torsions.add(torsionTerm(p, line)));
          }
        }
      }
    }
    for (String[] line : of("improper")) {
      int[] p = new int[4];
      for (int n = 0; n < 4; n++) {
        p[n] = numbers.get(line[1 + n]);
      }
      torsions.add(torsionTerm(p, line));
    }
    return torsions.stream().filter(torsion -> torsion.amplitude() != 0).toList();
  }

  private static AmberPrmtop.TorsionTerm torsionTerm(int[] p, String[] line) {
    return new AmberPrmtop.TorsionTerm(
        p[0],
        p[1],
        p[2],
        p[3],
        Integer.parseInt(line[7]),
        Math.toRadians(Double.parseDouble(line[6])),
        Double.parseDouble(line[5]) * KJ_PER_KCAL);
  }

  private List<Integer> neighbours(int atom) {
    return bonds.stream()
        .filter(bond -> bond.first() == atom || bond.second() == atom)
        .map(bond -> bond.first() == atom ? bond.second() : bond.first())
        .sorted()
        .toList();
  }

  /** Lines for these types, read either way; those without X if there are any. */
  private List<String[]> found(String kind, boolean wild, String... wanted) {
    Map<Boolean, List<String[]>> matches = new LinkedHashMap<>();
    for (String[] line : of(kind)) {
      boolean forward = true;
      boolean backward = true;
      boolean any = false;
      for (int n = 0; n < wanted.length; n++) {
        String type = line[1 + n];
        boolean isAny = wild && type.equals("X");
        any |= isAny;
        forward &= isAny || type.equals(wanted[n]);
        backward &= isAny || type.equals(wanted[wanted.length - 1 - n]);
      }
      if (forward || backward) {
        matches.computeIfAbsent(any, key -> new ArrayList<>()).add(line);
      }
    }
    List<String[]> best = matches.getOrDefault(false, matches.get(true));
    if (best == null) {
      throw new IllegalArgumentException("No %s of %s.".formatted(kind, String.join("-", wanted)));
    }
    return best;
  }

  private Bond bond(String a, String b) {
    return Bond.of(numbers.get(a), numbers.get(b));
  }

  private List<String[]> of(String kind) {
    return lines.stream().filter(line -> line[0].equals(kind)).toList();
  }
}
