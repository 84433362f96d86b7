package dev.cmt.buffer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A copy of a run under way, from which the run can go on without the original: takes completed
 * steps one after the other ({@link SealedSteps} has them) and is a run directory after each. A
 * step is taken like a step is recorded: samples, checkpoint, line of steps.jsonl, and then the
 * journal's events, so that a death at any instant leaves a run that goes on from the step before;
 * what has come already is not asked for again. Holds the {@link RunLock} until it is closed.
 * Methods may be called from any thread; they run one at a time.
 */
public final class RunReplica implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * What the original keeps, and its copy with it.
   *
   * @param checkpoints how many of whole steps, at least 1
   * @param samples of how many steps, and whether their ledgers
   * @param stepRows rows of a whole step, at least 1
   */
  public record Policy(int checkpoints, Retention samples, int stepRows) {
    /** Checks the numbers. */
    public Policy {
      if (checkpoints < 1 || stepRows < 1) {
        throw new IllegalArgumentException(
            "checkpoints (%d) and rows of a step (%d) must be at least 1."
                .formatted(checkpoints, stepRows));
      }
    }
  }

  /** Where the bytes come from. */
  @FunctionalInterface
  public interface Source {
    /**
     * Reads on in a file, as {@link SealedSteps#read} does.
     *
     * @throws GoneException if it is not there any more
     */
    SealedSteps.Piece read(SealedFile file, long offset) throws IOException;
  }

  private final RunLock lock;
  private final RunJournal journal;
  private final StepsLog steps;
  private final CheckpointStore checkpoints;
  private final List<RunEvent> events;
  private final List<CheckpointRef> recorded = new ArrayList<>();
  private final List<CheckpointRef> written = new ArrayList<>();
  private final List<SealedStep> pending = new ArrayList<>();
  private final Consumer<JournalDamage> onDamage;
  private volatile int completedSteps;

  private RunReplica(RunLock lock, Consumer<JournalDamage> onDamage) throws IOException {
    this.lock = lock;
    this.onDamage = onDamage;
    this.checkpoints = new CheckpointStore(lock.directory());
    RunJournal openedJournal = RunJournal.open(lock);
    StepsLog openedSteps = null;
    try {
      openedJournal.damage().forEach(onDamage);
      openedSteps = StepsLog.open(lock);
      events = new ArrayList<>(openedJournal.replay());
      NavigableMap<Integer, RunEvent.StepCompleted> completed = RunJournal.completed(events);
      completed.values().forEach(step -> recorded.add(step.ref()));
      completedSteps = firstToTake(completed);
      Map<Integer, String> lines = new TreeMap<>();
      completed.values().stream()
          .filter(step -> step.record() != null)
          .forEach(step -> lines.put(step.step(), step.record()));
      openedSteps.reconcile(completedSteps, lines);
    } catch (IOException | RuntimeException | Error e) {
      openedJournal.close();
      if (openedSteps != null) {
        openedSteps.close();
      }
      throw e;
    }
    journal = openedJournal;
    steps = openedSteps;
  }

  /** The step after the newest whose checkpoint is as it was written: from there a run goes on. */
  private int firstToTake(NavigableMap<Integer, RunEvent.StepCompleted> completed)
      throws IOException {
    for (RunEvent.StepCompleted step : completed.descendingMap().values()) {
      if (checkpoints.intact(step.checkpoint(), List.of(step.ref())).isPresent()) {
        return step.step() + 1;
      }
    }
    return 0;
  }

  /**
   * Opens a copy to go on with it, or begins one.
   *
   * @param root the directory; made if it is not there
   * @param onDamage is told of each record that cannot be trusted, of the copy itself or as it came
   * @throws RunLockedException if another process works on the directory
   * @throws java.nio.file.FileAlreadyExistsException if it holds files of somebody else
   */
  public static RunReplica open(Path root, Consumer<JournalDamage> onDamage) throws IOException {
    RunDirectory directory =
        RunDirectory.isRun(root) ? RunDirectory.open(root) : RunDirectory.create(root);
    RunLock lock = RunLock.acquire(directory);
    try {
      return new RunReplica(lock, onDamage);
    } catch (IOException | RuntimeException | Error e) {
      lock.close();
      throw e;
    }
  }

  /** Steps with which a run would go on from here. */
  public int completedSteps() {
    return completedSteps;
  }

  /** The step that is missing next. */
  public synchronized int next() {
    return pending.isEmpty() ? completedSteps : pending.get(pending.size() - 1).step() + 1;
  }

  /**
   * Takes a step. Of a run that has come far its early steps have no checkpoint or no samples any
   * more; they count once the first that has both is there, as the newest always has.
   *
   * @param step the step {@link #next}
   * @param newest whether the run had completed no later one when the step was offered
   * @param policy what stays of earlier steps
   * @param source reads the step's files
   * @throws GoneException if a file is not there any more: ask for the step again
   * @throws DiskFullException if there is no room
   * @throws IOException if the step is of another run, or cannot be written
   */
  public synchronized void take(SealedStep step, boolean newest, Policy policy, Source source)
      throws IOException {
    lock.forWriting();
    if (step.step() != next()) {
      throw new IllegalArgumentException(
          "Step %d was offered; step %d is missing next.".formatted(step.step(), next()));
    }
    requireSameRun(step);
    try (ReplayBuffer samples = ReplayBuffer.open(lock, policy.samples(), onDamage)) {
      for (SealedFile file : step.files()) {
        fetch(file, policy, samples, source);
      }
      boolean hasSamples = samples.rows(step.step()) == policy.stepRows();
      if (!hasSamples) {
        samples.delete(step.step()); // a part that was there from before, and given up meanwhile
      }
      pending.add(step);
      boolean whole =
          hasSamples && Files.exists(checkpoints.path(CheckpointStore.name(step.step())));
      if (whole && (newest || step.step() == 0 || hasCheckpointBefore(step.step()))) {
        commit(policy, samples);
      }
    }
  }

  private boolean hasCheckpointBefore(int step) {
    return Files.exists(checkpoints.path(CheckpointStore.name(step - 1)));
  }

  private void requireSameRun(SealedStep step) throws IOException {
    Set<String> own = new HashSet<>();
    for (RunEvent event : events) {
      if (event instanceof RunEvent.RunStarted started) {
        own.add(started.configHash());
      }
    }
    RunDirectory run = lock.directory();
    if (Files.exists(run.manifest())) {
      JsonNode hash = JSON.readTree(run.manifest().toFile()).path("config_hash");
      own.add(hash.asText());
    }
    for (RunEvent event : step.events()) {
      if (event instanceof RunEvent.RunStarted started
          && !own.isEmpty()
          && !own.contains(started.configHash())) {
        throw new IOException(
            "%s holds another run (config hash %s) than the one to be copied (%s); name another directory."
                .formatted(run.root(), String.join(", ", own), started.configHash()));
      }
    }
  }

  private void fetch(SealedFile file, Policy policy, ReplayBuffer samples, Source source)
      throws IOException {
    Path path = file.in(lock.directory());
    AtomicFile.Content copy = target -> copy(file, source, target);
    switch (file.kind()) {
      case MANIFEST -> {
        if (!Files.exists(path)) {
          AtomicFile.write(path, copy);
        }
      }
      case LEDGER -> {
        if (!Files.exists(path)) {
          StepLedger.makeDirectory(lock.directory());
          AtomicFile.write(path, copy);
        }
      }
      case CHECKPOINT -> {
        CheckpointRef original =
            new CheckpointRef(CheckpointStore.name(file.step()), file.sha256());
        if (checkpoints.intact(original.name(), List.of(original)).isEmpty()) {
          checkpoints.write(original, copy);
        }
        written.add(original);
      }
      case SAMPLES -> {
        if (samples.rows(file.step()) != policy.stepRows()) {
          samples.install(file.step(), copy);
        }
      }
    }
  }

  private void copy(SealedFile file, Source source, Path target) throws IOException {
    try (RandomAccessFile to = new RandomAccessFile(target.toFile(), "rw")) {
      to.setLength(file.bytes());
      for (long at = 0; at < file.bytes(); ) {
        SealedSteps.Piece piece = source.read(file, at);
        long end = piece.offset() + piece.bytes().length;
        if (piece.offset() < at || end <= at || end > file.bytes()) {
          throw new IOException(
              "A piece of %s lies at bytes %d to %d; one after byte %d of %d was asked for."
                  .formatted(file, piece.offset(), end, at, file.bytes()));
        }
        DiskSpace.require(
            lock.directory().root(), piece.bytes().length, "A copy of " + file.toString());
        to.seek(piece.offset());
        to.write(piece.bytes());
        at = end;
      }
    }
  }

  /** Names the steps that are there in the journal, as whoever completed them did. */
  private void commit(Policy policy, ReplayBuffer samples) throws IOException {
    for (SealedStep step : pending) {
      for (RunEvent event : step.events()) {
        if (event instanceof RunEvent.StepCompleted done) {
          if (done.record() != null) {
            steps.append(done.record());
          }
          recorded.add(done.ref());
        }
        if (!(event instanceof RunEvent.RunStarted) || !event.equals(lastStart())) {
          journal.append(event);
          events.add(event);
        }
      }
    }
    journal.sync();
    int newest = pending.get(pending.size() - 1).step();
    pending.clear();
    completedSteps = newest + 1;
    checkpoints.prune(policy.checkpoints(), recorded, written);
    checkpoints.pruneFitsBefore(CheckpointStore.name(newest));
    samples.applyRetention(checkpoints.retentionStep(newest + 1), policy.stepRows());
  }

  private RunEvent lastStart() {
    return events.stream()
        .filter(RunEvent.RunStarted.class::isInstance)
        .reduce((a, b) -> b)
        .orElse(null);
  }

  /** The directory. */
  public RunDirectory directory() {
    return lock.directory();
  }

  /** Gives the directory back. */
  @Override
  public synchronized void close() throws IOException {
    try (lock;
        journal;
        steps) {
      if (lock.isHeld()) {
        journal.sync();
      }
    }
  }
}
