package dev.cmt.energy.molecule;

import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.Objects;

/**
 * Finds a local minimum of a molecule's energy by L-BFGS (Nocedal and Wright, Numerical
 * Optimization, algorithm 7.4) with a line search for the weak Wolfe conditions by bisection.
 * Constrained lengths hold exactly. No atom moves by more than {@value #LONGEST_STEP_NM} nm at
 * once, so that a strained conformation relaxes instead of flying apart.
 */
public final class EnergyMinimizer {
  private static final double LONGEST_STEP_NM = 0.01;
  private static final int PAIRS = 20;
  private static final double SUFFICIENT_DECREASE = 1e-4;
  private static final double SUFFICIENT_CURVATURE = 0.9;
  private static final int LINE_TRIALS = 40;

  private final MolecularSystem system;
  private final PotentialEnergy energy;
  private final ConstrainedLengths lengths;
  private final double[] value = new double[1];
  private final RowFailure[] failure = new RowFailure[1];

  private EnergyMinimizer(MolecularSystem system, PotentialEnergy energy) {
    this.system = system;
    this.energy = energy;
    this.lengths = new ConstrainedLengths(system.atoms().size(), system.constraintsNm());
  }

  /**
   * When to stop.
   *
   * @param forceKjPerMolNm the greatest force component left, along what is free; kJ/mol/nm,
   *     positive
   * @param iterations how many steps at most, at least 1
   */
  public record Limits(double forceKjPerMolNm, int iterations) {
    public Limits {
      if (!(forceKjPerMolNm > 0) || iterations < 1) {
        throw new IllegalArgumentException(
            "The force (%s) must be positive and the iterations (%d) at least 1."
                .formatted(forceKjPerMolNm, iterations));
      }
    }
  }

  /**
   * A minimum.
   *
   * @param positionsNm {@code [atoms][3]} row-major
   * @param energyBeforeKjPerMol of the start, after its constrained lengths were set right
   * @param energyKjPerMol of the minimum
   * @param forceKjPerMolNm its greatest force component along what is free
   * @param iterations steps taken
   */
  public record Minimum(
      double[] positionsNm,
      double energyBeforeKjPerMol,
      double energyKjPerMol,
      double forceKjPerMolNm,
      int iterations) {}

  /**
   * Minimises.
   *
   * @param system its minimised conformation is not used
   * @param energy an engine for it; belongs to the caller
   * @param startNm {@code [atoms][3]} row-major
   * @throws IllegalArgumentException if the start has no finite energy, naming the atoms that touch
   * @throws IllegalStateException if the limits are reached first, naming the atom that is pulled
   *     most
   */
  public static Minimum minimize(
      MolecularSystem system, PotentialEnergy energy, double[] startNm, Limits limits) {
    Objects.requireNonNull(limits, "limits");
    int atoms = system.atoms().size();
    if (energy.atoms() != atoms || startNm.length != 3 * atoms) {
      throw new IllegalArgumentException(
          "%s has %d atoms, its engine %d and its start %d numbers; they must be of one molecule."
              .formatted(system.name(), atoms, energy.atoms(), startNm.length));
    }
    return new EnergyMinimizer(system, energy).minimize(startNm, limits);
  }

  private Minimum minimize(double[] startNm, Limits limits) {
    Point at = evaluate(lengths.free(startNm));
    if (!Double.isFinite(at.energy)) {
      throw new IllegalArgumentException(
          "The conformation that %s starts from has no finite energy (%s): %s. Give one without clashes."
              .formatted(system.name(), failure[0], nearestPair(lengths.positions(at.y))));
    }
    double before = at.energy;
    Deque<double[][]> history = new ArrayDeque<>();
    for (int iteration = 0; iteration < limits.iterations(); iteration++) {
      double force = greatest(at.gradient);
      if (force <= limits.forceKjPerMolNm()) {
        return new Minimum(lengths.positions(at.y), before, at.energy, force, iteration);
      }
      Point next = search(at, direction(at.gradient, history));
      if (next == null && history.isEmpty()) {
        throw stuck(at, iteration, limits, "no step along the force lowers the energy further");
      }
      if (next == null) {
        // What was learned of the curvature misleads here; begin afresh along the force.
        history.clear();
        continue;
      }
      remember(history, minus(next.y, at.y), minus(next.gradient, at.gradient));
      at = next;
    }
    throw stuck(at, limits.iterations(), limits, "the iterations are used up");
  }

  /** Free coordinates with energy (kJ/mol) and gradient. */
  private record Point(double[] y, double energy, double[] gradient) {}

  private Point evaluate(double[] y) {
    double[] x = lengths.positions(y);
    double[] gradient = new double[x.length];
    energy.evaluate(x, 1, value, gradient, failure);
    for (int n = 0; n < gradient.length; n++) {
      gradient[n] = -gradient[n];
    }
    lengths.pullBack(y, gradient);
    boolean finite =
        failure[0] == RowFailure.NONE && Arrays.stream(gradient).allMatch(Double::isFinite);
    return new Point(y, finite ? value[0] : Double.NaN, gradient);
  }

  /** Minus the inverse Hessian's estimate times the gradient, in two loops over the history. */
  private static double[] direction(double[] gradient, Deque<double[][]> history) {
    double[] d = gradient.clone();
    double[] factors = new double[history.size()];
    int n = 0;
    for (double[][] pair : history) {
      factors[n] = dot(pair[0], d) / dot(pair[0], pair[1]);
      add(d, -factors[n++], pair[1]);
    }
    if (!history.isEmpty()) {
      double[][] newest = history.getFirst();
      double scale = dot(newest[0], newest[1]) / dot(newest[1], newest[1]);
      for (int k = 0; k < d.length; k++) {
        d[k] *= scale;
      }
    }
    for (Iterator<double[][]> oldest = history.descendingIterator(); oldest.hasNext(); ) {
      double[][] pair = oldest.next();
      add(d, factors[--n] - dot(pair[1], d) / dot(pair[0], pair[1]), pair[0]);
    }
    for (int k = 0; k < d.length; k++) {
      d[k] = -d[k];
    }
    return d;
  }

  /** A point along a direction that satisfies the weak Wolfe conditions, or null. */
  private Point search(Point from, double[] direction) {
    double slope = dot(from.gradient, direction);
    double longest = 0;
    for (double d : direction) {
      longest = Math.max(longest, Math.abs(d));
    }
    if (!(slope < 0) || longest == 0) {
      return null;
    }
    double most = LONGEST_STEP_NM / longest;
    double low = 0;
    double high = Double.POSITIVE_INFINITY;
    double step = Math.min(1, most);
    Point best = null;
    for (int trial = 0; trial < LINE_TRIALS; trial++) {
      double[] y = from.y.clone();
      add(y, step, direction);
      Point point = evaluate(y);
      if (!(point.energy <= from.energy + SUFFICIENT_DECREASE * step * slope)) {
        high = step;
      } else {
        best = point;
        if (step >= most || dot(point.gradient, direction) >= SUFFICIENT_CURVATURE * slope) {
          return point;
        }
        low = step;
      }
      step = Double.isInfinite(high) ? Math.min(2 * step, most) : (low + high) / 2;
    }
    return best;
  }

  /** Keeps a pair only where the energy curves upwards along it. */
  private static void remember(Deque<double[][]> history, double[] s, double[] y) {
    if (dot(s, y) > 1e-12 * Math.sqrt(dot(s, s) * dot(y, y))) {
      history.addFirst(new double[][] {s, y});
      if (history.size() > PAIRS) {
        history.removeLast();
      }
    }
  }

  private IllegalStateException stuck(Point at, int iteration, Limits limits, String why) {
    int pulled = 0;
    for (int n = 0; n < at.gradient.length; n++) {
      if (Math.abs(at.gradient[n]) > Math.abs(at.gradient[pulled])) {
        pulled = n;
      }
    }
    return new IllegalStateException(
        "The energy of %s was not minimised: after %d iterations it is %.6g kJ/mol and the greatest force %.3g kJ/mol/nm, on %s, where %.3g is asked for; %s. %s. Start from another conformation, or allow more iterations or force."
            .formatted(
                system.name(),
                iteration,
                at.energy,
                greatest(at.gradient),
                system.label(pulled / 3),
                limits.forceKjPerMolNm(),
                why,
                nearestPair(lengths.positions(at.y))));
  }

  /** The two atoms that are closest without being bonded. */
  private String nearestPair(double[] x) {
    int first = 0;
    int second = 1;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < system.atoms().size(); i++) {
      for (int j = i + 1; j < system.atoms().size(); j++) {
        double distance = Geometry.distance(x, 0, i, j);
        if (distance < least && !system.neighbours(i).contains(j)) {
          least = distance;
          first = i;
          second = j;
        }
      }
    }
    return "the closest atoms without a bond are %s and %s, %.4f nm apart"
        .formatted(system.label(first), system.label(second), least);
  }

  private static double greatest(double[] gradient) {
    return Arrays.stream(gradient).map(Math::abs).max().orElse(0);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int n = 0; n < a.length; n++) {
      sum += a[n] * b[n];
    }
    return sum;
  }

  private static void add(double[] to, double factor, double[] what) {
    for (int n = 0; n < to.length; n++) {
      to[n] += factor * what[n];
    }
  }

  private static double[] minus(double[] a, double[] b) {
    double[] difference = a.clone();
    add(difference, -1, b);
    return difference;
  }
}
