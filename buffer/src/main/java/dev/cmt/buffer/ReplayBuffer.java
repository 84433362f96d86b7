package dev.cmt.buffer;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The evaluated samples of annealing steps: one queue directory a step, {@code
 * journal/step-000012}. A queue can only be deleted as a whole, so a step is what can be given up.
 *
 * <p>What {@link #append} returned from survives the death of the process, what {@link #sync}
 * returned from that of the machine. A batch is told by its number: of two with the same number the
 * first is kept, so work that is done twice does no harm. The step last used stays open; using
 * another closes it. Methods may be called from any thread; they run one at a time.
 */
public final class ReplayBuffer implements AutoCloseable {
  /** With what a failed repair leaves behind, so that deleting a step deletes that as well. */
  private static final Pattern STEP = Pattern.compile("step-(\\d{6,})(\\..*)?");

  private final RunLock lock;
  private final Path journal;
  private final Retention retention;
  private final Consumer<JournalDamage> onDamage;
  private StepQueue open;

  private ReplayBuffer(RunLock lock, Retention retention, Consumer<JournalDamage> onDamage) {
    this.lock = lock;
    this.journal = lock.forWriting().journal();
    this.retention = retention;
    this.onDamage = onDamage;
  }

  /**
   * @param retention which steps {@link #applyRetention} keeps
   * @param onDamage is told of each batch that cannot be trusted, when its step is opened; such a
   *     batch is not in {@link #batches} and can be appended again
   */
  public static ReplayBuffer open(
      RunLock lock, Retention retention, Consumer<JournalDamage> onDamage) {
    return new ReplayBuffer(lock, retention, onDamage);
  }

  /** Size on disk of a step, without small change; ask {@link DiskSpace} for twice as much. */
  public static long stepBytes(long rows, int dimension, int rowsPerBatch) {
    if (rows < 0 || dimension < 1 || rowsPerBatch < 1) {
      throw new IllegalArgumentException(
          "A step of %d rows (at least 0) x %d (at least 1) in batches of %d (at least 1) has no size."
              .formatted(rows, dimension, rowsPerBatch));
    }
    long batches = (rows + rowsPerBatch - 1) / rowsPerBatch;
    return rows * (SampleBatch.bytes(1, dimension) - SampleBatch.bytes(0, dimension))
        + batches * (SampleBatch.bytes(0, dimension) + RecordFrame.BYTES + 8);
  }

  /**
   * Keeps a batch; when this returns, it is acknowledged.
   *
   * @return false if a batch of this number was there already (which is kept)
   * @throws IllegalArgumentException if the dimension differs from that of the step's other batches
   *     or the batch exceeds 16 MiB
   * @throws DiskFullException if the device has no room for it
   */
  public synchronized boolean append(SampleBatch batch) throws IOException {
    return queue(batch.step()).append(batch);
  }

  /** Returns when everything appended is on the device. */
  public synchronized void sync() throws IOException {
    if (open != null) {
      open.sync();
    }
  }

  /** Numbers of the batches of {@code step} that are there. */
  public synchronized SortedSet<Integer> batches(int step) throws IOException {
    return exists(step) ? queue(step).batches() : new TreeSet<>();
  }

  /** All samples of {@code step}, ordered by batch; empty if there are none. */
  public synchronized StepSamples readAll(int step) throws IOException {
    return exists(step)
        ? queue(step).readAll()
        : new StepSamples(
            step, 0, 0, new int[0], new float[0], new double[0], new double[0], new double[0]);
  }

  /** Rows of the batches of {@code step} that are there. */
  public synchronized long rows(int step) throws IOException {
    return hasQueue(step) ? queue(step).rows() : 0;
  }

  /**
   * Puts a copy of a whole queue in the place of what there is of {@code step}, and checks its
   * records; damaged ones are reported and set aside as those of any other queue.
   *
   * @param copy writes the queue's file as it lies elsewhere
   */
  synchronized void install(int step, AtomicFile.Content copy) throws IOException {
    lock.forWriting();
    delete(step);
    ExcerptLog.install(directory(step), copy);
    queue(step);
  }

  /** The steps that have a queue. */
  public synchronized SortedSet<Integer> steps() throws IOException {
    SortedSet<Integer> steps = new TreeSet<>();
    for (Path directory : directories()) {
      steps.add(stepOf(directory));
    }
    return steps;
  }

  /** Says of a batch whether it stays. */
  @FunctionalInterface
  public interface BatchFilter {
    /**
     * @param batch number of the batch in its step
     * @param firstRow number in the step of its first row
     * @param rows how many it has
     */
    boolean keeps(int batch, long firstRow, int rows);
  }

  /**
   * Drops batches of {@code step} that do not pass, as after the step's size has changed. At any
   * instant the step has all it had, or all that pass.
   *
   * @return how many were dropped
   */
  public synchronized int retain(int step, BatchFilter filter) throws IOException {
    int strangers = exists(step) ? queue(step).strangers(filter) : 0;
    if (strangers > 0) {
      StepQueue closing = open;
      open = null;
      closing.closeKeeping(filter);
    }
    return strangers;
  }

  /** Deletes the samples of {@code step}, if there are any. */
  public synchronized void delete(int step) throws IOException {
    if (open != null && open.step() == step) {
      open.close();
      open = null;
    }
    if (Files.exists(directory(step))) {
      // A queue goes as a whole: half of one would look damaged to the next process.
      Path deleted = journal.resolve(directory(step).getFileName() + ".deleted");
      DirectoryTree.delete(deleted);
      AtomicFile.rename(directory(step), deleted);
    }
    for (Path directory : directories()) {
      if (stepOf(directory) == step) {
        DirectoryTree.delete(directory);
      }
    }
  }

  /**
   * Deletes the steps that the retention does not keep while {@code currentStep} is at work. If it
   * asks for ledgers, each step's is on the device before the step goes; a step that has lost rows
   * to damage stays as it is, because its ledger would be short.
   *
   * @param stepRows rows of a whole step
   * @return the deleted steps
   */
  public synchronized List<Integer> applyRetention(int currentStep, int stepRows)
      throws IOException {
    List<Integer> deleted = new ArrayList<>();
    for (int step : steps()) {
      if (!retention.keeps(step, currentStep) && hasLedgerIfAsked(step, stepRows)) {
        delete(step);
        deleted.add(step);
      }
    }
    return deleted;
  }

  private boolean hasLedgerIfAsked(int step, int stepRows) throws IOException {
    if (!retention.ledger() || !hasQueue(step)) {
      return true;
    }
    StepSamples samples = readApart(step);
    if (samples.rows() != stepRows) {
      return false;
    }
    new StepLedger(step, samples.logQ(), samples.logP()).write(lock);
    return true;
  }

  /** Reads a step that is given up, and leaves open the one that is being collected. */
  private StepSamples readApart(int step) throws IOException {
    if (open != null && open.step() == step) {
      return open.readAll();
    }
    lock.forWriting();
    try (StepQueue queue = StepQueue.open(directory(step), step)) {
      queue.damage().forEach(onDamage);
      return queue.readAll();
    }
  }

  /** Syncs the open step to the device and closes it. */
  @Override
  public synchronized void close() throws IOException {
    closeStep();
  }

  private StepQueue queue(int step) throws IOException {
    lock.forWriting();
    if (open == null || open.step() != step) {
      closeStep();
      open = StepQueue.open(directory(step), step);
      open.damage().forEach(onDamage);
    }
    return open;
  }

  private void closeStep() throws IOException {
    if (open != null) {
      try (StepQueue closing = open) {
        open = null;
        closing.sync();
      }
    }
  }

  private boolean exists(int step) throws IOException {
    return steps().contains(step);
  }

  /** Whether there is a queue, and not only what is left of one that was deleted or damaged. */
  private boolean hasQueue(int step) {
    return Files.exists(directory(step))
        || Files.exists(journal.resolve(directory(step).getFileName() + ".repaired"));
  }

  private Path directory(int step) {
    return directory(journal, step);
  }

  /** The directory of a step's queue. */
  static Path directory(Path journal, int step) {
    return journal.resolve(String.format(Locale.ROOT, "step-%06d", step));
  }

  private List<Path> directories() throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(journal, "step-*")) {
      for (Path entry : entries) {
        if (STEP.matcher(entry.getFileName().toString()).matches()) {
          found.add(entry);
        }
      }
    }
    return found;
  }

  private static int stepOf(Path directory) {
    Matcher name = STEP.matcher(directory.getFileName().toString());
    if (!name.matches()) {
      throw new IllegalArgumentException(directory + " is not the directory of a step.");
    }
    return Integer.parseInt(name.group(1));
  }
}
