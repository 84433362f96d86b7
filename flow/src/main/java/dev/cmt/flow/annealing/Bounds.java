package dev.cmt.flow.annealing;

/**
 * How far one annealing step may go (eq. 9 of Constrained Mass Transport). {@link
 * Double#POSITIVE_INFINITY} switches a constraint off, which gives the four variants: neither is
 * importance-weighted forward KL, the trust region alone a geometric path, the entropy alone a
 * tempered path, both a geometric-tempered path.
 *
 * @param trustRegion ε_tr, greatest KL(q_{i+1} ‖ q_i) in nats, above 0. On N rows the KL estimate
 *     cannot exceed log N, so a greater bound never binds
 * @param entropy ε_ent, greatest H(q_i) − H(q_{i+1}) in nats, above 0
 */
public record Bounds(double trustRegion, double entropy) {
  public Bounds {
    requirePositive("trust-region bound", trustRegion);
    requirePositive("entropy bound", entropy);
  }

  static void requirePositive(String what, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(
          "The %s (%s nats) must be above 0; infinity switches the constraint off."
              .formatted(what, value));
    }
  }
}
