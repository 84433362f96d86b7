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
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  private RunFiles(RunLock lock, Retention retention) throws IOException {
    this.lock = lock;
    RunJournal openedJournal = RunJournal.open(lock);
    StepsLog openedSteps = null;
    try {
      openedSteps = StepsLog.open(lock);
      openedJournal.damage().forEach(RunFiles::warn);
      events = List.copyOf(openedJournal.replay());
      recorded.addAll(recorded(events));
    } catch (IOException | RuntimeException e) {
      openedJournal.close();
      if (openedSteps != null) {
        openedSteps.close();
      }
      throw e;
    }
    journal = openedJournal;
    steps = openedSteps;
    samples = ReplayBuffer.open(lock, retention, RunFiles::warn);
    checkpoints = new CheckpointStore(lock.directory());
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
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /**
   * Where to go on: from the newest checkpoint that the journal names, whose hash is right and,
   * within a fit, whose step's batches are all there; from the very beginning if there is none.
   * Makes steps.jsonl agree with the journal and deletes checkpoints of fits that are of no use any
   * more.
   *
   * @param architecture the flow's; a checkpoint of another is refused
   * @param settings the shape of the run
   */
  ResumePoint restore(FlowArchitecture architecture, RunPlan.Settings settings) throws IOException {
    List<String> findings = new ArrayList<>();
    if (!journal.damage().isEmpty()) {
      findings.add("%d damaged events set aside".formatted(journal.damage().size()));
    }
    if (lock.removedLeftovers() > 0) {
      findings.add("%d half-written files removed".formatted(lock.removedLeftovers()));
    }
    Optional<CheckpointRef> newest = newestUsable(settings, findings);
    Optional<FlowCheckpoint.Decoded> decoded = Optional.empty();
    if (newest.isPresent()) {
      decoded = Optional.of(decode(checkpoints, newest.get(), architecture));
    }
    Map<String, String> metadata =
        decoded.map(FlowCheckpoint.Decoded::extraMetadata).orElse(Map.of());
    RunProgress progress =
        decoded.isPresent() ? CheckpointMetadata.progress(metadata) : RunProgress.start();
    FitFigures fit = CheckpointMetadata.fit(metadata);
    StepsLog.Reconciled lines = steps.reconcile(progress.completedSteps(), recordedLines());
    if (lines.dropped() + lines.restored() > 0) {
      findings.add(
          "steps.jsonl: %d lines dropped, %d restored"
              .formatted(lines.dropped(), lines.restored()));
    }
    int fits = checkpoints.pruneFits(newest.map(CheckpointRef::name).orElse(null));
    if (fits > 0) {
      findings.add("%d checkpoints of fits removed".formatted(fits));
    }
    int step = progress.completedSteps();
    int stored = samples.batches(step).size();
    String found =
        "%s: %d events%s; %d of %d steps complete, %d of %d batches of the next; goes on %s"
            .formatted(
                directory().root(),
                events.size(),
                findings.isEmpty() ? "" : " (" + String.join(", ", findings) + ")",
                step,
                settings.steps(),
                stored,
                settings.batches(step),
                fit.steps() > 0
                    ? "at gradient step %d of %d from %s"
                        .formatted(fit.steps(), settings.gradientSteps(), newest.get().name())
                    : newest.map(ref -> "from " + ref.name()).orElse("from the beginning"));
    return new ResumePoint(decoded.map(FlowCheckpoint.Decoded::state), progress, fit, found);
  }

  private Optional<CheckpointRef> newestUsable(RunPlan.Settings settings, List<String> findings)
      throws IOException {
    for (int i = events.size() - 1; i >= 0; i--) {
      RunEvent event = events.get(i);
      if (event instanceof RunEvent.StepCompleted step) {
        CheckpointRef checkpoint = ref(step);
        if (checkpoints.isIntact(checkpoint)) {
          return Optional.of(checkpoint);
        }
        findings.add(checkpoint.name() + " is not intact");
      } else if (event instanceof RunEvent.FitCheckpointed fit && isLastOfItsStep(i)) {
        CheckpointRef checkpoint = new CheckpointRef(fit.checkpoint(), fit.checkpointSha256());
        if (!checkpoints.isIntact(checkpoint)) {
          findings.add(checkpoint.name() + " is not intact");
        } else if (settings.fits(fit.step(), samples.readAll(fit.step()))
            && samples.batches(fit.step()).size() == settings.batches(fit.step())) {
          return Optional.of(checkpoint);
        } else {
          findings.add(checkpoint.name() + " lacks batches of its step");
        }
      }
    }
    return Optional.empty();
  }

  /** Whether no later event makes the checkpoint of a fit stale; stale ones are deleted. */
  private boolean isLastOfItsStep(int index) {
    return events.subList(index + 1, events.size()).stream()
        .noneMatch(
            later ->
                later instanceof RunEvent.FitCheckpointed
                    || later instanceof RunEvent.StepCompleted);
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

  /**
   * The state of the last step that this process recorded.
   *
   * @throws IOException if its checkpoint is not there as it was written
   */
  FlowState lastState(FlowArchitecture architecture) throws IOException {
    return decode(checkpoints, recorded.get(recorded.size() - 1), architecture).state();
  }

  /** The checkpoints that a journal names, oldest first. */
  static List<CheckpointRef> recorded(List<RunEvent> events) {
    return events.stream()
        .filter(RunEvent.StepCompleted.class::isInstance)
        .map(RunEvent.StepCompleted.class::cast)
        .map(RunFiles::ref)
        .toList();
  }

  private static CheckpointRef ref(RunEvent.StepCompleted step) {
    return new CheckpointRef(step.checkpoint(), step.checkpointSha256());
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

  List<CheckpointRef> recorded() {
    return recorded;
  }

  void completed(CheckpointRef checkpoint) {
    recorded.add(checkpoint);
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
