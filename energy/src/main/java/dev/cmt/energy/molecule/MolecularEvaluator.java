package dev.cmt.energy.molecule;

import dev.cmt.energy.Evaluation;
import dev.cmt.energy.Evaluator;
import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;

/** Maps, computes energies, regularises. Owns its engine. */
final class MolecularEvaluator implements Evaluator {
  private final MolecularTarget target;
  private final PotentialEnergy energy;
  private double[] positionsNm = {};

  MolecularEvaluator(MolecularTarget target, PotentialEnergy energy) {
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
    if (positionsNm.length < rows * target.spaceDimension()) {
      positionsNm = new double[rows * target.spaceDimension()];
    }
    double[] logVolume = new double[rows];
    RowFailure[] mapFailure = new RowFailure[rows];
    target.map(u, rows, positionsNm, logVolume, mapFailure);

    double[] logDensity = new double[rows];
    RowFailure[] failure = new RowFailure[rows];
    energy.evaluate(positionsNm, rows, logDensity, null, failure);
    for (int row = 0; row < rows; row++) {
      // Positions of a row that could not be mapped are NaN; the engine's opinion of them is not
      // what went wrong.
      if (mapFailure[row] != RowFailure.NONE) {
        failure[row] = mapFailure[row];
      }
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
