package dev.cmt.energy;

import java.util.List;

/**
 * A density to sample from, and the map from the unit cube into its space. Immutable and safe for
 * use by many threads; what is not (native contexts) lives in an {@link Evaluator}.
 */
public interface Target {
  /** The name configs use, such as {@code alanine-dipeptide}. */
  String name();

  /** The unit coordinates in their order, in runs of one kind. */
  List<Channel> channels();

  /** How many unit coordinates a row has: the sum of the channels' sizes. */
  default int dimension() {
    return channels().stream().mapToInt(Channel::size).sum();
  }

  /** How many numbers a point of the target's space has; for a molecule 3 × atoms. */
  int spaceDimension();

  /**
   * Maps unit coordinates to the target's space.
   *
   * @param u {@code [rows][dimension]} row-major, in [0, 1]
   * @param rows how many rows count
   * @param x {@code [rows][spaceDimension]} row-major, written; nm for molecules
   * @param logVolume {@code [rows]} log |dx/du|, written; NaN where the map fails
   */
  void map(float[] u, int rows, double[] x, double[] logVolume);

  /**
   * The inverse of {@link #map}, for judging samples that come from elsewhere.
   *
   * @param x {@code [rows][spaceDimension]} row-major
   * @param rows how many rows count
   * @param u {@code [rows][dimension]} written; NaN in rows that no unit coordinates reach
   * @param logVolume {@code [rows]} log |dx/du| at the point, written; NaN in rows that no unit
   *     coordinates reach
   */
  void unmap(double[] x, int rows, float[] u, double[] logVolume);

  /**
   * Opens what one thread needs to evaluate batches.
   *
   * @throws EnergyUnavailableException if the machine lacks something, naming it and its mend
   */
  Evaluator openEvaluator();
}
