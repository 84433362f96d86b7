package dev.cmt.actors.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.actors.pool.Engine;
import dev.cmt.actors.pool.EvaluatedBatch;
import dev.cmt.actors.pool.SampledBatch;
import dev.cmt.buffer.CheckpointRef;
import dev.cmt.buffer.CheckpointStore;
import dev.cmt.buffer.DiskSpace;
import dev.cmt.buffer.ReplayBuffer;
import dev.cmt.buffer.RunEvent;
import dev.cmt.buffer.SampleBatch;
import dev.cmt.buffer.StepSamples;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.annealing.Bounds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only writer of a run directory, with its {@link CheckpointWriter}. Acknowledges a batch after
 * the journal has it, hands a complete step to the solver, and records a step: checkpoint, then the
 * line in steps.jsonl, then the journal that names the checkpoint's hash. While a checkpoint is
 * being written the next step's batches are stored; should the process die in between, they are
 * those that the restored flow would draw again. Owns a thread, because file systems block; any
 * error of theirs fails the run.
 */
final class BufferActor extends AbstractBehavior<BufferActor.Command> {
  private static final Logger LOG = LoggerFactory.getLogger(BufferActor.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What the buffer actor understands. */
  sealed interface Command {
    /** Flow and energy engines are open: a process takes up the run, beginning with this step. */
    record Begin(int firstStep, String flowEngine, Engine energyEngine) implements Command {}

    /** Open a step's queue and say what it holds. */
    record OpenStep(int step, int batches) implements Command {}

    /** Keep a batch, then acknowledge it. */
    record Store(EvaluatedBatch batch) implements Command {}

    /** Read the step's samples and hand them to the solver, with how far the step may go. */
    record Solve(int step, Bounds bounds) implements Command {}

    /** Read the samples of the final evaluation. */
    record Judge(int step) implements Command {}

    /** Append an event to the journal. */
    record Journal(RunEvent event) implements Command {}

    /** Write a checkpoint in the middle of a fit. */
    record CheckpointFit(int step, FlowState state, RunProgress before, FitFigures fit)
        implements Command {}

    /** Write the checkpoint and the record of a completed step. */
    record RecordStep(StepRecord step, FlowState state, RunProgress progress) implements Command {}

    /** A checkpoint that was asked for is on the device. */
    record CheckpointWritten(CheckpointRef checkpoint, double seconds) implements Command {}
  }

  private final RunFiles files;
  private final RunManifest manifest;
  private final FlowArchitecture architecture;
  private final RunPlan.Settings settings;
  private final ActorRef<Solver.Solve> solver;
  private final ActorRef<Coordinator.Command> coordinator;
  private final ActorRef<CheckpointWriter.Write> writer;

  /** What the writer is at work on, by the name of the checkpoint. */
  private final Map<String, Command> writing = new HashMap<>();

  /** The step whose batches are being collected. */
  private int collecting = RunPlan.NOTHING;

  private BufferActor(
      ActorContext<Command> context,
      RunFiles files,
      RunManifest manifest,
      FlowArchitecture architecture,
      RunPlan.Settings settings,
      ActorRef<Solver.Solve> solver,
      ActorRef<Coordinator.Command> coordinator) {
    super(context);
    this.files = files;
    this.manifest = manifest;
    this.architecture = architecture;
    this.settings = settings;
    this.solver = solver;
    this.coordinator = coordinator;
    this.writer =
        TrainingRun.spawn(
            context,
            CheckpointWriter.create(
                architecture, files.checkpoints(), context.getSelf(), coordinator),
            CheckpointWriter.Write.class,
            "checkpoint-writer",
            coordinator);
    // Its death is this actor's, which the coordinator watches.
    context.watch(writer);
  }

  /**
   * A buffer actor. It does not close {@code files}: whoever opened them does, after the actors
   * have stopped.
   *
   * @param files the run directory, open for writing
   * @param manifest written at the run's first start
   * @param architecture of the flow whose state checkpoints hold
   * @param settings the shape of the run
   * @param solver gets complete steps
   * @param coordinator gets the answers
   */
  static Behavior<Command> create(
      RunFiles files,
      RunManifest manifest,
      FlowArchitecture architecture,
      RunPlan.Settings settings,
      ActorRef<Solver.Solve> solver,
      ActorRef<Coordinator.Command> coordinator) {
    return Behaviors.setup(
        context ->
            new BufferActor(context, files, manifest, architecture, settings, solver, coordinator));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onMessage(Command.class, this::obey).build();
  }

  private Behavior<Command> obey(Command command) {
    try {
      if (command instanceof Command.Begin begin) {
        begin(begin);
      } else if (command instanceof Command.OpenStep open) {
        openStep(open);
      } else if (command instanceof Command.Store store) {
        store(store.batch());
      } else if (command instanceof Command.Solve solve) {
        // The solver need not wait for the device.
        solver.tell(new Solver.Solve(whole(solve.step()), solve.bounds()));
        files.samples().sync();
      } else if (command instanceof Command.Judge judge) {
        // The run may end with this answer.
        StepSamples samples = whole(judge.step());
        files.samples().sync();
        coordinator.tell(new Coordinator.Judged(samples));
      } else if (command instanceof Command.Journal journal) {
        files.journal().append(journal.event());
      } else if (command instanceof Command.CheckpointFit fit) {
        write(
            fit,
            CheckpointStore.fitName(fit.step(), fit.fit().steps()),
            fit.state(),
            CheckpointMetadata.of(fit.before(), fit.fit()));
      } else if (command instanceof Command.RecordStep step) {
        write(
            step,
            CheckpointStore.name(step.step().step()),
            step.state(),
            CheckpointMetadata.of(step.progress(), line(step)));
      } else if (command instanceof Command.CheckpointWritten written) {
        written(writing.remove(written.checkpoint().name()), written);
      }
    } catch (IOException | UncheckedIOException e) {
      coordinator.tell(unwritable(e));
    }
    return this;
  }

  static Coordinator.Failure unwritable(Exception cause) {
    return new Coordinator.Failure(
        "The run directory cannot be used: %s".formatted(cause.getMessage()), cause);
  }

  private void write(Command command, String name, FlowState state, Map<String, String> metadata) {
    writing.put(name, command);
    writer.tell(new CheckpointWriter.Write(name, state, metadata));
  }

  private void written(Command command, Command.CheckpointWritten written) throws IOException {
    if (command instanceof Command.CheckpointFit fit) {
      fitCheckpointed(fit, written.checkpoint());
    } else if (command instanceof Command.RecordStep step) {
      stepCompleted(step, written);
    } else {
      throw new IllegalStateException(
          "The checkpoint %s was written, but nobody had asked for it; asked for are %s."
              .formatted(written.checkpoint().name(), writing.keySet()));
    }
    LOG.debug("Journal names {}", written.checkpoint().name());
  }

  private void begin(Command.Begin begin) throws IOException {
    applyRetention(begin.firstStep());
    manifest.write(files.directory(), begin.flowEngine(), begin.energyEngine());
    files
        .journal()
        .append(
            new RunEvent.RunStarted(
                manifest.configHash(),
                manifest.seed(),
                TrainingRun.retention(manifest.config()).steps()));
    files.journal().sync();
    coordinator.tell(new Coordinator.RunBegun());
  }

  private void openStep(Command.OpenStep open) throws IOException {
    int step = open.step();
    LOG.debug("Opening step {}", step);
    files.dropMisfits(step, settings);
    StepSamples samples = files.samples().readAll(step);
    collecting = step;
    long missing = (long) settings.samples(step) - samples.rows();
    long bytes = ReplayBuffer.stepBytes(missing, architecture.dimension(), settings.batchRows());
    DiskSpace.require(files.directory().root(), 2 * bytes, "the samples of annealing step " + step);
    files.journal().append(new RunEvent.StepStarted(step, open.batches()));
    Set<Integer> stored =
        Arrays.stream(samples.batches()).boxed().collect(Collectors.toUnmodifiableSet());
    LOG.debug("Step {} is open and holds batches {}", step, samples.batches());
    coordinator.tell(
        new Coordinator.StepOpened(
            step, stored, samples.rows(), failures(samples.logQ(), samples.logP())));
  }

  /**
   * All samples of a step.
   *
   * @throws IOException if some that were stored are not there any more
   */
  private StepSamples whole(int step) throws IOException {
    StepSamples samples = files.samples().readAll(step);
    if (samples.rows() != settings.samples(step)) {
      throw new IOException(
          "step %d has lost some of its samples to damage and holds %d of %d. Start again: what is missing is evaluated once more"
              .formatted(step, samples.rows(), settings.samples(step)));
    }
    return samples;
  }

  private void store(EvaluatedBatch batch) throws IOException {
    SampledBatch sampled = batch.sampled();
    if (sampled.step() != collecting) {
      // Its step has all it asked for, so this is a second answer; storing it would open, or even
      // make again, a queue that nobody expects.
      LOG.warn(
          "Batch {} of step {} came while step {} is being collected; it is not stored",
          sampled.batch(),
          sampled.step(),
          collecting);
      return;
    }
    boolean isNew =
        files
            .samples()
            .append(
                new SampleBatch(
                    sampled.step(),
                    sampled.batch(),
                    sampled.firstRow(),
                    sampled.rows(),
                    architecture.dimension(),
                    sampled.u(),
                    batch.logQ(),
                    batch.logP(),
                    batch.logVolume()));
    if (isNew) {
      LOG.debug("Stored batch {} of step {}", sampled.batch(), sampled.step());
      coordinator.tell(
          new Coordinator.BatchStored(
              sampled.step(),
              sampled.batch(),
              sampled.rows(),
              failures(batch.logQ(), batch.logP()),
              sampled.sampleSeconds(),
              batch.energySeconds()));
    }
  }

  private void fitCheckpointed(Command.CheckpointFit fit, CheckpointRef written)
      throws IOException {
    int done = fit.fit().steps();
    files
        .journal()
        .append(new RunEvent.FitCheckpointed(fit.step(), done, written.name(), written.sha256()));
    files.journal().sync();
    files.checkpoints().pruneFitsBefore(written.name());
    coordinator.tell(new Coordinator.FitCheckpointed(fit.step(), done));
  }

  private void stepCompleted(Command.RecordStep completed, Command.CheckpointWritten written)
      throws IOException {
    long start = System.nanoTime();
    CheckpointRef checkpoint = written.checkpoint();
    int step = completed.step().step();
    String line = line(completed);
    files.steps().append(line);
    files
        .journal()
        .append(new RunEvent.StepCompleted(step, checkpoint.name(), checkpoint.sha256(), line));
    files.journal().sync();
    double seconds = written.seconds() + (System.nanoTime() - start) * 1e-9;
    files.completed(checkpoint);
    files.checkpoints().pruneFitsBefore(checkpoint.name());
    applyRetention(step + 1);
    // The run may end with this answer, and the directory with it.
    coordinator.tell(new Coordinator.StepRecorded(completed.step(), seconds));
  }

  /** Keeps the samples with which the run would go on from the oldest checkpoint, too. */
  private void applyRetention(int currentStep) throws IOException {
    files
        .samples()
        .applyRetention(files.checkpoints().retentionStep(currentStep), settings.samplesPerStep());
  }

  private static String line(Command.RecordStep completed) throws IOException {
    return JSON.writeValueAsString(completed.step());
  }

  private static int failures(double[] logQ, double[] logP) {
    int count = 0;
    for (int row = 0; row < logQ.length; row++) {
      if (!Double.isFinite(logP[row] - logQ[row])) {
        count++;
      }
    }
    return count;
  }
}
