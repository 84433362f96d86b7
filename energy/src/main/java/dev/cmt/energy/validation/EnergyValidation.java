package dev.cmt.energy.validation;

import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.EnergyUnavailableException;
import dev.cmt.energy.Evaluation;
import dev.cmt.energy.Evaluator;
import dev.cmt.energy.PotentialEnergies;
import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.kernel.UnsupportedForceException;
import dev.cmt.energy.molecule.MolecularTarget;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Whether a target's energies are the force field's, and such as a target needs. */
final class EnergyValidation implements AutoCloseable {
  private static final int ROWS = 64;
  private static final int FORCE_ROWS = 4;
  private static final int DIRECTIONS = 4;
  private static final int PRIOR_ROWS = 1000;

  /** Sums of float64 in different orders; where atoms overlap, digits beyond the ninth differ. */
  private static final double ABSOLUTE_KJ_PER_MOL = 1e-6;

  private static final double RELATIVE = 1e-9;

  /** OpenMM's CPU platform computes in single precision. */
  private static final double SINGLE_ABSOLUTE_KJ_PER_MOL = 0.05;

  private static final double SINGLE_RELATIVE = 1e-4;
  private static final double STEP_NM = 1e-5;

  /** Third derivatives of stiff bonds times the square of the step, relative to their forces. */
  private static final double FORCE_TOLERANCE = 1e-4;

  private static final double SHARE_WITH_ENERGY = 0.9;

  private final MolecularTarget target;
  private final ValidationConformations conformations;
  private final List<ValidationCheck> checks = new ArrayList<>();

  /** Null where it does not apply or is not here. */
  private final PotentialEnergy kernel;

  private final PotentialEnergy openMm;

  private EnergyValidation(
      MolecularTarget target,
      ValidationConformations conformations,
      PotentialEnergy kernel,
      PotentialEnergy openMm) {
    this.target = target;
    this.conformations = conformations;
    this.kernel = kernel;
    this.openMm = openMm;
  }

  /**
   * Opens what engines there are.
   *
   * @throws EnergyUnavailableException if there is none that can compute this System
   * @throws IllegalArgumentException if OpenMM refuses the System
   */
  static List<ValidationCheck> run(MolecularTarget target, ValidationConformations conformations) {
    List<ValidationCheck> notes = new ArrayList<>();
    PotentialEnergy kernel = null;
    try {
      kernel =
          PotentialEnergies.open(target.system(), EnergyEngine.KERNEL, OpenMmPlatform.REFERENCE);
    } catch (UnsupportedForceException | EnergyUnavailableException e) {
      notes.add(
          ValidationCheck.note(
              "kernel", "%s energy.engine = auto does so.".formatted(e.getMessage())));
    }
    PotentialEnergy openMm = null;
    try {
      openMm =
          PotentialEnergies.open(target.system(), EnergyEngine.OPENMM, OpenMmPlatform.REFERENCE);
    } catch (EnergyUnavailableException e) {
      if (kernel == null) {
        throw e;
      }
      notes.add(
          ValidationCheck.note(
              "OpenMM",
              "%s So nothing checks the kernel's energies here.".formatted(e.getMessage())));
    }
    try (EnergyValidation validation =
        new EnergyValidation(target, conformations, kernel, openMm)) {
      validation.checks.addAll(notes);
      validation.run();
      return validation.checks;
    }
  }

  private void run() {
    double[] near = conformations.positions(conformations.near(ROWS));
    double[] prior = conformations.positions(conformations.prior(ROWS));
    double[] both = Arrays.copyOf(near, near.length + prior.length);
    System.arraycopy(prior, 0, both, near.length, prior.length);
    compareEngines(both);
    PotentialEnergy engine = kernel != null ? kernel : openMm;
    compareForces(engine, near);
    turn(engine, near);
    swapHydrogens(engine, near);
    checks.add(BoxValidation.run(target, engine));
    begin();
  }

  private void compareEngines(double[] x) {
    if (kernel != null && openMm != null) {
      compare(kernel, openMm, x, ABSOLUTE_KJ_PER_MOL, RELATIVE);
    } else if (openMm != null) {
      try (PotentialEnergy cpu =
          PotentialEnergies.open(target.system(), EnergyEngine.OPENMM, OpenMmPlatform.CPU)) {
        compare(cpu, openMm, x, SINGLE_ABSOLUTE_KJ_PER_MOL, SINGLE_RELATIVE);
      } catch (EnergyUnavailableException e) {
        checks.add(
            ValidationCheck.note(
                "energies",
                "%s So nothing checks the Reference platform's energies."
                    .formatted(e.getMessage())));
      }
    }
  }

  private void compare(
      PotentialEnergy fast, PotentialEnergy trusted, double[] x, double absolute, double relative) {
    double[] found = energies(fast, x);
    double[] expected = energies(trusted, x);
    double worst = 0;
    int disagree = 0;
    for (int row = 0; row < found.length; row++) {
      double miss = Math.abs(found[row] - expected[row]);
      boolean same =
          Double.isFinite(found[row]) && Double.isFinite(expected[row])
              ? miss <= absolute + relative * Math.abs(expected[row])
              : Double.isFinite(found[row]) == Double.isFinite(expected[row]);
      disagree += same ? 0 : 1;
      if (Math.abs(expected[row]) < 1e5) {
        worst = Math.max(worst, miss);
      }
    }
    checks.add(
        ValidationCheck.of(
            "energies",
            disagree == 0,
            "%s and %s agree on %d of %d conformations; below 1e5 kJ/mol they differ by %.1e kJ/mol at most (allowed %.0e kJ/mol and %.0e of the energy)."
                .formatted(
                    fast.engineDescription(),
                    trusted.engineDescription(),
                    found.length - disagree,
                    found.length,
                    worst,
                    absolute,
                    relative)));
  }

  private double[] energies(PotentialEnergy engine, double[] x) {
    int rows = x.length / target.spaceDimension();
    double[] energy = new double[rows];
    engine.evaluate(x, rows, energy, null, new RowFailure[rows]);
    return energy;
  }

  private void compareForces(PotentialEnergy engine, double[] near) {
    int width = target.spaceDimension();
    int rows = Math.min(FORCE_ROWS, near.length / width);
    double[] forces = new double[rows * width];
    engine.evaluate(near, rows, new double[rows], forces, new RowFailure[rows]);
    double worst = 0;
    for (int row = 0; row < rows; row++) {
      double[] force = Arrays.copyOfRange(forces, row * width, (row + 1) * width);
      double size = Math.sqrt(Arrays.stream(force).map(f -> f * f).sum());
      for (int k = 0; k < DIRECTIONS; k++) {
        double[] both = new double[2 * width];
        double along = 0;
        for (int n = 0; n < width; n++) {
          double step = STEP_NM * conformations.random().nextGaussian();
          both[n] = near[row * width + n] + step;
          both[width + n] = near[row * width + n] - step;
          along += step * force[n];
        }
        double[] energy = energies(engine, both);
        double difference = (energy[1] - energy[0]) / 2;
        worst = Math.max(worst, Math.abs(difference - along) / (STEP_NM * size));
        worst = Double.isFinite(difference) ? worst : Double.POSITIVE_INFINITY;
      }
    }
    checks.add(
        ValidationCheck.of(
            "forces",
            rows > 0 && worst <= FORCE_TOLERANCE,
            "Along %d random directions the energy changes as the forces say, within %.1e of the force (allowed %.0e)."
                .formatted(rows * DIRECTIONS, worst, FORCE_TOLERANCE)));
  }

  private void turn(PotentialEnergy engine, double[] near) {
    SplittableRandom random = conformations.random();
    double[] turned = new double[near.length];
    int width = target.spaceDimension();
    for (int start = 0; start < near.length; start += width) {
      double[] shift = {
        random.nextDouble(-1, 1), random.nextDouble(-1, 1), random.nextDouble(-1, 1)
      };
      double[][] rotation = rotation(random);
      for (int n = start; n < start + width; n += 3) {
        for (int axis = 0; axis < 3; axis++) {
          turned[n + axis] = shift[axis];
          for (int k = 0; k < 3; k++) {
            turned[n + axis] += rotation[axis][k] * near[n + k];
          }
        }
      }
    }
    double worst = worst(energies(engine, near), energies(engine, turned));
    checks.add(
        ValidationCheck.of(
            "turning",
            worst <= 1,
            worst <= 1
                ? "Moved and turned at random, the molecule keeps its energy."
                : "Moved and turned at random, the molecule changes its energy by %.1g times what rounding explains; a force knows where the molecule lies, and a target must not. Remove it."
                    .formatted(worst)));
  }

  /** Of a random unit quaternion. */
  private static double[][] rotation(SplittableRandom random) {
    double[] q = new double[4];
    Arrays.setAll(q, n -> random.nextGaussian());
    double s = 2 / Arrays.stream(q).map(c -> c * c).sum();
    double[][] r = new double[3][3];
    for (int i = 0; i < 3; i++) {
      int j = (i + 1) % 3;
      int k = (i + 2) % 3;
      r[i][i] = 1 - s * (q[1 + j] * q[1 + j] + q[1 + k] * q[1 + k]);
      r[i][j] = s * (q[1 + i] * q[1 + j] - q[0] * q[1 + k]);
      r[j][i] = s * (q[1 + i] * q[1 + j] + q[0] * q[1 + k]);
    }
    return r;
  }

  /** The greatest difference, in units of what rounding explains. */
  private static double worst(double[] before, double[] after) {
    double worst = 0;
    for (int row = 0; row < before.length; row++) {
      double allowed = ABSOLUTE_KJ_PER_MOL + RELATIVE * Math.abs(before[row]);
      double ratio = Math.abs(after[row] - before[row]) / allowed;
      worst = Double.isNaN(ratio) ? Double.POSITIVE_INFINITY : Math.max(worst, ratio);
    }
    return worst;
  }

  /**
   * What half-circles take for the same molecule must be the same to the energy. Hydrogens that
   * reach each other's places, such as those on the nitrogen of an amide, may differ.
   */
  private void swapHydrogens(PotentialEnergy engine, double[] near) {
    MolecularSystem system = target.system();
    double[] before = energies(engine, near);
    List<String> different = new ArrayList<>();
    int swaps = 0;
    int[] centres =
        target.stereochemistry().bounded().stream()
            .mapToInt(torsion -> target.zMatrix().row(torsion.torsion())[1])
            .distinct()
            .toArray();
    for (int centre : centres) {
      List<Integer> hydrogens =
          system.neighbours(centre).stream()
              .filter(atom -> system.atoms().get(atom).isHydrogen())
              .toList();
      for (int n = 1; n < hydrogens.size(); n++) {
        int a = hydrogens.get(n - 1);
        int b = hydrogens.get(n);
        swaps++;
        if (worst(before, energies(engine, swapped(near, a, b))) > 1) {
          different.add("%s and %s".formatted(system.atoms().get(a).name(), system.label(b)));
        }
      }
    }
    if (swaps > 0) {
      checks.add(
          ValidationCheck.of(
              "equivalent hydrogens",
              different.isEmpty(),
              different.isEmpty()
                  ? "%d pairs of hydrogens on one atom change places without a change of energy, so keeping their labels loses nothing."
                      .formatted(swaps)
                  : "These hydrogens of one atom are kept apart by half-circles, but the force field does not treat them alike: %s. Give them the same charge, radius and terms."
                      .formatted(MapValidation.joined(different))));
    }
  }

  private double[] swapped(double[] x, int a, int b) {
    double[] y = x.clone();
    for (int start = 0; start < x.length; start += target.spaceDimension()) {
      System.arraycopy(x, start + 3 * a, y, start + 3 * b, 3);
      System.arraycopy(x, start + 3 * b, y, start + 3 * a, 3);
    }
    return y;
  }

  /** As a run begins: the whole evaluator, map and all. */
  private void begin() {
    float[] u = conformations.prior(PRIOR_ROWS);
    double[] logDensity;
    try (Evaluator evaluator = target.openEvaluator()) {
      Evaluation evaluation = evaluator.evaluate(u, PRIOR_ROWS);
      logDensity =
          Arrays.stream(evaluation.logDensity()).filter(Double::isFinite).sorted().toArray();
    }
    double share = logDensity.length / (double) PRIOR_ROWS;
    checks.add(
        ValidationCheck.of(
            "beginning of training",
            share >= SHARE_WITH_ENERGY,
            "Of %d conformations as training begins, %d have an energy (at least %d must)%s."
                .formatted(
                    PRIOR_ROWS,
                    logDensity.length,
                    Math.round(SHARE_WITH_ENERGY * PRIOR_ROWS),
                    logDensity.length == 0
                        ? ""
                        : "; their median is %.2g kT, the lowest %.2g kT"
                            .formatted(
                                -logDensity[logDensity.length / 2],
                                -logDensity[logDensity.length - 1]))));
  }

  @Override
  public void close() {
    try (PotentialEnergy first = kernel;
        PotentialEnergy second = openMm) {
      // Both are closed, whatever the first one throws; one that is null is passed over.
    }
  }
}
