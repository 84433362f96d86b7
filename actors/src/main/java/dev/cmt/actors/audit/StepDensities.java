package dev.cmt.actors.audit;

import dev.cmt.actors.run.RecordedRun;
import dev.cmt.buffer.JournalDamage;
import dev.cmt.buffer.RecordedSamples;
import dev.cmt.buffer.StepLedger;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Both log-densities of all rows of a step, from its queue or, if that is gone, from its ledger.
 * The arrays are not copied.
 */
final class StepDensities {
  private final String source;
  private final double[] logQ;
  private final double[] logP;

  /**
   * @param source {@code journal} or {@code ledger}
   * @param logQ {@code [rows]} in the order of the rows; NaN where the row failed
   * @param logP {@code [rows]} in kT at the run's temperature; NaN where the row failed
   */
  StepDensities(String source, double[] logQ, double[] logP) {
    this.source = source;
    this.logQ = logQ;
    this.logP = logP;
  }

  String source() {
    return source;
  }

  double[] logQ() {
    return logQ;
  }

  double[] logP() {
    return logP;
  }

  int rows() {
    return logQ.length;
  }

  /**
   * Reads a step.
   *
   * @return empty unless all of its rows are there
   * @throws IOException if what is there is damaged
   */
  static Optional<StepDensities> read(RecordedRun run, int step) throws IOException {
    try {
      return fromQueue(run, step);
    } catch (NoSuchFileException e) {
      return fromLedger(run, step);
    }
  }

  private static Optional<StepDensities> fromQueue(RecordedRun run, int step) throws IOException {
    // Without their coordinates, which may be gigabytes.
    TreeMap<Integer, double[]> q = new TreeMap<>();
    TreeMap<Integer, double[]> p = new TreeMap<>();
    List<JournalDamage> damage =
        RecordedSamples.read(
            run.directory(),
            step,
            batch -> {
              q.put(batch.batch(), batch.logQ());
              p.put(batch.batch(), batch.logP());
            });
    if (!damage.isEmpty()) {
      throw new IOException(damage.get(0).toString());
    }
    return q.size() < run.batches(step)
        ? Optional.empty()
        : Optional.of(new StepDensities("journal", concatenated(q), concatenated(p)));
  }

  private static double[] concatenated(SortedMap<Integer, double[]> batches) {
    return batches.values().stream().flatMapToDouble(Arrays::stream).toArray();
  }

  private static Optional<StepDensities> fromLedger(RecordedRun run, int step) throws IOException {
    try {
      StepLedger ledger = StepLedger.read(run.directory(), step);
      return ledger.rows() == run.config().annealing().samplesPerStep()
          ? Optional.of(new StepDensities("ledger", ledger.logQ(), ledger.logP()))
          : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
