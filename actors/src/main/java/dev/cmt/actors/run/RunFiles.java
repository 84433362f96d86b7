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
import java.util.Optional;
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
  private final List<CheckpointRef> recorded = new ArrayList<>();

  private RunFiles(RunLock lock, Retention retention) throws IOException {
    this.lock = lock;
    RunJournal openedJournal = RunJournal.open(lock);
    StepsLog openedSteps = null;
    try {
      openedSteps = StepsLog.open(lock);
      openedJournal.damage().forEach(RunFiles::warn);
      recorded.addAll(recorded(openedJournal.replay()));
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
   * @throws dev.cmt.buffer.RunLockedException if another process works on it
   */
  static RunFiles open(Path root, Retention retention) throws IOException {
    RunDirectory directory =
        RunDirectory.isRun(root) ? RunDirectory.open(root) : RunDirectory.create(root);
    RunLock lock = RunLock.acquire(directory);
    try {
      return new RunFiles(lock, retention);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /**
   * The state to go on from: the newest checkpoint that the journal names and whose hash is right;
   * empty if there is none. Lines of steps.jsonl after it are dropped.
   *
   * @param architecture the flow's; a checkpoint of another is refused
   */
  Optional<FlowCheckpoint.Decoded> restore(FlowArchitecture architecture) throws IOException {
    Optional<CheckpointRef> latest = checkpoints.latestValid(recorded);
    if (latest.isEmpty()) {
      if (!recorded.isEmpty()) {
        LOG.warn(
            "None of the {} checkpoints in the journal is intact; the run begins again.",
            recorded.size());
      }
      steps.rewriteUpTo(0);
      return Optional.empty();
    }
    CheckpointRef newest = recorded.get(recorded.size() - 1);
    if (!latest.get().equals(newest)) {
      LOG.warn("{} is not intact; going on from {}", newest.name(), latest.get().name());
    }
    FlowCheckpoint.Decoded decoded = decode(checkpoints, latest.get(), architecture);
    steps.rewriteUpTo(CheckpointMetadata.progress(decoded.extraMetadata()).completedSteps());
    return Optional.of(decoded);
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
        .map(step -> new CheckpointRef(step.checkpoint(), step.checkpointSha256()))
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
