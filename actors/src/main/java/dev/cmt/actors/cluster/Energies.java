package dev.cmt.actors.cluster;

/**
 * What a node says of a batch; the samples themselves stayed with the head.
 *
 * @param run tells the run from others
 * @param assignment the handing-out it answers
 * @param step annealing step
 * @param batch index within the step
 * @param logP {@code [rows]} log p̃(x); NaN where the row failed
 * @param logVolume {@code [rows]} log |dx/du|; NaN where the map failed
 * @param seconds what the worker took
 */
public record Energies(
    long run,
    long assignment,
    int step,
    int batch,
    double[] logP,
    double[] logVolume,
    double seconds)
    implements ToHead, BulkMessage {
  /** Checks that both columns are of one length. */
  public Energies {
    if (logP.length != logVolume.length) {
      throw new IllegalArgumentException(
          "logP (%d rows) and logVolume (%d) must have the same length."
              .formatted(logP.length, logVolume.length));
    }
  }
}
