package dev.cmt.flow.annealing;

/**
 * The Lagrangian dual of one annealing step (Constrained Mass Transport, propositions 2.1–2.3 and
 * eq. 11), estimated on a buffer of rows drawn from q_i (eq. 16):
 *
 * <pre>
 *   g(λ, η) = −(1+λ+η) log Z(λ, η) − λ ε_tr + η (H(q_i) − ε_ent)
 *   Z(λ, η) = mean [p̃ / q_i^{1+η}]^{1/(1+λ+η)}
 *   ∂g/∂λ = KL(q ‖ q_i) − ε_tr,   ∂g/∂η = H(q_i) − H(q) − ε_ent
 * </pre>
 *
 * <p>Erratum: eq. 11 is printed with a minus before η (H(q_i) − ε_ent). The Lagrangian it is
 * derived from (eq. 18) gives plus; with minus the solution breaks the entropy bound.
 *
 * <p>g is concave. Its maximum over λ, η ≥ 0 is found by two nested one-dimensional searches in
 * log(1+λ) and log(1+η) with the analytic derivatives: for each η the λ that meets the trust region
 * (0 if it is slack), then the η that meets the entropy bound. A constraint that is off or slack
 * has a multiplier of exactly 0. One evaluation takes one exponential a row.
 *
 * <p>Rows with NaN in either density, infinite log q or log p̃ = +∞ are dropped and counted; rows
 * with log p̃ = −∞ have zero target density and count with weight 0. Adding constants to log p̃ or
 * log q changes neither multipliers nor weights. Changing the reference measure does, if the
 * entropy constraint is active, since H depends on it. Immutable: safe for many threads.
 */
public final class AnnealingDual {
  /** How near an active constraint comes to its bound, relative to it. */
  private static final double TRUST_REGION_TOLERANCE = 1e-12;

  private static final double ENTROPY_TOLERANCE = 1e-10;

  /** How near to the Karush–Kuhn–Tucker conditions counts as solved: this much of a bound … */
  private static final double RELATIVE_VIOLATION = 1e-8;

  /** … plus this many nats, the rounding of a sum over a million rows. */
  private static final double ABSOLUTE_VIOLATION = 1e-12;

  private final BufferRows rows;
  private final Bounds bounds;

  /**
   * Takes a buffer in; the arrays are copied.
   *
   * @param logQ {@code [rows]} log q_i of rows drawn from q_i
   * @param logP {@code [rows]} log p̃ of the same rows in the same measure
   * @throws IllegalArgumentException if the lengths differ or no row has two finite densities
   */
  public AnnealingDual(double[] logQ, double[] logP, Bounds bounds) {
    this.rows = new BufferRows(logQ, logP);
    this.bounds = bounds;
  }

  /**
   * Solves the dual of a buffer.
   *
   * @see #AnnealingDual(double[], double[], Bounds)
   * @see #solve()
   */
  public static DualSolution solve(double[] logQ, double[] logP, Bounds bounds) {
    return new AnnealingDual(logQ, logP, bounds).solve();
  }

  /**
   * g(λ, η); −∞ where a multiplier is above 0 and its constraint off.
   *
   * @throws IllegalArgumentException unless both multipliers are finite and at least 0
   */
  public double value(double lambda, double eta) {
    requireMultipliers(lambda, eta);
    return value(rows.tilt(lambda, eta));
  }

  /**
   * {∂g/∂λ, ∂g/∂η}; −∞ for a constraint that is off.
   *
   * @throws IllegalArgumentException unless both multipliers are finite and at least 0
   */
  public double[] gradient(double lambda, double eta) {
    requireMultipliers(lambda, eta);
    Tilt tilt = rows.tilt(lambda, eta);
    return new double[] {tilt.kl() - bounds.trustRegion(), tilt.entropyDrop() - bounds.entropy()};
  }

  /**
   * Maximises g. Never fails: whether the conditions of a maximum hold is {@link
   * DualSolution#converged()}. They cannot hold if so many rows have zero target density that no
   * weighting of the others stays within the bounds.
   */
  public DualSolution solve() {
    Search search = new Search();
    Tilt best = search.run();
    Tilt unconstrained = rows.tilt(0, 0);
    double entropyBefore = -rows.meanLogQ();
    double entropyAfter = entropyBefore - best.entropyDrop();
    return new DualSolution(
        bounds,
        best.lambda(),
        best.eta(),
        value(best),
        logZ(best),
        logZ(unconstrained),
        best.kl(),
        entropyBefore,
        entropyAfter,
        best.entropyDrop(),
        best.ess(),
        rows.used(),
        rows.zeroDensity(),
        rows.dropped(),
        search.evaluations,
        meets(best.kl(), bounds.trustRegion(), best.lambda())
            && meets(best.entropyDrop(), bounds.entropy(), best.eta()));
  }

  private double value(Tilt tilt) {
    // H(q_i) cancels against the centring of log q; the constants of both densities remain.
    double constants = rows.meanLogQ() - rows.maxLogP();
    return constants
        - tilt.temperature() * tilt.logZ()
        - penalty(tilt.lambda(), bounds.trustRegion())
        - penalty(tilt.eta(), bounds.entropy());
  }

  private double logZ(Tilt tilt) {
    return tilt.logZ() + (rows.maxLogP() - (1 + tilt.eta()) * rows.meanLogQ()) / tilt.temperature();
  }

  private static double penalty(double multiplier, double bound) {
    return multiplier == 0 ? 0 : multiplier * bound;
  }

  private static boolean meets(double value, double bound, double multiplier) {
    double violation = RELATIVE_VIOLATION * bound + ABSOLUTE_VIOLATION;
    return value <= bound + violation && (multiplier == 0 || value >= bound - violation);
  }

  static void requireMultipliers(double lambda, double eta) {
    if (!(lambda >= 0 && eta >= 0 && lambda + eta < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "The multipliers λ (%s) and η (%s) must be finite and at least 0."
              .formatted(lambda, eta));
    }
  }

  /** The nested search; λ of one η is where the search for the next begins. */
  private final class Search {
    private int evaluations;
    private double lastT;

    Tilt run() {
      if (bounds.entropy() == Double.POSITIVE_INFINITY) {
        return atEta(0);
      }
      return DecreasingRoot.find(this::entropyDrop, bounds.entropy(), 0, ENTROPY_TOLERANCE).tilt();
    }

    /** H(q_i) − H(q) where λ is best for this η: the slope of max over λ of g, plus its bound. */
    private DecreasingRoot.Point entropyDrop(double t) {
      Tilt tilt = atEta(StrictMath.expm1(t));
      double slope = tilt.dropByEta();
      if (tilt.lambda() > 0) {
        slope -= tilt.klByEta() * tilt.klByEta() / tilt.klByLambda();
      }
      return new DecreasingRoot.Point(t, tilt.entropyDrop(), slope * (1 + tilt.eta()), tilt);
    }

    private Tilt atEta(double eta) {
      if (bounds.trustRegion() == Double.POSITIVE_INFINITY) {
        return tilt(0, eta);
      }
      DecreasingRoot.Point point =
          DecreasingRoot.find(t -> kl(t, eta), bounds.trustRegion(), lastT, TRUST_REGION_TOLERANCE);
      lastT = point.t();
      return point.tilt();
    }

    private DecreasingRoot.Point kl(double t, double eta) {
      Tilt tilt = tilt(StrictMath.expm1(t), eta);
      return new DecreasingRoot.Point(t, tilt.kl(), tilt.klByLambda() * (1 + tilt.lambda()), tilt);
    }

    private Tilt tilt(double lambda, double eta) {
      evaluations++;
      return rows.tilt(lambda, eta);
    }
  }
}
