package dev.cmt.actors.run;

import dev.cmt.flow.base.CounterRandom;

/**
 * The rows of a step that can be learned from, with their importance weights, and the order in
 * which minibatches pass over them: shuffled passes without replacement, one after the other. The
 * order depends on (seed, step) alone, so any slice of gradient steps sees the same rows however
 * the fit was cut into slices.
 */
final class TrainingSet {
  private static final long SHUFFLE_STREAM = 1L << 62;

  private final int step;
  private final int dimension;
  private final int[] rows;
  private final float[] u;
  private final double[] weights;
  private final double[] logProposal;
  private long shuffledPass = -1;
  private int[] order;

  /**
   * Keeps references, copies nothing.
   *
   * @param step annealing step
   * @param dimension unit coordinates of a row
   * @param u {@code [n][dimension]} unit coordinates
   * @param weights {@code [n]} weights with mean 1 over the finite rows; NaN or negative nowhere, 0
   *     for rows that failed
   * @param logProposal {@code [n]} log qᵢ(u), the density the rows were drawn from
   * @param usable {@code [n]} whether the row has finite log-densities
   */
  TrainingSet(
      int step,
      int dimension,
      float[] u,
      double[] weights,
      double[] logProposal,
      boolean[] usable) {
    this.step = step;
    this.dimension = dimension;
    this.u = u;
    this.weights = weights;
    this.logProposal = logProposal;
    int count = 0;
    for (boolean finite : usable) {
      count += finite ? 1 : 0;
    }
    rows = new int[count];
    for (int i = 0, k = 0; i < usable.length; i++) {
      if (usable[i]) {
        rows[k++] = i;
      }
    }
  }

  int step() {
    return step;
  }

  int size() {
    return rows.length;
  }

  /**
   * Gathers a minibatch.
   *
   * @param seed seed of the run
   * @param index which minibatch of the fit, at least 0
   * @param size rows of a minibatch
   * @param into {@code [size][dimension]} written
   * @param intoWeights {@code [size]} written
   * @param intoLogProposal {@code [size]} written
   */
  void minibatch(
      long seed,
      int index,
      int size,
      float[] into,
      double[] intoWeights,
      double[] intoLogProposal) {
    for (int k = 0; k < size; k++) {
      long position = (long) index * size + k;
      int row = rows[order(seed, position / rows.length)[(int) (position % rows.length)]];
      System.arraycopy(u, row * dimension, into, k * dimension, dimension);
      intoWeights[k] = weights[row];
      intoLogProposal[k] = logProposal[row];
    }
  }

  private int[] order(long seed, long pass) {
    if (pass != shuffledPass) {
      order = CounterRandom.permutation(seed, SHUFFLE_STREAM | ((long) step << 24) | pass, size());
      shuffledPass = pass;
    }
    return order;
  }
}
