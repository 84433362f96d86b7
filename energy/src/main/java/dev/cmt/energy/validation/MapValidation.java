package dev.cmt.energy.validation;

import dev.cmt.energy.Channel;
import dev.cmt.energy.molecule.InternalCoordinates;
import dev.cmt.energy.molecule.MolecularTarget;
import dev.cmt.energy.molecule.TorsionRange;
import dev.cmt.energy.molecule.ZMatrix;
import dev.cmt.energy.molecule.ZMatrixBuilder;
import dev.cmt.energy.system.Bond;
import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Whether a target's map is what it says: one to one, of the volume it names. */
final class MapValidation {
  private static final int ROWS = 64;

  /** Unit coordinates are float32, exact to 6e-8; angles close to a line lose some of that. */
  private static final double ROUND_TRIP = 1e-5;

  /** A difference quotient of fourth order and step 1e-3 of a map of curvature 1. */
  private static final double DETERMINANT = 1e-5;

  private static final double STEP = 1e-3;

  /** So that unit coordinates and their steps are exact in float32. */
  private static final float GRID = 1f / 1024;

  /** Three standard deviations of an angle as training begins. */
  private static final double MARGIN_DEGREES = 31;

  private static final int LISTED = 8;

  private final MolecularTarget target;
  private final ValidationConformations conformations;

  MapValidation(MolecularTarget target, ValidationConformations conformations) {
    this.target = target;
    this.conformations = conformations;
  }

  List<ValidationCheck> run() {
    List<ValidationCheck> checks = new ArrayList<>();
    checks.add(roundTrip());
    checks.add(determinant());
    rings().ifPresent(checks::add);
    wideAngles().ifPresent(checks::add);
    target
        .stereochemistry()
        .unbounded()
        .forEach(sentence -> checks.add(ValidationCheck.note("stereochemistry", sentence)));
    return checks;
  }

  private ValidationCheck roundTrip() {
    float[] u = Arrays.copyOf(conformations.near(ROWS), 2 * ROWS * target.dimension());
    System.arraycopy(
        conformations.prior(ROWS), 0, u, ROWS * target.dimension(), ROWS * target.dimension());
    int rows = 2 * ROWS;
    double[] x = new double[rows * target.spaceDimension()];
    double[] there = new double[rows];
    double[] andBack = new double[rows];
    float[] back = new float[u.length];
    target.map(u, rows, x, there);
    target.unmap(x, rows, back, andBack);
    boolean[] circular = fullCircles();
    double worst = 0;
    int mapped = 0;
    for (int row = 0; row < rows; row++) {
      if (Double.isNaN(there[row])) {
        continue; // an angle no molecule has; the row fails in training too, and is counted there
      }
      mapped++;
      for (int n = 0; n < circular.length; n++) {
        double miss = Math.abs(u[row * circular.length + n] - back[row * circular.length + n]);
        worst = worse(worst, circular[n] ? Math.min(miss, 1 - miss) : miss);
      }
      worst = worse(worst, Math.abs(there[row] - andBack[row]));
    }
    return ValidationCheck.of(
        "round trip",
        mapped > 0 && worst <= ROUND_TRIP,
        "Of %d conformations, half near the minimum and half as training begins, %d could be built; from unit coordinates to positions and back, coordinates and log-volumes miss by %.1e at most (allowed %.0e)."
            .formatted(rows, mapped, worst, ROUND_TRIP));
  }

  private static double worse(double worst, double miss) {
    return Double.isNaN(miss) ? Double.POSITIVE_INFINITY : Math.max(worst, miss);
  }

  private boolean[] fullCircles() {
    boolean[] full = new boolean[target.dimension()];
    int torsions = target.torsionRanges().size();
    for (int n = 0; n < torsions; n++) {
      full[full.length - torsions + n] = target.torsionRanges().get(n) == TorsionRange.FULL;
    }
    return full;
  }

  private ValidationCheck determinant() {
    float[] u = conformations.near(1);
    for (int n = 0; n < u.length; n++) {
      u[n] = GRID * Math.round(Math.min(0.9f, Math.max(0.1f, u[n])) / GRID);
    }
    double[] logVolume = new double[1];
    double[] q = internal(u, logVolume);
    double numeric = 2 * Math.log(2 * Math.PI) + logScale(u, q) + logJacobian(q);
    double miss = Math.abs(numeric - logVolume[0]);
    return ValidationCheck.of(
        "log-determinant",
        miss <= DETERMINANT,
        "log |dx/du| is %.6f; differentiating all %d coordinates numerically gives %.6f (difference %.1e, allowed %.0e)."
            .formatted(logVolume[0], q.length + 6, numeric, miss, DETERMINANT));
  }

  private double[] internal(float[] u, double[] logVolume) {
    double[] x = new double[target.spaceDimension()];
    target.map(u, 1, x, logVolume);
    double[] q = new double[x.length - 6];
    target.unitMap().coordinates().toInternal(x, 0, q, 0);
    return q;
  }

  /** Σ log |dq/du|: each unit coordinate moves one internal one. */
  private double logScale(float[] u, double[] q) {
    double sum = 0;
    for (int n = 0; n < u.length; n++) {
      float[] moved = u.clone();
      moved[n] += 16 * GRID;
      double[] there = internal(moved, new double[1]);
      double change = 0;
      for (int k = 0; k < q.length; k++) {
        double d = there[k] - q[k];
        // Torsions may have passed π.
        d -=
            k < q.length - target.torsionRanges().size()
                ? 0
                : 2 * Math.PI * Math.rint(d / (2 * Math.PI));
        change = Math.max(change, Math.abs(d));
      }
      sum += Math.log(change / (16 * GRID));
    }
    return sum;
  }

  /** log |det| of all 3N positions by place, orientation and internal coordinates. */
  private double logJacobian(double[] q) {
    InternalCoordinates coordinates = target.unitMap().coordinates();
    int width = target.spaceDimension();
    double[] x = new double[width];
    coordinates.toCartesian(q, 0, x, 0);
    double[][] columns = new double[width][width];
    for (int n = 0; n < width; n += 3) {
      for (int axis = 0; axis < 3; axis++) {
        columns[axis][n + axis] = 1;
        int next = (axis + 1) % 3;
        int last = (axis + 2) % 3;
        // An infinitesimal turn about the axis.
        columns[3 + axis][n + last] = x[n + next];
        columns[3 + axis][n + next] = -x[n + last];
      }
    }
    for (int k = 0; k < q.length; k++) {
      for (int s : new int[] {-2, -1, 1, 2}) {
        double[] moved = q.clone();
        moved[k] += s * STEP;
        coordinates.toCartesian(moved, 0, x, 0);
        double weight = (Math.abs(s) == 1 ? 8 : -1) * Integer.signum(s) / (12 * STEP);
        for (int n = 0; n < width; n++) {
          columns[6 + k][n] += weight * x[n];
        }
      }
    }
    return logDeterminant(columns);
  }

  /** By elimination with row pivots; destroys the matrix. */
  private static double logDeterminant(double[][] m) {
    double log = 0;
    for (int k = 0; k < m.length; k++) {
      int pivot = k;
      for (int row = k + 1; row < m.length; row++) {
        pivot = Math.abs(m[row][k]) > Math.abs(m[pivot][k]) ? row : pivot;
      }
      double[] swap = m[k];
      m[k] = m[pivot];
      m[pivot] = swap;
      log += Math.log(Math.abs(m[k][k]));
      for (int row = k + 1; row < m.length; row++) {
        double factor = m[row][k] / m[k][k];
        for (int column = k; column < m.length; column++) {
          m[row][column] -= factor * m[k][column];
        }
      }
    }
    return log;
  }

  private Optional<ValidationCheck> rings() {
    MolecularSystem system = target.system();
    List<Bond> closing = ZMatrixBuilder.ringBonds(system, target.zMatrix());
    if (closing.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        ValidationCheck.note(
            "rings",
            "%d %s closed by no coordinate but by the energy alone: %s. The flow must learn which torsions close it: expect more annealing steps than for a chain. Each keeps all its puckers; half-circles keep its stereocentres."
                .formatted(
                    closing.size(),
                    closing.size() == 1 ? "ring is" : "rings are",
                    joined(
                        closing.stream()
                            .map(
                                bond ->
                                    system.label(bond.first())
                                        + " to "
                                        + system.label(bond.second()))
                            .toList()))));
  }

  /**
   * Angles whose span leaves (0, π): what lies beyond cannot be sampled, and what fails is lost.
   */
  private Optional<ValidationCheck> wideAngles() {
    ZMatrix zMatrix = target.zMatrix();
    Channel angles = target.channels().get(1);
    double[] q = new double[target.spaceDimension() - 6];
    target.unitMap().coordinates().toInternal(target.system().minimizedNm(), 0, q, 0);
    List<String> wide = new ArrayList<>();
    for (int n = 0; n < angles.size(); n++) {
      double degrees = Math.toDegrees(q[zMatrix.atoms() - 1 + n]);
      if (degrees > 180 - MARGIN_DEGREES || degrees < MARGIN_DEGREES) {
        wide.add("%s (%.0f°)".formatted(angleName(target, n), degrees));
      }
    }
    return wide.isEmpty()
        ? Optional.empty()
        : Optional.of(
            ValidationCheck.note(
                "wide angles",
                "These angles are so near 0° or 180° that many rows of the first steps cannot be built: %s. Such rows are counted as failed; training goes on without them."
                    .formatted(joined(wide))));
  }

  /** Of angle {@code n} of the z-matrix, such as {@code HB-CB of ALA2 (atom 9)-CA}. */
  static String angleName(MolecularTarget target, int n) {
    int[] atoms = target.zMatrix().angle(n);
    MolecularSystem system = target.system();
    return "%s-%s-%s"
        .formatted(
            system.atoms().get(atoms[0]).name(),
            system.label(atoms[1]),
            system.atoms().get(atoms[2]).name());
  }

  static String joined(List<String> items) {
    return String.join("; ", items.subList(0, Math.min(LISTED, items.size())))
        + (items.size() > LISTED ? "; and %d more".formatted(items.size() - LISTED) : "");
  }
}
