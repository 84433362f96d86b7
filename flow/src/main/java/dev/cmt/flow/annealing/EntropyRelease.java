package dev.cmt.flow.annealing;

/**
 * Chooses the entropy bound so that the constraint lets go after a given part of the run. The paper
 * found a bound by hand for which it does so half-way, in 4 to 8 runs for each molecule (§C.4).
 *
 * <p>What is needed for it is the entropy that is still to be lost. Once the base is left behind,
 * the path is a tempered target p̃^α, and dH/d log α = −α² Var(log p̃): −1/2 for each coordinate
 * whose energy is quadratic. So d/2 · log 1/α is left, which measured paths of molecules confirm to
 * 3 % from β = 0.9 on and to 20 % from β = 1/2. That is spread evenly over the steps left until the
 * release. Before β = 1/2 the bound is a typical one, {@value #NATS_PER_COORDINATE} nats for each
 * coordinate over the whole path; it also limits the bound to within a factor of {@value #RANGE}
 * ever after, and is the least from the release on: a guard that sleeps unless the entropy falls
 * again.
 *
 * @param dimension coordinates d of the flow, at least 1
 * @param steps annealing steps of the run, at least 1
 * @param fraction part of the steps after which the constraint shall let go, in (0, 1]
 */
public record EntropyRelease(int dimension, int steps, double fraction) implements EntropyBound {
  /** Alanine dipeptide loses 1.26 between the base and 300 K, the tetrapeptide 1.47. */
  private static final double NATS_PER_COORDINATE = 1.4;

  private static final double RANGE = 3;

  /** How far the base must be left behind before α tells what is left. */
  private static final double BASE_LEFT_BEHIND = 0.5;

  public EntropyRelease {
    if (dimension < 1 || steps < 1 || !(fraction > 0 && fraction <= 1)) {
      throw new IllegalArgumentException(
          "Coordinates (%d) and steps (%d) must be at least 1, and the part of the steps (%s) in (0, 1]."
              .formatted(dimension, steps, fraction));
    }
  }

  @Override
  public double at(int step, AnnealingPath path) {
    double release = fraction * steps;
    double typical = NATS_PER_COORDINATE * dimension / release;
    if (path.beta() < BASE_LEFT_BEHIND) {
      return typical;
    }
    double left = -0.5 * dimension * StrictMath.log(path.alpha());
    double even = left / Math.max(1, release - step);
    // A flow that lags behind its aim looks as if entropy were left for ever.
    double least = step < release ? typical / RANGE : typical;
    return Math.min(RANGE * typical, Math.max(least, even));
  }
}
