package dev.cmt.actors.run;

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
record SampledBatch(
    int step, int batch, long firstRow, float[] u, double[] logQ, double sampleSeconds) {
  int rows() {
    return logQ.length;
  }
}
