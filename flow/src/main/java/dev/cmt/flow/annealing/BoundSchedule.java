package dev.cmt.flow.annealing;

/**
 * How far each annealing step of a run may go.
 *
 * @param trustRegion ε_tr of every step, nats, above 0; infinite if off
 * @param entropy ε_ent of each step
 */
public record BoundSchedule(double trustRegion, EntropyBound entropy) {
  public BoundSchedule {
    Bounds.requirePositive("trust-region bound", trustRegion);
  }

  /**
   * The bounds of a step.
   *
   * @param step index of the step, from 0
   * @param path where on the annealing path the step begins
   */
  public Bounds at(int step, AnnealingPath path) {
    return new Bounds(trustRegion, entropy.at(step, path));
  }
}
