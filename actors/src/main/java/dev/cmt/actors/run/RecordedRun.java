package dev.cmt.actors.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.actors.config.ConfiguredTarget;
import dev.cmt.actors.config.FlowArchitectures;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.buffer.CheckpointRef;
import dev.cmt.buffer.CheckpointStore;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunEvent;
import dev.cmt.buffer.RunEvent.FitCheckpointed;
import dev.cmt.buffer.RunEvent.StepCompleted;
import dev.cmt.buffer.RunJournal;
import dev.cmt.energy.Target;
import dev.cmt.flow.Flow;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.checkpoint.FlowCheckpoint;
import dev.cmt.flow.checkpoint.MalformedCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a run's config and journal say of the run, for those who only look: takes no lock, changes
 * no file, and may look at a run under way. Immutable.
 */
public final class RecordedRun {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RunDirectory directory;
  private final RunConfig config;
  private final List<RunEvent> events;
  private final Target target;
  private final FlowArchitecture architecture;
  private final RunPlan.Settings settings;
  private final NavigableMap<Integer, StepCompleted> completed;
  private final CheckpointStore store;
  private final int currentStep;

  /**
   * A run as its events tell it.
   *
   * @param directory where it lies
   * @param config what it was asked to do, see {@link #readConfig}
   * @param events of its journal, oldest first
   * @throws IOException if its checkpoints cannot be read
   */
  public RecordedRun(RunDirectory directory, RunConfig config, List<RunEvent> events)
      throws IOException {
    this.directory = directory;
    this.config = config;
    this.events = List.copyOf(events);
    this.target = ConfiguredTarget.create(config);
    this.architecture = FlowArchitectures.architecture(target, config.flow());
    this.settings =
        new RunPlan.Settings(
            config.annealing().steps(),
            config.annealing().samplesPerStep(),
            config.evaluation().samples(),
            config.energy().batchRows(),
            config.training().gradientSteps(),
            1);
    this.completed = RunJournal.completed(events);
    this.store = new CheckpointStore(directory);
    this.currentStep = Math.max(nextAfter(completed), stepsOfNewestCheckpoint());
  }

  /** A checkpoint that the journal does not name counts too, if its own digest is right. */
  private int stepsOfNewestCheckpoint() throws IOException {
    return Files.isDirectory(directory.checkpoints())
        ? store
            .newestStep(List.of())
            .map(newest -> CheckpointStore.step(newest.name()) + 1)
            .orElse(0)
        : 0;
  }

  /** The checkpoints that the journal names, those of fits too. */
  public Set<CheckpointRef> namedCheckpoints() {
    return RunFiles.named(events);
  }

  private static int nextAfter(NavigableMap<Integer, StepCompleted> completed) {
    return completed.isEmpty() ? 0 : completed.lastKey() + 1;
  }

  /**
   * The config that a run was begun with.
   *
   * @throws IOException if {@code run.json} cannot be read or is no manifest
   * @throws dev.cmt.actors.config.ConfigException if the config in it is not valid
   */
  public static RunConfig readConfig(RunDirectory directory) throws IOException {
    return readConfig(directory, List.of());
  }

  /**
   * The flow engines that have worked on a run, as they describe themselves; the one it was begun
   * with first.
   *
   * @throws IOException if {@code run.json} cannot be read
   */
  public static List<String> flowEngines(RunDirectory directory) throws IOException {
    return RunManifest.flowEngines(directory);
  }

  /**
   * The config that a run was begun with, to go on with.
   *
   * @param overrides {@code key=value}, each stronger than the run's own and those before it
   * @throws IOException if {@code run.json} cannot be read or is no manifest
   * @throws dev.cmt.actors.config.ConfigException if anything in it or in the overrides is not
   *     right
   */
  public static RunConfig readConfig(RunDirectory directory, List<String> overrides)
      throws IOException {
    return RunManifest.readConfig(directory, overrides);
  }

  /** Where the run lies. */
  public RunDirectory directory() {
    return directory;
  }

  /** What it was asked to do. */
  public RunConfig config() {
    return config;
  }

  /** What happened, oldest first. */
  public List<RunEvent> events() {
    return events;
  }

  /** What is sampled. */
  public Target target() {
    return target;
  }

  /** What the parameters in its checkpoints mean. */
  public FlowArchitecture architecture() {
    return architecture;
  }

  /** Annealing steps it was asked for; the collection of this index is the final evaluation. */
  public int steps() {
    return settings.steps();
  }

  /** The completed steps that the journal names, by their index. */
  public NavigableMap<Integer, StepCompleted> completed() {
    return Collections.unmodifiableNavigableMap(completed);
  }

  /**
   * Index of the step that is, or would be, worked on next: after the last that the journal names,
   * or after the newest checkpoint whose own digest is right.
   */
  public int currentStep() {
    return currentStep;
  }

  /** How many completed steps the journal accounts for. */
  public int confirmedSteps() {
    return nextAfter(completed);
  }

  /** How many processes have taken the run up. */
  public long processes() {
    return events.stream().filter(RunEvent.RunStarted.class::isInstance).count();
  }

  /** Whether the step's samples must all be there, because it is past collecting. */
  public boolean isCollected(int step) {
    return step < currentStep
        || events.stream()
            .anyMatch(
                event ->
                    (event instanceof RunEvent.DualSolved solved && solved.step() == step)
                        || (event instanceof FitCheckpointed fit && fit.step() == step))
        || (step == steps() && isFinished());
  }

  /** Whether the journal's last word is that the run is finished. */
  public boolean isFinished() {
    return !events.isEmpty()
        && events.get(events.size() - 1) instanceof RunEvent.RunFinished finished
        && finished.status().equals("finished");
  }

  /**
   * The batches that a step asks for. The size of the final evaluation may change on resume; the
   * journal knows the last.
   */
  public int batches(int step) {
    if (step == steps()) {
      for (int i = events.size() - 1; i >= 0; i--) {
        if (events.get(i) instanceof RunEvent.StepStarted started && started.step() == step) {
          return started.batches();
        }
      }
    }
    return settings.batches(step);
  }

  /**
   * Whether a batch of a step may have so many rows, beginning with this one.
   *
   * @param batch number of the batch in its step
   */
  public boolean fits(int step, int batch, long firstRow, int rows) {
    boolean rowsFit =
        step == steps()
            // Its size may have changed on resume, so that of the last batch is not known.
            ? rows == settings.batchRows()
                || (batch == batches(step) - 1 && rows < settings.batchRows())
            : batch < settings.batches(step) && rows == settings.rows(step, batch);
    return rowsFit && batch < batches(step) && firstRow == (long) batch * settings.batchRows();
  }

  /** The steps whose samples the retention of the processes that worked on the run has kept. */
  public SortedSet<Integer> keptSteps() {
    TreeSet<Integer> kept = new TreeSet<>();
    int next = 0;
    long keep = config.buffer().keepSteps();
    for (RunEvent event : events) {
      if (event instanceof RunEvent.RunStarted started) {
        keep = started.keepSteps() == null ? keep : started.keepSteps();
      } else if (event instanceof RunEvent.StepStarted started) {
        kept.add(started.step());
        next = started.step(); // those before are complete, whether or not the journal says so
      } else if (event instanceof StepCompleted step) {
        next = step.step() + 1;
      }
      kept.headSet((int) Math.max(0, next - keep + 1)).clear();
    }
    kept.headSet((int) Math.max(0, currentStep - keep + 1)).clear();
    return kept;
  }

  /**
   * The checkpoint of the middle of a fit that the run would go on from; empty if there is none.
   */
  public Optional<FitCheckpointed> fitUnderWay() {
    for (int i = events.size() - 1; i >= 0; i--) {
      // One of an earlier step was named again, after a loss.
      if (events.get(i) instanceof StepCompleted step && step.step() >= currentStep) {
        return Optional.empty();
      }
      if (events.get(i) instanceof FitCheckpointed fit) {
        return fit.step() == currentStep ? Optional.of(fit) : Optional.empty();
      }
    }
    return Optional.empty();
  }

  /**
   * The record of a completed step, as the journal has it.
   *
   * @return empty if it has none: it may have lost it, or be from before records were kept there
   * @throws IOException if it is no record
   */
  public Optional<StepRecord> record(int step) throws IOException {
    StepCompleted done = completed.get(step);
    return done == null || done.record() == null
        ? Optional.empty()
        : Optional.of(parse(done.record()));
  }

  /**
   * Reads a line of {@code steps.jsonl}.
   *
   * @throws IOException if it is none
   */
  public static StepRecord parse(String line) throws IOException {
    try {
      return JSON.readValue(line, StepRecord.class);
    } catch (JsonProcessingException e) {
      throw new IOException(
          "The record of a step cannot be read: %s".formatted(e.getOriginalMessage()), e);
    }
  }

  /**
   * Reads the checkpoint of a completed step.
   *
   * @throws java.nio.file.NoSuchFileException if it is not there
   * @throws IOException if its digest is another, or it holds another flow than the config asks for
   * @throws dev.cmt.flow.checkpoint.MalformedCheckpointException if it is no checkpoint
   */
  public FlowCheckpoint.Decoded checkpoint(int step) throws IOException {
    StepCompleted done = completed.get(step);
    CheckpointRef checkpoint =
        done != null
            ? done.ref()
            : store
                .intact(CheckpointStore.name(step), List.of())
                .orElseThrow(
                    () ->
                        new NoSuchFileException(
                            store.path(CheckpointStore.name(step)).toString(),
                            null,
                            "or its digest is not right"));
    return RunFiles.decode(store, checkpoint, architecture);
  }

  /** Completed annealing steps that a checkpoint counts. */
  public static int completedSteps(FlowCheckpoint.Decoded checkpoint) {
    return CheckpointMetadata.progress(checkpoint.extraMetadata()).completedSteps();
  }

  /** Whether the last step that a checkpoint counts aimed at the target itself. */
  public static boolean reachedTarget(FlowCheckpoint.Decoded checkpoint) {
    return CheckpointMetadata.progress(checkpoint.extraMetadata()).path().atTarget();
  }

  /**
   * Opens the flow that a step's samples were drawn from: that of the run's beginning for step 0,
   * else that of the checkpoint before the step. On the engine of the config, or on another where
   * this machine lacks it.
   *
   * @return empty if the checkpoint is not there, or not intact
   */
  public Optional<Flow> openFlowOf(int step) throws IOException {
    if (step == 0) {
      return Optional.of(open(Optional.empty()));
    }
    FlowCheckpoint.Decoded before;
    try {
      before = checkpoint(step - 1);
    } catch (IOException | MalformedCheckpointException e) {
      return Optional.empty(); // a fault of the checkpoint, which is looked at for itself
    }
    return Optional.of(open(Optional.of(before)));
  }

  private Flow open(Optional<FlowCheckpoint.Decoded> checkpoint) {
    return ConfiguredFlow.openToRead(
        config, architecture, checkpoint.map(FlowCheckpoint.Decoded::state));
  }
}
