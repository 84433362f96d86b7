package dev.cmt.actors.pool;

/**
 * Samples of the flow on their way to an energy worker. The arrays belong to the receiver of the
 * message.
 *
 * @param step annealing step
 * @param batch index within the step
 * @param firstRow index of the first row within the step
 * @param u {@code [rows][dimension]} unit coordinates
 * @param logQ {@code [rows]} log q(u)
 * @param sampleSeconds what sampling took
 */
public record SampledBatch(
    int step, int batch, long firstRow, float[] u, double[] logQ, double sampleSeconds) {
  /** Rows of the batch. */
  public int rows() {
    return logQ.length;
  }

  /** Whether both are the same part of the same step, whatever arrays they hold. */
  public boolean isSameAs(SampledBatch other) {
    return step == other.step && batch == other.batch;
  }
}
