package dev.cmt.energy.validation;

import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.molecule.MolecularTarget;
import dev.cmt.energy.molecule.ZMatrix;
import dev.cmt.energy.system.Bond;
import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Whether the spans of lengths and angles are wide enough for the temperature: each is moved to
 * either end of its span, all others as they are in the minimum. That finds soft bonds and angles;
 * one that only gives way together with others, or in another conformation, it does not find.
 */
final class BoxValidation {
  /** Beyond it a harmonic coordinate has 1e-10 at each end; 4e-6 if others take off half. */
  private static final double HIGH_KT = 20;

  private BoxValidation() {}

  static ValidationCheck run(MolecularTarget target, PotentialEnergy engine) {
    List<String> names = names(target);
    int dimension = target.dimension();
    int width = target.spaceDimension();
    float[] minimum = new float[dimension];
    target.unmap(target.system().minimizedNm(), 1, minimum, new double[1]);
    int rows = 2 * names.size() + 1;
    float[] u = new float[rows * dimension];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(minimum, 0, u, row * dimension, dimension);
      if (row < rows - 1) {
        u[row * dimension + row / 2] = row % 2;
      }
    }
    double[] x = new double[rows * width];
    double[] logVolume = new double[rows];
    target.map(u, rows, x, logVolume);
    for (int row = 0; row < rows; row++) {
      if (Double.isNaN(logVolume[row])) {
        // The end lies beyond 0 or 180°, where nothing is: as good as any wall.
        System.arraycopy(x, (rows - 1) * width, x, row * width, width);
      }
    }
    double[] energy = new double[rows];
    engine.evaluate(x, rows, energy, null, new RowFailure[rows]);
    double kT = MolecularTarget.GAS_CONSTANT_KJ_PER_MOL_K * target.settings().temperatureK();
    double lowest = Double.POSITIVE_INFINITY;
    List<String> soft = new ArrayList<>();
    for (int n = 0; n < names.size(); n++) {
      double rise = Double.POSITIVE_INFINITY;
      for (int row = 2 * n; row < 2 * n + 2; row++) {
        if (!Double.isNaN(logVolume[row])) {
          // NaN stays NaN: an end without an energy is no wall.
          rise = Math.min(rise, (energy[row] - energy[rows - 1]) / kT);
        }
      }
      lowest = Math.min(lowest, rise);
      if (!(rise >= HIGH_KT)) {
        soft.add(String.format(Locale.ROOT, "%s (%.0f kT)", names.get(n), rise));
      }
    }
    return soft.isEmpty()
        ? ValidationCheck.of(
            "spans",
            true,
            String.format(
                Locale.ROOT,
                "Each of %d lengths and angles, moved alone from the minimum to an end of its span, costs %.0f kT or more at %.0f K (at least %.0f must).",
                names.size(),
                lowest,
                target.settings().temperatureK(),
                HIGH_KT))
        : ValidationCheck.note(
            "spans",
            String.format(
                Locale.ROOT,
                "Moved alone to an end of their spans, 0.035 nm or 52° from the minimum, these lengths and angles cost less than %.0f kT at %.0f K: %s. The target is the molecule within these spans, and what it has beyond is cut off.",
                HIGH_KT,
                target.settings().temperatureK(),
                MapValidation.joined(soft)));
  }

  /** Of free lengths and of angles, in the order of the unit coordinates. */
  private static List<String> names(MolecularTarget target) {
    MolecularSystem system = target.system();
    ZMatrix zMatrix = target.zMatrix();
    List<String> names = new ArrayList<>();
    for (int n = 0; n < zMatrix.atoms() - 1; n++) {
      int[] atoms = zMatrix.bond(n);
      if (!system.constraintsNm().containsKey(Bond.of(atoms[0], atoms[1]))) {
        names.add("%s-%s".formatted(system.atoms().get(atoms[0]).name(), system.label(atoms[1])));
      }
    }
    for (int n = 0; n < target.channels().get(1).size(); n++) {
      names.add(MapValidation.angleName(target, n));
    }
    return names;
  }
}
