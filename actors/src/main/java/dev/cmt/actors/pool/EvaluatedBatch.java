package dev.cmt.actors.pool;

/**
 * A batch with both log-densities in the target's own measure, on its way to the journal.
 *
 * @param sampled the samples
 * @param logQ {@code [rows]} log q(x) = log q(u) − log |dx/du|
 * @param logP {@code [rows]} log p̃(x); NaN where the row failed
 * @param logVolume {@code [rows]} log |dx/du|; NaN where the map failed
 * @param energySeconds what the worker took
 */
public record EvaluatedBatch(
    SampledBatch sampled, double[] logQ, double[] logP, double[] logVolume, double energySeconds) {
  /**
   * Joins samples with what a worker says of them.
   *
   * @param sampled the samples
   * @param logP {@code [rows]} log p̃(x)
   * @param logVolume {@code [rows]} log |dx/du|
   * @param energySeconds what the worker took
   * @throws IllegalArgumentException if there are not as many values as samples
   */
  public static EvaluatedBatch of(
      SampledBatch sampled, double[] logP, double[] logVolume, double energySeconds) {
    int rows = sampled.rows();
    if (logP.length != rows || logVolume.length != rows) {
      throw new IllegalArgumentException(
          "Batch %d of step %d has %d rows; its result has %d energies and %d volumes."
              .formatted(sampled.batch(), sampled.step(), rows, logP.length, logVolume.length));
    }
    double[] logQ = new double[rows];
    for (int row = 0; row < rows; row++) {
      logQ[row] = sampled.logQ()[row] - logVolume[row];
    }
    return new EvaluatedBatch(sampled, logQ, logP, logVolume, energySeconds);
  }
}
