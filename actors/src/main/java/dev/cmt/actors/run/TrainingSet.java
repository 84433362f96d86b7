package dev.cmt.actors.run;

import dev.cmt.flow.Fit;
import dev.cmt.flow.Flow;
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
   * @param u {@code [n][dimension]} unit coordinates
   * @param weights {@code [n]} weights with mean 1 over the finite rows; NaN or negative nowhere, 0
   *     for rows that failed
   * @param logProposal {@code [n]} log qᵢ(u), the density the rows were drawn from; finite, also
   *     for rows that failed
   * @param usable {@code [n]} whether the row has finite log-densities
   */
  TrainingSet(int step, float[] u, double[] weights, double[] logProposal, boolean[] usable) {
    this.step = step;
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

  /** Opens a fit of the flow to these rows. */
  Fit fit(Flow flow) {
    return flow.fit(u, weights, logProposal, weights.length);
  }

  /**
   * The rows of some minibatches, as {@link Fit#train} takes them.
   *
   * @param seed seed of the run
   * @param first which minibatch of the fit is the first, at least 0
   * @param count how many
   * @param size rows of a minibatch
   * @return {@code [count][size]} row-major
   */
  int[] minibatches(long seed, int first, int count, int size) {
    int[] chosen = new int[Math.multiplyExact(count, size)];
    long start = (long) first * size;
    for (int k = 0; k < chosen.length; k++) {
      long position = start + k;
      chosen[k] = rows[order(seed, position / rows.length)[(int) (position % rows.length)]];
    }
    return chosen;
  }

  private int[] order(long seed, long pass) {
    if (pass != shuffledPass) {
      order = CounterRandom.permutation(seed, SHUFFLE_STREAM | ((long) step << 24) | pass, size());
      shuffledPass = pass;
    }
    return order;
  }
}
