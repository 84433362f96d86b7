package dev.cmt.flow.annealing;

/**
 * How much entropy each annealing step may lose: a constant, or a schedule that sees how far the
 * path has come. A pure function, so that a run that is taken up again, or replayed, finds the same
 * bounds. Safe for many threads.
 */
public interface EntropyBound {
  /**
   * The bound ε_ent of a step.
   *
   * @param step index of the step, from 0
   * @param path where on the annealing path the step begins
   * @return nats, above 0; infinite if the constraint is off
   */
  double at(int step, AnnealingPath path);

  /**
   * The same for every step.
   *
   * @param nats above 0; infinity switches the constraint off
   */
  static EntropyBound constant(double nats) {
    return new Constant(nats);
  }

  /**
   * The same for every step.
   *
   * @param nats above 0; infinity switches the constraint off
   */
  record Constant(double nats) implements EntropyBound {
    public Constant {
      Bounds.requirePositive("entropy bound", nats);
    }

    @Override
    public double at(int step, AnnealingPath path) {
      return nats;
    }
  }
}
