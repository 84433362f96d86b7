package dev.cmt.buffer;

import dev.cmt.buffer.RecordScan.AfterDamage;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The samples of a run for those who only look: without its lock, also while it is at work, and
 * without changing a byte. Who writes uses {@link ReplayBuffer}. Stateless.
 */
public final class RecordedSamples {
  private RecordedSamples() {}

  /** Takes the batches of a step one by one. */
  @FunctionalInterface
  public interface BatchReader {
    /** Takes a batch; it is the reader's. */
    void read(SampleBatch batch) throws IOException;
  }

  /** The steps that have a queue. */
  public static SortedSet<Integer> steps(RunDirectory run) throws IOException {
    SortedSet<Integer> steps = new TreeSet<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(run.journal(), "step-*")) {
      for (Path entry : entries) {
        String number = entry.getFileName().toString().substring("step-".length());
        if (number.matches("\\d{6,9}")) {
          steps.add(Integer.valueOf(number));
        }
      }
    } catch (NoSuchFileException e) {
      return steps; // a run that died before its first step
    }
    return steps;
  }

  /** Where the queue of a step lies, whether it is there or not. */
  public static Path queue(RunDirectory run, int step) {
    return ReplayBuffer.directory(run.journal(), step);
  }

  /**
   * Reads the batches of a step in the order they were stored; of two with the same number the
   * first counts, as it does for a run.
   *
   * @return what is damaged; a damaged record is not handed on
   * @throws NoSuchFileException if the step has no queue
   * @throws IOException if the queue cannot be opened, or holds something of another version or of
   *     another kind
   */
  public static List<JournalDamage> read(RunDirectory run, int step, BatchReader reader)
      throws IOException {
    Path queue = queue(run, step);
    if (!Files.isDirectory(queue)) {
      throw new NoSuchFileException(queue.toString(), null, "the step has no queue");
    }
    Set<Integer> seen = new HashSet<>();
    return ExcerptLog.read(
        queue,
        StepQueue.MAGIC,
        AfterDamage.SKIP,
        (record, payload) -> {
          SampleBatch batch;
          try {
            batch = SampleBatch.read(payload);
          } catch (IllegalArgumentException e) {
            throw new IOException(
                "Record %d of %s is no batch: %s".formatted(record, queue, e.getMessage()), e);
          }
          if (seen.add(batch.batch())) {
            reader.read(batch);
          }
        });
  }
}
