package dev.cmt.energy.toy;

import dev.cmt.energy.Channel;
import dev.cmt.energy.Evaluation;
import dev.cmt.energy.Evaluator;
import dev.cmt.energy.Prior;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.SolvedTarget;
import java.util.Arrays;
import java.util.List;

/** A density on the box [−h, h]^d, to which the unit cube is stretched. */
abstract class AbstractBoxTarget implements SolvedTarget {
  private final String name;
  private final int dimension;
  private final double halfWidth;
  private final Prior prior;

  AbstractBoxTarget(String name, int dimension, double halfWidth, Prior prior) {
    this.name = name;
    this.dimension = dimension;
    this.halfWidth = halfWidth;
    this.prior = prior;
  }

  /**
   * log p̃ at a point, in kT.
   *
   * @param x points of the space
   * @param offset where the point starts
   */
  public abstract double logDensity(double[] x, int offset);

  /** h: the box is [−h, h] along every axis. */
  public final double halfWidth() {
    return halfWidth;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final List<Channel> channels() {
    return List.of(new Channel("x", dimension, false, prior));
  }

  @Override
  public final int spaceDimension() {
    return dimension;
  }

  @Override
  public final void map(float[] u, int rows, double[] x, double[] logVolume) {
    for (int row = 0; row < rows; row++) {
      logVolume[row] = dimension * Math.log(2 * halfWidth);
      for (int i = row * dimension; i < (row + 1) * dimension; i++) {
        if (u[i] >= 0 && u[i] <= 1) {
          x[i] = (2.0 * u[i] - 1) * halfWidth;
        } else {
          x[i] = Double.NaN;
          logVolume[row] = Double.NaN;
        }
      }
    }
  }

  @Override
  public final void unmap(double[] x, int rows, float[] u, double[] logVolume) {
    for (int row = 0; row < rows; row++) {
      int start = row * dimension;
      logVolume[row] = dimension * Math.log(2 * halfWidth);
      for (int i = start; i < start + dimension; i++) {
        u[i] = (float) (0.5 * (x[i] / halfWidth + 1));
        if (!(Math.abs(x[i]) <= halfWidth)) {
          logVolume[row] = Double.NaN;
        }
      }
      if (Double.isNaN(logVolume[row])) {
        Arrays.fill(u, start, start + dimension, Float.NaN);
      }
    }
  }

  @Override
  public final Evaluator openEvaluator() {
    return new BoxEvaluator();
  }

  private final class BoxEvaluator implements Evaluator {
    @Override
    public Evaluation evaluate(float[] u, int rows) {
      if (rows < 0 || u.length < (long) rows * dimension) {
        throw new IllegalArgumentException(
            "u holds %d numbers; %d rows of %d need more.".formatted(u.length, rows, dimension));
      }
      double[] x = new double[rows * dimension];
      double[] logVolume = new double[rows];
      map(u, rows, x, logVolume);
      double[] density = new double[rows];
      RowFailure[] failure = new RowFailure[rows];
      for (int row = 0; row < rows; row++) {
        density[row] = logDensity(x, row * dimension);
        failure[row] = Double.isNaN(logVolume[row]) ? RowFailure.BAD_COORDINATE : RowFailure.NONE;
      }
      return new Evaluation(density, logVolume, failure);
    }

    @Override
    public String engineDescription() {
      return "closed form, double precision";
    }

    @Override
    public void close() {
      // Nothing native to free.
    }
  }
}
