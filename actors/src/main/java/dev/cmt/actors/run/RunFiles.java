package dev.cmt.actors.run;

import dev.cmt.buffer.CheckpointRef;
import dev.cmt.buffer.CheckpointStore;
import dev.cmt.buffer.JournalDamage;
import dev.cmt.buffer.ReplayBuffer;
import dev.cmt.buffer.Retention;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunEvent;
import dev.cmt.buffer.RunJournal;
import dev.cmt.buffer.RunLock;
import dev.cmt.buffer.StepsLog;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.checkpoint.FlowCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run directory open for writing: lock, journal, samples, checkpoints, step log. Opening it reads
 * and repairs what an earlier process left. Owned by {@link TrainingRun}, used by the buffer actor
 * alone between opening and closing.
 */
final class RunFiles implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunFiles.class);

  private final RunLock lock;
  private final RunJournal journal;
  private final ReplayBuffer samples;
  private final StepsLog steps;
  private final CheckpointStore checkpoints;
  private final List<RunEvent> events;
  private final List<CheckpointRef> recorded = new ArrayList<>();
  private final List<CheckpointRef> written = new ArrayList<>();
  private int damagedBatches;

  private RunFiles(RunLock lock, Retention retention) throws IOException {
    this.lock = lock;
    RunJournal openedJournal = RunJournal.open(lock);
    StepsLog openedSteps = null;
    try {
      openedSteps = StepsLog.open(lock);
      openedJournal.damage().forEach(RunFiles::warn);
      events = new ArrayList<>(openedJournal.replay());
      recorded.addAll(recorded(events));
    } catch (IOException | RuntimeException | Error e) {
      openedJournal.close();
      if (openedSteps != null) {
        openedSteps.close();
      }
      throw e;
    }
    journal = openedJournal;
    steps = openedSteps;
    samples = ReplayBuffer.open(lock, retention, this::damagedBatch);
    checkpoints = new CheckpointStore(lock.directory());
  }

  private void damagedBatch(JournalDamage damage) {
    warn(damage);
    damagedBatches++;
  }

  private static void warn(JournalDamage damage) {
    LOG.warn("{}; it is set aside and not used", damage);
  }

  /**
   * Opens a run directory, or makes it.
   *
   * @param root the directory
   * @param retention which steps' samples stay
   * @param onLocked told when the directory is this process's, before anything in it is read
   * @throws dev.cmt.buffer.RunLockedException if another process works on it
   */
  static RunFiles open(Path root, Retention retention, Consumer<RunDirectory> onLocked)
      throws IOException {
    RunDirectory directory =
        RunDirectory.isRun(root) ? RunDirectory.open(root) : RunDirectory.create(root);
    RunLock lock = RunLock.acquire(directory);
    try {
      onLocked.accept(directory);
      return new RunFiles(lock, retention);
    } catch (IOException | RuntimeException | Error e) {
      lock.close();
      throw e;
    }
  }

  /**
   * Where to go on: from the newest checkpoint whose digest is right and, within a fit, whose
   * step's batches are all there; from the very beginning if there is none. Checkpoints of whole
   * steps that the journal has lost, or was not told of before its process died, are named in it
   * again, and so is that of the fit to go on with. Makes steps.jsonl agree with the journal and
   * deletes checkpoints of fits that are of no use any more.
   *
   * @param architecture the flow's; a checkpoint of another is refused
   * @param settings the shape of the run
   * @param changes what the config has otherwise than the run's beginning, for people to read
   */
  ResumePoint restore(
      FlowArchitecture architecture, RunPlan.Settings settings, List<String> changes)
      throws IOException {
    List<String> findings = new ArrayList<>(changes);
    int read = events.size();
    if (!journal.damage().isEmpty()) {
      findings.add("%d damaged events set aside".formatted(journal.damage().size()));
    }
    if (lock.removedLeftovers() > 0) {
      findings.add("%d half-written files removed".formatted(lock.removedLeftovers()));
    }
    Set<CheckpointRef> named = named(events);
    Optional<CheckpointRef> newest = newestUsable(settings, named, findings);
    boolean lost = newest.isPresent() && !named.contains(newest.get());
    List<CheckpointRef> intact = new ArrayList<>();
    for (String name : checkpoints.names()) {
      Optional<CheckpointRef> step = checkpoints.intact(name, named);
      step.ifPresent(intact::add);
      if (step.isPresent() && !named.contains(step.get()) && !step.equals(newest)) {
        nameAgain(step.get(), decode(checkpoints, step.get(), architecture).extraMetadata());
        findings.add(name + " named in the journal again");
      }
    }
    Optional<FlowCheckpoint.Decoded> decoded = Optional.empty();
    if (newest.isPresent()) {
      decoded = Optional.of(decode(checkpoints, newest.get(), architecture));
    }
    Map<String, String> metadata =
        decoded.map(FlowCheckpoint.Decoded::extraMetadata).orElse(Map.of());
    RunProgress progress =
        decoded.isPresent() ? CheckpointMetadata.progress(metadata) : RunProgress.start();
    FitFigures fit = CheckpointMetadata.fit(metadata);
    if (lost) {
      nameAgain(newest.get(), metadata);
    }
    StepsLog.Reconciled lines = steps.reconcile(progress.completedSteps(), recordedLines());
    if (lines.dropped() + lines.restored() + lines.lost() > 0) {
      findings.add(
          "steps.jsonl: %d lines dropped, %d restored, %d lost"
              .formatted(lines.dropped(), lines.restored(), lines.lost()));
    }
    // A process that died on its way to this left them, and they hold back the samples they need.
    checkpoints.prune(TrainingRun.CHECKPOINTS, recorded, intact);
    int fits = checkpoints.pruneFits(newest.map(CheckpointRef::name).orElse(null));
    if (fits > 0) {
      findings.add("%d checkpoints of fits removed".formatted(fits));
    }
    int step = progress.completedSteps();
    dropMisfits(step, settings);
    int stored = samples.batches(step).size();
    if (damagedBatches > 0) {
      findings.add("%d damaged records of samples set aside".formatted(damagedBatches));
    }
    String found =
        "%s: %d events%s; %d of %d steps complete, %d of %d batches of the next; %s%s"
            .formatted(
                directory().root(),
                read,
                findings.isEmpty() ? "" : " (" + String.join(", ", findings) + ")",
                step,
                settings.steps(),
                stored,
                settings.batches(step),
                fit.steps() > 0
                    ? "goes on at gradient step %d of %d from %s"
                        .formatted(fit.steps(), settings.gradientSteps(), newest.get().name())
                    : newest
                        .map(ref -> "goes on from " + ref.name())
                        .orElse(read == 0 ? "begins" : "goes on from the beginning"),
                lost ? ", which the journal does not name but whose own digest is right" : "");
    return new ResumePoint(decoded.map(FlowCheckpoint.Decoded::state), progress, fit, found);
  }

  private Optional<CheckpointRef> newestUsable(
      RunPlan.Settings settings, Set<CheckpointRef> named, List<String> findings)
      throws IOException {
    List<String> names = new ArrayList<>(checkpoints.newestFirst());
    if (!recorded.isEmpty() && !names.contains(last(recorded).name())) {
      findings.add(last(recorded).name() + " is not there");
    }
    for (String name : names) {
      Optional<CheckpointRef> checkpoint = checkpoints.intact(name, named);
      if (checkpoint.isEmpty()) {
        findings.add(name + " is not intact");
      } else if (!CheckpointStore.isOfFit(name)
          || isComplete(CheckpointStore.step(name), settings)) {
        return checkpoint;
      } else {
        findings.add(name + " lacks batches of its step");
      }
    }
    return Optional.empty();
  }

  private boolean isComplete(int step, RunPlan.Settings settings) throws IOException {
    dropMisfits(step, settings);
    return samples.batches(step).size() == settings.batches(step);
  }

  /** Gives up a step's batches of a size that the config no longer asks for. */
  void dropMisfits(int step, RunPlan.Settings settings) throws IOException {
    int dropped =
        samples.retain(step, (batch, firstRow, rows) -> settings.fits(step, batch, firstRow, rows));
    if (dropped > 0) {
      LOG.warn(
          "Step {} now asks for {} samples; {} of its batches do not fit and are given up",
          step,
          settings.samples(step),
          dropped);
    }
  }

  /** All checkpoints that a journal names, those of fits too. */
  static Set<CheckpointRef> named(List<RunEvent> events) {
    Set<CheckpointRef> named = new HashSet<>(recorded(events));
    for (RunEvent event : events) {
      if (event instanceof RunEvent.FitCheckpointed fit) {
        named.add(fit.ref());
      }
    }
    return named;
  }

  private void nameAgain(CheckpointRef checkpoint, Map<String, String> metadata)
      throws IOException {
    int step = step(checkpoint);
    RunEvent event;
    if (CheckpointStore.isOfFit(checkpoint.name())) {
      int done = CheckpointMetadata.fit(metadata).steps();
      event = new RunEvent.FitCheckpointed(step, done, checkpoint.name(), checkpoint.sha256());
    } else {
      event =
          new RunEvent.StepCompleted(
              step, checkpoint.name(), checkpoint.sha256(), CheckpointMetadata.line(metadata));
      recorded.add(checkpoint);
    }
    journal.append(event);
    events.add(event);
    journal.sync();
  }

  private Map<Integer, String> recordedLines() {
    Map<Integer, String> lines = new TreeMap<>();
    for (RunEvent event : events) {
      if (event instanceof RunEvent.StepCompleted step && step.record() != null) {
        lines.put(step.step(), step.record());
      }
    }
    return lines;
  }

  /** Hashes of the configs under which processes took the run up; empty if none has. */
  Set<String> configHashes() {
    Set<String> hashes = new LinkedHashSet<>();
    for (RunEvent event : events) {
      if (event instanceof RunEvent.RunStarted started) {
        hashes.add(started.configHash());
      }
    }
    return hashes;
  }

  /**
   * The state of the last step that the journal names.
   *
   * @throws IOException if its checkpoint is not there as it was written
   */
  FlowState lastState(FlowArchitecture architecture) throws IOException {
    return decode(checkpoints, last(recorded), architecture).state();
  }

  /** Of two of one step the later counts; a step that was named again may stand after its next. */
  private static CheckpointRef last(List<CheckpointRef> recorded) {
    return recorded.stream()
        .reduce((a, b) -> step(b) >= step(a) ? b : a)
        .orElseThrow(() -> new IllegalStateException("The journal names no completed step."));
  }

  private static int step(CheckpointRef checkpoint) {
    return CheckpointStore.step(checkpoint.name());
  }

  /** The checkpoints of steps that a journal names, in its order. */
  static List<CheckpointRef> recorded(List<RunEvent> events) {
    return events.stream()
        .filter(RunEvent.StepCompleted.class::isInstance)
        .map(RunEvent.StepCompleted.class::cast)
        .map(RunEvent.StepCompleted::ref)
        .toList();
  }

  /**
   * Reads a checkpoint.
   *
   * @throws IOException if it is not as it was written, or holds another flow than the config asks
   *     for
   */
  static FlowCheckpoint.Decoded decode(
      CheckpointStore checkpoints, CheckpointRef checkpoint, FlowArchitecture architecture)
      throws IOException {
    FlowCheckpoint.Decoded decoded = FlowCheckpoint.decode(checkpoints.read(checkpoint));
    if (!decoded.architecture().equals(architecture)) {
      throw new IOException(
          "%s holds another flow (%s) than the config asks for (%s)."
              .formatted(checkpoint.name(), decoded.architecture(), architecture));
    }
    return decoded;
  }

  RunDirectory directory() {
    return lock.directory();
  }

  RunJournal journal() {
    return journal;
  }

  ReplayBuffer samples() {
    return samples;
  }

  StepsLog steps() {
    return steps;
  }

  CheckpointStore checkpoints() {
    return checkpoints;
  }

  /** A step's checkpoint was written and named; makes room for the next. */
  void completed(CheckpointRef checkpoint) throws IOException {
    recorded.add(checkpoint);
    written.add(checkpoint);
    checkpoints.prune(TrainingRun.CHECKPOINTS, recorded, written);
  }

  @Override
  public void close() throws IOException {
    try (lock;
        journal;
        steps;
        samples) {
      journal.sync();
    }
  }
}
