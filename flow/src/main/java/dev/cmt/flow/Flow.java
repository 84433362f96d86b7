package dev.cmt.flow;

/**
 * A normalizing flow on the unit cube: the one seam between those who need densities and the
 * engines that compute them. An instance belongs to one thread at a time and owns native memory
 * until closed; after that all but {@link #close} and the descriptions throw {@link
 * IllegalStateException}. Engines are interchangeable between calls through {@link #exportState()}
 * and {@link #importState}.
 */
public interface Flow extends AutoCloseable {
  /** What the parameters mean. */
  FlowArchitecture architecture();

  /** Number of trainable parameters. */
  int parameterCount();

  /** One line for manifests: engine, device, threads and the numeric choices made at start-up. */
  String engineDescription();

  /**
   * Draws samples whose noise depends on the key alone, so that a batch can be made again bit for
   * bit with the same parameters, engine and thread count.
   *
   * @param runSeed seed of the run
   * @param step annealing step, at least 0
   * @param firstRow index of the batch's first row within the step, at least 0; row r of the batch
   *     uses noise of row firstRow + r
   * @param rows rows to draw
   * @param u {@code [rows][dimension]} row-major, written, in [0, 1]
   * @param logDensity {@code [rows]} log q(u), written
   * @throws IllegalArgumentException if a number is out of range or an array too short
   */
  void sample(long runSeed, int step, long firstRow, int rows, float[] u, double[] logDensity);

  /**
   * Log-densities of given rows.
   *
   * @param u {@code [rows][dimension]} row-major; values outside [0, 1] are clamped
   * @param rows how many rows count, at least 0
   * @param logDensity {@code [rows]} log q(u), written; NaN where a value of the row is NaN
   * @throws IllegalArgumentException if an array is too short
   */
  void logDensity(float[] u, int rows, double[] logDensity);

  /**
   * One gradient step on −(1/rows) Σ wₙ log q(uₙ) + (c/rows) Σ q(uₙ)/qᵢ(uₙ): clip the global
   * gradient norm, apply Adam, advance the schedule.
   *
   * <p>The first sum is the cross-entropy that is to fall. The second has the expectation c
   * whatever q is, as the rows are drawn from qᵢ, so it leaves the expected gradient as it is and
   * takes noise out of it: see {@link ControlVariate}. A ratio counts as at most {@link
   * ControlVariate#MAX_RATIO}.
   *
   * <p>A step whose loss or gradient is not finite, as where a row of u is NaN, leaves the
   * parameters as they are and advances the schedule: see {@link TrainingStep#applied()}.
   *
   * @param u {@code [rows][dimension]} row-major; values outside [0, 1] are clamped
   * @param weights {@code [rows]} importance weights, finite, not negative; their mean over the
   *     whole buffer is 1
   * @param logProposal {@code [rows]} log qᵢ(u), the density the rows were drawn from; finite
   * @param control c, in [0, 1]; 0 trains on the cross-entropy alone
   * @param rows minibatch size, at least 1
   * @param settings optimiser and schedule
   * @throws IllegalArgumentException if a weight is negative or not finite, a log-proposal not
   *     finite, control outside its range, rows below 1 or an array too short; the flow is then as
   *     it was
   */
  TrainingStep train(
      float[] u,
      double[] weights,
      double[] logProposal,
      double control,
      int rows,
      OptimizerSettings settings);

  /** As above on the cross-entropy alone. */
  default TrainingStep train(float[] u, double[] weights, int rows, OptimizerSettings settings) {
    return train(u, weights, new double[Math.max(0, rows)], 0, rows, settings);
  }

  /**
   * Opens a fit to a buffer of weighted rows: what {@link #train} does, with the buffer handed over
   * once. Close it before the next is opened; an engine that keeps the buffer on its device has
   * room for one.
   *
   * <p>Nothing is copied on the host: the arrays must stay as they are until the fit is closed.
   *
   * @param u {@code [rows][dimension]} row-major; values outside [0, 1] are clamped
   * @param weights {@code [rows]} importance weights, finite, not negative; their mean is 1 over
   *     the rows that minibatches are made of
   * @param logProposal {@code [rows]} log qᵢ(u), the density the rows were drawn from; finite
   * @param rows how many rows count, at least 1
   * @throws IllegalArgumentException if a weight is negative or not finite, a log-proposal not
   *     finite, rows below 1 or an array too short
   * @throws IllegalStateException if the engine has room for one fit and another is open
   */
  default Fit fit(float[] u, double[] weights, double[] logProposal, int rows) {
    FlowArguments.requireRows(rows, 1, architecture().dimension(), u.length, weights.length);
    FlowArguments.requireWeights(weights, rows);
    FlowArguments.requireProposals(logProposal, rows);
    return new HostFit(this, u, weights, logProposal, rows);
  }

  /** A copy of everything training changes. */
  FlowState exportState();

  /**
   * Replaces everything training changes.
   *
   * @throws IllegalArgumentException if the arrays do not fit this architecture, naming both
   *     lengths
   */
  void importState(FlowState state);

  @Override
  void close();
}
