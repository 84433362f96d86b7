package dev.cmt.buffer;

import dev.cmt.buffer.RecordScan.AfterDamage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The queue of one annealing step: one record a {@link SampleBatch}. */
final class StepQueue implements AutoCloseable {
  static final int MAGIC = 0x53544d43; // "CMTS" in a little-endian file

  private final Path directory;
  private final int step;
  private final ExcerptLog log;

  /** Where each batch lies: its first record. A record of the same batch after it is not used. */
  private final TreeMap<Integer, Entry> entries = new TreeMap<>();

  private long records;
  private int dimension;

  private record Entry(long record, long firstRow, int rows) {}

  private StepQueue(Path directory, int step, ExcerptLog log) {
    this.directory = directory;
    this.step = step;
    this.log = log;
  }

  /**
   * @param directory of the queue; created if absent
   */
  static StepQueue open(Path directory, int step) throws IOException {
    ExcerptLog log = ExcerptLog.open(directory, MAGIC, AfterDamage.SKIP);
    StepQueue queue = new StepQueue(directory, step, log);
    try {
      queue.requireSound(
          log.scan(
              AfterDamage.SKIP,
              (record, payload) -> queue.register(SampleBatch.Header.read(payload))));
    } catch (IOException | RuntimeException | Error e) {
      log.close();
      throw e;
    }
    return queue;
  }

  int step() {
    return step;
  }

  List<JournalDamage> damage() {
    return log.damage();
  }

  /** Whether the batch was new; one that is there already is not written again. */
  boolean append(SampleBatch batch) throws IOException {
    if (dimension != 0 && batch.dimension() != dimension) {
      throw new IllegalArgumentException(
          "Batch %d of step %d has dimension %d, the step's other batches have %d."
              .formatted(batch.batch(), step, batch.dimension(), dimension));
    }
    if (batch.bytes() > ExcerptLog.MAX_PAYLOAD_BYTES) {
      throw new IllegalArgumentException(
          "A batch of %d rows x %d takes %d bytes, at most %d are possible; use fewer rows a batch."
              .formatted(
                  batch.rows(), batch.dimension(), batch.bytes(), ExcerptLog.MAX_PAYLOAD_BYTES));
    }
    if (entries.containsKey(batch.batch())) {
      return false;
    }
    log.append((int) batch.bytes(), batch::write);
    register(batch.header());
    return true;
  }

  private void register(SampleBatch.Header header) {
    if (header.step() != step || (dimension != 0 && header.dimension() != dimension)) {
      throw new IllegalStateException(
          "%s holds %s, which is not of this step; move the directory away and start again."
              .formatted(directory, header));
    }
    dimension = header.dimension();
    entries.putIfAbsent(header.batch(), new Entry(records++, header.firstRow(), header.rows()));
  }

  SortedSet<Integer> batches() {
    return Collections.unmodifiableSortedSet(new TreeSet<>(entries.keySet()));
  }

  /** Rows of all batches. */
  long rows() {
    return entries.values().stream().mapToLong(Entry::rows).sum();
  }

  /** How many batches a filter would drop. */
  int strangers(ReplayBuffer.BatchFilter filter) {
    return (int)
        entries.entrySet().stream()
            .filter(
                entry ->
                    !filter.keeps(entry.getKey(), entry.getValue().firstRow, entry.getValue().rows))
            .count();
  }

  /** Closes the queue and drops the batches that do not pass. */
  void closeKeeping(ReplayBuffer.BatchFilter filter) throws IOException {
    log.closeKeeping(
        AfterDamage.SKIP,
        payload -> {
          SampleBatch.Header header = SampleBatch.Header.read(payload);
          return filter.keeps(header.batch(), header.firstRow(), header.rows());
        });
  }

  StepSamples readAll() throws IOException {
    long rows = rows();
    if (rows * dimension > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException(
          "Step %d has %d rows x %d, more than one array can hold; use fewer samples a step."
              .formatted(step, rows, dimension));
    }
    TreeMap<Long, Integer> firstRowOfRecord = new TreeMap<>();
    int next = 0;
    for (Entry entry : entries.values()) {
      firstRowOfRecord.put(entry.record, next);
      next += entry.rows;
    }
    float[] u = new float[(int) rows * dimension];
    double[] logQ = new double[(int) rows];
    double[] logP = new double[(int) rows];
    double[] logVolume = new double[(int) rows];
    requireSound(
        log.scan(
            AfterDamage.SKIP,
            (record, payload) -> {
              Integer first = firstRowOfRecord.get(record);
              if (first == null) {
                return; // a repetition
              }
              SampleBatch.Header header = SampleBatch.Header.read(payload);
              int values = header.rows() * header.dimension();
              payload
                  .slice()
                  .order(payload.order())
                  .asFloatBuffer()
                  .get(u, first * dimension, values);
              payload.position(payload.position() + 4 * values);
              payload
                  .slice()
                  .order(payload.order())
                  .asDoubleBuffer()
                  .get(logQ, first, header.rows())
                  .get(logP, first, header.rows())
                  .get(logVolume, first, header.rows());
            }));
    int[] batches = entries.keySet().stream().mapToInt(Integer::intValue).toArray();
    return new StepSamples(step, (int) rows, dimension, batches, u, logQ, logP, logVolume);
  }

  void sync() throws IOException {
    log.sync();
  }

  @Override
  public void close() {
    log.close();
  }

  /** Damage was repaired when the log was opened; more of it means that the device is failing. */
  private void requireSound(List<JournalDamage> damage) throws IOException {
    if (!damage.isEmpty()) {
      throw new IOException(
          "A replay buffer was damaged while it was open; check the disk. " + damage.get(0));
    }
  }
}
