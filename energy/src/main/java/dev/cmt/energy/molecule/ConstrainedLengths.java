package dev.cmt.energy.molecule;

import dev.cmt.energy.system.Bond;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Free coordinates of atoms some of whose distances are fixed: an atom that hangs on another by a
 * constraint is a direction y from it, x = x_parent + length · y / |y|; every other is its
 * position. So constraints hold exactly wherever a minimiser goes. Constraints must form trees.
 * Immutable; safe for use by many threads.
 */
final class ConstrainedLengths {
  /** Hung atoms in an order in which each comes after its parent. */
  private final int[] child;

  private final int[] parent;
  private final double[] lengthNm;

  /**
   * Takes the constraints.
   *
   * @throws IllegalArgumentException if they close a circle
   */
  ConstrainedLengths(int atoms, Map<Bond, Double> constraintsNm) {
    List<List<Integer>> partners = new ArrayList<>();
    for (int atom = 0; atom < atoms; atom++) {
      partners.add(new ArrayList<>());
    }
    constraintsNm
        .keySet()
        .forEach(
            pair -> {
              partners.get(pair.first()).add(pair.second());
              partners.get(pair.second()).add(pair.first());
            });
    child = new int[constraintsNm.size()];
    parent = new int[constraintsNm.size()];
    lengthNm = new double[constraintsNm.size()];
    int hung = 0;
    boolean[] seen = new boolean[atoms];
    // The atom with most constraints carries the others: a carbon its hydrogens.
    List<Integer> roots = new ArrayList<>();
    for (int atom = 0; atom < atoms; atom++) {
      partners.get(atom).sort(null);
      roots.add(atom);
    }
    roots.sort((a, b) -> partners.get(b).size() - partners.get(a).size());
    for (int root : roots) {
      List<Integer> open = new ArrayList<>();
      if (!seen[root]) {
        seen[root] = true;
        open.add(root);
      }
      for (int n = 0; n < open.size(); n++) {
        for (int next : partners.get(open.get(n))) {
          if (!seen[next]) {
            seen[next] = true;
            open.add(next);
            child[hung] = next;
            parent[hung] = open.get(n);
            lengthNm[hung++] = constraintsNm.get(Bond.of(next, open.get(n)));
          }
        }
      }
    }
    if (hung != constraintsNm.size()) {
      throw new IllegalArgumentException(
          "%d of %d constraints close a circle; they must form trees."
              .formatted(constraintsNm.size() - hung, constraintsNm.size()));
    }
  }

  /**
   * Coordinates of the conformation nearest to a given one.
   *
   * @param x {@code [atoms][3]} nm
   * @return {@code [atoms][3]}; directions have the constraint's length
   */
  double[] free(double[] x) {
    double[] y = x.clone();
    for (int n = 0; n < child.length; n++) {
      double norm = 0;
      for (int axis = 0; axis < 3; axis++) {
        double d = x[3 * child[n] + axis] - x[3 * parent[n] + axis];
        y[3 * child[n] + axis] = d;
        norm += d * d;
      }
      double scale = lengthNm[n] / Math.sqrt(norm);
      for (int axis = 0; axis < 3; axis++) {
        y[3 * child[n] + axis] *= scale;
      }
    }
    return y;
  }

  /** The conformation of free coordinates; {@code [atoms][3]} nm. */
  double[] positions(double[] y) {
    double[] x = y.clone();
    for (int n = 0; n < child.length; n++) {
      int c = 3 * child[n];
      double scale = lengthNm[n] / norm(y, c);
      for (int axis = 0; axis < 3; axis++) {
        x[c + axis] = x[3 * parent[n] + axis] + scale * y[c + axis];
      }
    }
    return x;
  }

  /**
   * Turns a gradient by positions into one by free coordinates, in place.
   *
   * @param y where
   * @param gradient {@code [atoms][3]} dE/dx, replaced by dE/dy
   */
  void pullBack(double[] y, double[] gradient) {
    for (int n = child.length - 1; n >= 0; n--) {
      int c = 3 * child[n];
      int p = 3 * parent[n];
      double norm = norm(y, c);
      double along = 0;
      for (int axis = 0; axis < 3; axis++) {
        gradient[p + axis] += gradient[c + axis];
        along += gradient[c + axis] * y[c + axis];
      }
      for (int axis = 0; axis < 3; axis++) {
        gradient[c + axis] =
            lengthNm[n] / norm * (gradient[c + axis] - along * y[c + axis] / (norm * norm));
      }
    }
  }

  private static double norm(double[] y, int offset) {
    return Math.sqrt(
        y[offset] * y[offset] + y[offset + 1] * y[offset + 1] + y[offset + 2] * y[offset + 2]);
  }
}
