package dev.cmt.flow;

/**
 * A fit of a flow to one buffer of weighted rows, opened by {@link Flow#fit}: the buffer stays with
 * the engine that computes, and many gradient steps are one call. Belongs to the flow's thread and
 * is of no use once the flow is closed; between its calls the flow may be asked for anything else.
 */
public interface Fit extends AutoCloseable {
  /**
   * Does gradient steps, each as {@link Flow#train} does one. However a fit is cut into such calls,
   * its flow, its steps and its control variate have the same bits.
   *
   * @param minibatchRows {@code [steps][batchSize]} row-major, rows of the buffer; a row may occur
   *     more than once
   * @param batchSize rows of a minibatch, at least 1
   * @param controlled whether the control variate takes part, with the coefficient that the steps
   *     before have taught it; without, its coefficient is 0 and it still learns
   * @param variate what the fit has learned of its control variate so far; {@link
   *     ControlVariate#START} at the begin
   * @param settings optimiser and schedule
   * @throws IllegalArgumentException if the rows are not those of whole minibatches, of one at
   *     least, or one is not in the buffer; the flow is then as it was
   * @throws IllegalStateException if this fit or its flow was closed
   */
  FitSlice train(
      int[] minibatchRows,
      int batchSize,
      boolean controlled,
      ControlVariate variate,
      OptimizerSettings settings);

  /** Gives up the buffer; the flow stays as the last step left it. */
  @Override
  void close();
}
