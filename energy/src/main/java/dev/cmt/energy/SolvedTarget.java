package dev.cmt.energy;

/** A target whose answer is known, so that a sampler can be judged without reference samples. */
public interface SolvedTarget extends Target {
  /** log ∫ p̃(x) dx over the whole space. */
  double logPartition();

  /** How many modes the density has. */
  int modes();

  /**
   * The mode a point belongs to.
   *
   * @param x points of the target's space
   * @param offset where the point starts
   * @return from 0 to {@code modes() − 1}
   */
  int modeOf(double[] x, int offset);
}
