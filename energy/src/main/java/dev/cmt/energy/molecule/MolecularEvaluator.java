package dev.cmt.energy.molecule;

import dev.cmt.energy.Evaluation;
import dev.cmt.energy.Evaluator;
import dev.cmt.energy.MappedEnergy;
import dev.cmt.energy.RowFailure;

/** Turns energies of unit coordinates into regularised log-densities. Owns its engine. */
final class MolecularEvaluator implements Evaluator {
  private final MolecularTarget target;
  private final MappedEnergy energy;

  MolecularEvaluator(MolecularTarget target, MappedEnergy energy) {
    this.target = target;
    this.energy = energy;
  }

  @Override
  public Evaluation evaluate(float[] u, int rows) {
    if (rows < 0 || u.length < (long) rows * target.dimension()) {
      throw new IllegalArgumentException(
          "u holds %d numbers; %d rows of %d need more."
              .formatted(u.length, rows, target.dimension()));
    }
    double[] logDensity = new double[rows];
    double[] logVolume = new double[rows];
    RowFailure[] failure = new RowFailure[rows];
    energy.evaluate(u, rows, logDensity, logVolume, failure);
    for (int row = 0; row < rows; row++) {
      logDensity[row] =
          failure[row] == RowFailure.NONE ? target.logDensity(logDensity[row]) : Double.NaN;
    }
    return new Evaluation(logDensity, logVolume, failure);
  }

  @Override
  public String engineDescription() {
    return energy.engineDescription();
  }

  @Override
  public void close() {
    energy.close();
  }
}
