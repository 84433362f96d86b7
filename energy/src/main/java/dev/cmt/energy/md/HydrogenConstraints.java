package dev.cmt.energy.md;

import dev.cmt.energy.system.Bond;
import dev.cmt.energy.system.SystemXml;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Fixed lengths of bonds: stars of one central atom and one to three others that are bound to it
 * alone, such as a methyl group. Stars do not know each other, so each is solved by itself until
 * its lengths are right to 1e-11 of themselves: positions by SHAKE (Ryckaert, Ciccotti, Berendsen,
 * J. Comput. Phys. 23 (1977) 327), velocities by RATTLE (Andersen, J. Comput. Phys. 52 (1983) 24).
 * Immutable, safe for use by many threads.
 */
public final class HydrogenConstraints {
  /** Relative error of a length that is left; what is of order dt² is some 1e-5. */
  private static final double TOLERANCE = 1e-11;

  /** A star's constraints touch in one atom, much heavier than the rest: five rounds or so. */
  private static final int MOST_ROUNDS = 200;

  /** One star: the indices of its constraints. */
  private final int[][] stars;

  private final int[] centre;
  private final int[] leaf;
  private final double[] lengthSquared;
  private final double[] inverseMass;

  private HydrogenConstraints(
      int[][] stars, int[] centre, int[] leaf, double[] lengthSquared, double[] inverseMass) {
    this.stars = stars;
    this.centre = centre;
    this.leaf = leaf;
    this.lengthSquared = lengthSquared;
    this.inverseMass = inverseMass;
  }

  /**
   * The constraints of a System.
   *
   * @throws IllegalArgumentException if they are anything but stars with one to three leaves, or an
   *     atom has no mass, naming the atoms
   */
  public static HydrogenConstraints of(SystemXml system) {
    double[] inverseMass = inverseMasses(system.massesAmu());
    Map<Integer, List<Integer>> partners = new TreeMap<>();
    for (Bond bond : system.constraintsNm().keySet()) {
      partners.computeIfAbsent(bond.first(), atom -> new ArrayList<>()).add(bond.second());
      partners.computeIfAbsent(bond.second(), atom -> new ArrayList<>()).add(bond.first());
    }
    int count = system.constraintsNm().size();
    int[] centre = new int[count];
    int[] leaf = new int[count];
    double[] lengthSquared = new double[count];
    List<int[]> stars = new ArrayList<>();
    int next = 0;
    for (Map.Entry<Integer, List<Integer>> entry : partners.entrySet()) {
      int atom = entry.getKey();
      List<Integer> leaves = entry.getValue();
      boolean alone = leaves.size() == 1;
      if (alone && (partners.get(leaves.get(0)).size() > 1 || leaves.get(0) < atom)) {
        continue; // a leaf of a star that its centre lists; of two atoms the first is the centre
      }
      requireStar(atom, leaves, partners);
      int[] star = new int[leaves.size()];
      for (int k = 0; k < star.length; k++) {
        double length = system.constraintsNm().get(Bond.of(atom, leaves.get(k)));
        centre[next] = atom;
        leaf[next] = leaves.get(k);
        lengthSquared[next] = length * length;
        star[k] = next++;
      }
      stars.add(star);
    }
    return new HydrogenConstraints(
        stars.toArray(int[][]::new), centre, leaf, lengthSquared, inverseMass);
  }

  private static double[] inverseMasses(List<Double> massesAmu) {
    double[] inverse = new double[massesAmu.size()];
    for (int atom = 0; atom < inverse.length; atom++) {
      double mass = massesAmu.get(atom);
      if (!(mass > 0 && Double.isFinite(mass))) {
        throw new IllegalArgumentException(
            "The mass of atom %d (%s amu) must be positive: atoms that are held fixed and virtual sites are not simulated here."
                .formatted(atom, mass));
      }
      inverse[atom] = 1 / mass;
    }
    return inverse;
  }

  private static void requireStar(
      int centre, List<Integer> leaves, Map<Integer, List<Integer>> partners) {
    if (leaves.size() > 3) {
      throw new IllegalArgumentException(
          "Atom %d is held by %d constraints (to atoms %s); at most 3 are handled."
              .formatted(centre, leaves.size(), leaves));
    }
    for (int leaf : leaves) {
      if (partners.get(leaf).size() > 1) {
        throw new IllegalArgumentException(
            "Atoms %d and %d are held by %d and %d constraints; chains and rings of constraints (rigid water, constrained angles) are not handled. Build the System with constraints=HBonds or None."
                .formatted(centre, leaf, leaves.size(), partners.get(leaf).size()));
      }
    }
  }

  /** How many lengths are fixed. */
  public int count() {
    return leaf.length;
  }

  /** {@code [atoms]} 1/amu. */
  double inverseMass(int atom) {
    return inverseMass[atom];
  }

  int atoms() {
    return inverseMass.length;
  }

  /**
   * Moves a conformation along the bonds of another one until all lengths are right.
   *
   * @param x {@code [atoms][3]} from {@code offset}, nm; moved
   * @param v {@code [atoms][3]} from {@code offset}; changed by what the positions moved, divided
   *     by {@code time}
   * @param before {@code [atoms][3]} from 0, where lengths are right; gives the directions
   * @return whether it could be done
   */
  boolean correctPositions(double[] x, double[] v, int offset, double[] before, double time) {
    for (int[] star : stars) {
      if (!correctPositions(star, x, v, offset, before, time)) {
        return false;
      }
    }
    return true;
  }

  private boolean correctPositions(
      int[] star, double[] x, double[] v, int offset, double[] before, double time) {
    for (int round = 0; round < MOST_ROUNDS; round++) {
      boolean exact = true;
      for (int k : star) {
        int a = offset + 3 * centre[k];
        int b = offset + 3 * leaf[k];
        double rx = x[a] - x[b];
        double ry = x[a + 1] - x[b + 1];
        double rz = x[a + 2] - x[b + 2];
        double excess = rx * rx + ry * ry + rz * rz - lengthSquared[k];
        if (Math.abs(excess) <= 2 * TOLERANCE * lengthSquared[k]) {
          continue;
        }
        exact = false;
        double dx = before[a - offset] - before[b - offset];
        double dy = before[a - offset + 1] - before[b - offset + 1];
        double dz = before[a - offset + 2] - before[b - offset + 2];
        double along = rx * dx + ry * dy + rz * dz;
        double ma = inverseMass[centre[k]];
        double mb = inverseMass[leaf[k]];
        // A bond that turned by a right angle or more cannot be mended along its old direction.
        if (!(along > 0)) {
          return false;
        }
        double g = excess / (2 * (ma + mb) * along);
        shift(x, a, -g * ma, dx, dy, dz);
        shift(x, b, g * mb, dx, dy, dz);
        shift(v, a, -g * ma / time, dx, dy, dz);
        shift(v, b, g * mb / time, dx, dy, dz);
      }
      if (exact) {
        return true;
      }
    }
    return false;
  }

  /**
   * Takes from velocities what would change the lengths.
   *
   * @param x {@code [atoms][3]} from {@code offset}, nm, with right lengths
   * @param v {@code [atoms][3]} from {@code offset}, nm/ps; changed
   * @return whether it could be done
   */
  boolean correctVelocities(double[] x, double[] v, int offset) {
    for (int[] star : stars) {
      if (!correctVelocities(star, x, v, offset)) {
        return false;
      }
    }
    return true;
  }

  private boolean correctVelocities(int[] star, double[] x, double[] v, int offset) {
    for (int round = 0; round < MOST_ROUNDS; round++) {
      boolean exact = true;
      for (int k : star) {
        int a = offset + 3 * centre[k];
        int b = offset + 3 * leaf[k];
        double rx = x[a] - x[b];
        double ry = x[a + 1] - x[b + 1];
        double rz = x[a + 2] - x[b + 2];
        double ux = v[a] - v[b];
        double uy = v[a + 1] - v[b + 1];
        double uz = v[a + 2] - v[b + 2];
        double along = rx * ux + ry * uy + rz * uz;
        // Of both atoms, not of one against the other: that is where rounding comes from.
        double speed =
            Math.abs(rx) * (Math.abs(v[a]) + Math.abs(v[b]))
                + Math.abs(ry) * (Math.abs(v[a + 1]) + Math.abs(v[b + 1]))
                + Math.abs(rz) * (Math.abs(v[a + 2]) + Math.abs(v[b + 2]));
        if (Math.abs(along) <= TOLERANCE * speed) {
          continue;
        }
        exact = false;
        double ma = inverseMass[centre[k]];
        double mb = inverseMass[leaf[k]];
        double g = along / ((ma + mb) * lengthSquared[k]);
        if (!Double.isFinite(g)) {
          return false;
        }
        shift(v, a, -g * ma, rx, ry, rz);
        shift(v, b, g * mb, rx, ry, rz);
      }
      if (exact) {
        return true;
      }
    }
    return false;
  }

  private static void shift(double[] target, int atom, double by, double dx, double dy, double dz) {
    target[atom] += by * dx;
    target[atom + 1] += by * dy;
    target[atom + 2] += by * dz;
  }

  /**
   * Largest relative error of a length in a conformation, {@code [atoms][3]} from {@code offset}.
   */
  double worstLength(double[] x, int offset) {
    double worst = 0;
    for (int k = 0; k < leaf.length; k++) {
      int a = offset + 3 * centre[k];
      int b = offset + 3 * leaf[k];
      double rx = x[a] - x[b];
      double ry = x[a + 1] - x[b + 1];
      double rz = x[a + 2] - x[b + 2];
      double length = Math.sqrt((rx * rx + ry * ry + rz * rz) / lengthSquared[k]);
      worst = Math.max(worst, Math.abs(length - 1));
    }
    return worst;
  }
}
