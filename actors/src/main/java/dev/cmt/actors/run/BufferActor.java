package dev.cmt.actors.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.buffer.CheckpointRef;
import dev.cmt.buffer.DiskSpace;
import dev.cmt.buffer.ReplayBuffer;
import dev.cmt.buffer.RunEvent;
import dev.cmt.buffer.SampleBatch;
import dev.cmt.buffer.StepSamples;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.checkpoint.FlowCheckpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * The only writer of a run directory. Acknowledges a batch after the journal has it, hands a
 * complete step to the solver, and records a step: checkpoint, then the journal that names its
 * hash, then the line in steps.jsonl. Owns a thread, because file systems block; any error of
 * theirs fails the run.
 */
final class BufferActor extends AbstractBehavior<BufferActor.Command> {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Checkpoints kept: the last, and one to fall back on. */
  private static final int CHECKPOINTS = 2;

  /** What the buffer actor understands. */
  sealed interface Command {
    /** Flow and energy engines are open: a process takes up the run. */
    record Begin(String flowEngine, String energyEngine) implements Command {}

    /** Open a step's queue and say what it holds. */
    record OpenStep(int step, int batches) implements Command {}

    /** Keep a batch, then acknowledge it. */
    record Store(EvaluatedBatch batch) implements Command {}

    /** Read the step's samples and hand them to the solver, or to the final evaluation. */
    record Solve(int step, boolean evaluation) implements Command {}

    /** Write the checkpoint and the record of a completed step. */
    record RecordStep(StepRecord step, FlowState state, RunProgress progress) implements Command {}
  }

  private final RunFiles files;
  private final RunManifest manifest;
  private final FlowArchitecture architecture;
  private final RunPlan.Settings settings;
  private final ActorRef<Solver.Solve> solver;
  private final ActorRef<Coordinator.Command> coordinator;

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
        solve(solve);
      } else if (command instanceof Command.RecordStep step) {
        recordStep(step);
      }
    } catch (IOException | UncheckedIOException e) {
      coordinator.tell(
          new Coordinator.Failure(
              "The run directory cannot be written: %s".formatted(e.getMessage()), e));
    }
    return this;
  }

  private void begin(Command.Begin begin) throws IOException {
    manifest.writeIfAbsent(files.directory(), begin.flowEngine(), begin.energyEngine());
    files.journal().append(new RunEvent.RunStarted(manifest.configHash(), manifest.seed()));
    files.journal().sync();
    coordinator.tell(new Coordinator.RunBegun());
  }

  private void openStep(Command.OpenStep open) throws IOException {
    int step = open.step();
    files.samples().applyRetention(step);
    // Steps after this one were sampled by a flow that is lost, if a damaged checkpoint sent the
    // run back.
    for (int later : files.samples().steps()) {
      if (later > step) {
        files.samples().delete(later);
      }
    }
    StepSamples samples = files.samples().readAll(step);
    if (!fits(step, samples)) {
      files.samples().delete(step);
      samples = files.samples().readAll(step);
    }
    long missing = (long) settings.samples(step) - samples.rows();
    long bytes = ReplayBuffer.stepBytes(missing, architecture.dimension(), settings.batchRows());
    DiskSpace.require(files.directory().root(), 2 * bytes, "the samples of annealing step " + step);
    files.journal().append(new RunEvent.StepStarted(step, open.batches()));
    Set<Integer> stored =
        Arrays.stream(samples.batches()).boxed().collect(Collectors.toUnmodifiableSet());
    coordinator.tell(
        new Coordinator.StepOpened(
            step, stored, samples.rows(), failures(samples.logQ(), samples.logP())));
  }

  /**
   * Whether stored batches are of the step's present size: that of the final evaluation may change
   * on resume.
   */
  private boolean fits(int step, StepSamples samples) {
    long rows = 0;
    for (int batch : samples.batches()) {
      if (batch >= settings.batches(step)) {
        return false;
      }
      rows += settings.rows(step, batch);
    }
    return rows == samples.rows();
  }

  private void store(EvaluatedBatch batch) throws IOException {
    SampledBatch sampled = batch.sampled();
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

  private void solve(Command.Solve solve) throws IOException {
    files.samples().sync();
    StepSamples samples = files.samples().readAll(solve.step());
    if (solve.evaluation()) {
      coordinator.tell(new Coordinator.Judged(samples));
    } else {
      solver.tell(new Solver.Solve(samples));
    }
  }

  private void recordStep(Command.RecordStep completed) throws IOException {
    long start = System.nanoTime();
    byte[] checkpoint =
        FlowCheckpoint.encode(
            architecture, completed.state(), CheckpointMetadata.of(completed.progress()));
    int step = completed.step().step();
    CheckpointRef written = files.checkpoints().write(step, checkpoint);
    // The line before the journal's word: a restart drops lines that the journal does not confirm,
    // but cannot write missing ones.
    files.steps().append(JSON.writeValueAsString(completed.step()));
    files.journal().append(new RunEvent.StepCompleted(step, written.name(), written.sha256()));
    files.journal().sync();
    files.completed(written);
    files.checkpoints().prune(CHECKPOINTS, files.recorded());
    double seconds = (System.nanoTime() - start) * 1e-9;
    coordinator.tell(
        new Coordinator.StepRecorded(step, completed.step(), completed.progress(), seconds));
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
