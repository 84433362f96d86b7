package dev.cmt.energy.molecule;

import dev.cmt.energy.MappedEnergy;
import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import java.util.Objects;

/**
 * The map in Java, then any engine: what serves every engine, and what the native map is measured
 * against. Owns its engine. Owned by one thread at a time.
 */
public final class PlainMappedEnergy implements MappedEnergy {
  private final UnitMap map;
  private final PotentialEnergy energy;
  private double[] positionsNm = {};

  /** Takes the engine over. */
  public PlainMappedEnergy(UnitMap map, PotentialEnergy energy) {
    this.map = Objects.requireNonNull(map, "map");
    this.energy = Objects.requireNonNull(energy, "energy");
  }

  @Override
  public int dimension() {
    return map.dimension();
  }

  @Override
  public String engineDescription() {
    return energy.engineDescription();
  }

  @Override
  public void evaluate(
      float[] u, int rows, double[] energyKjPerMol, double[] logVolume, RowFailure[] failure) {
    int width = 3 * map.coordinates().atoms();
    if (positionsNm.length < rows * width) {
      positionsNm = new double[rows * width];
    }
    RowFailure[] mapFailure = new RowFailure[Math.max(rows, 0)];
    map.map(u, rows, positionsNm, logVolume, mapFailure);
    energy.evaluate(positionsNm, rows, energyKjPerMol, null, failure);
    for (int row = 0; row < rows; row++) {
      // Positions of a row that could not be mapped are NaN; the engine's opinion of them is not
      // what went wrong.
      if (mapFailure[row] != RowFailure.NONE) {
        failure[row] = mapFailure[row];
      }
    }
  }

  @Override
  public void close() {
    energy.close();
  }
}
