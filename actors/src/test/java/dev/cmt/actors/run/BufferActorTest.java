package dev.cmt.actors.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.actors.config.ConfiguredTarget;
import dev.cmt.actors.config.FlowArchitectures;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.pool.Engine;
import dev.cmt.actors.pool.EngineConfig;
import dev.cmt.actors.pool.EvaluatedBatch;
import dev.cmt.actors.pool.SampledBatch;
import dev.cmt.buffer.CheckpointRef;
import dev.cmt.buffer.CheckpointStore;
import dev.cmt.buffer.Retention;
import dev.cmt.buffer.SampleBatch;
import dev.cmt.flow.ControlVariate;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.annealing.Bounds;
import dev.cmt.flow.coupling.FlowLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the buffer actor lets into the run directory, and what it lets go. */
class BufferActorTest {
  private static final int EVALUATION = 1;

  private static ActorTestKit kit;
  private static RunConfig config;
  private static FlowArchitecture architecture;

  @TempDir private Path temporary;
  private final TestProbe<Coordinator.Command> coordinator = kit.createTestProbe();
  private final TestProbe<Solver.Solve> solver = kit.createTestProbe();
  private RunFiles files;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create(EngineConfig.load());
    config =
        RunConfig.load(
            Path.of(System.getProperty("cmt.root"), "config", "gmm40.conf"),
            List.of("flow.pairs=1", "flow.hidden=[4]"));
    architecture = FlowArchitectures.architecture(ConfiguredTarget.create(config), config.flow());
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @BeforeEach
  void open() throws IOException {
    files = RunFiles.open(temporary.resolve("run"), new Retention(2), directory -> {});
  }

  @AfterEach
  void close() throws IOException {
    files.close();
  }

  /** A run of one step of 20 rows in batches of 10, judged by so many samples. */
  private ActorRef<BufferActor.Command> buffer(int evaluationSamples) {
    RunPlan.Settings settings = new RunPlan.Settings(1, 20, evaluationSamples, 10, 5, 4);
    return kit.spawn(
        BufferActor.create(
            files,
            new RunManifest(config, architecture.dimension(), 0, 1, 1),
            architecture,
            settings,
            solver.getRef(),
            coordinator.getRef()),
        DispatcherSelector.fromConfig(EngineConfig.OWN_THREAD));
  }

  private static BufferActor.Command.Store batch(int step, int batch) {
    float[] u = new float[10 * architecture.dimension()];
    return new BufferActor.Command.Store(
        EvaluatedBatch.of(
            new SampledBatch(step, batch, 10L * batch, u, new double[10], 0),
            new double[10],
            new double[10],
            0));
  }

  @Test
  void batchesOfTheFinalEvaluationStayWhenItAsksForMoreOrFewer() throws IOException {
    for (int[] batchAndRows : new int[][] {{0, 10}, {1, 10}, {2, 5}}) {
      int rows = batchAndRows[1];
      files
          .samples()
          .append(
              new SampleBatch(
                  EVALUATION,
                  batchAndRows[0],
                  10L * batchAndRows[0],
                  rows,
                  architecture.dimension(),
                  new float[rows * architecture.dimension()],
                  new double[rows],
                  new double[rows],
                  new double[rows]));
    }
    buffer(40).tell(new BufferActor.Command.OpenStep(EVALUATION, 4));
    Coordinator.StepOpened more = coordinator.expectMessageClass(Coordinator.StepOpened.class);
    assertThat(more.stored()).containsExactlyInAnyOrder(0, 1);
    assertThat(more.rows()).isEqualTo(20);

    buffer(15).tell(new BufferActor.Command.OpenStep(EVALUATION, 2));
    Coordinator.StepOpened fewer = coordinator.expectMessageClass(Coordinator.StepOpened.class);
    assertThat(fewer.stored()).containsExactly(0);
    assertThat(fewer.rows()).isEqualTo(10);
  }

  @Test
  void aBatchOfAnotherStepThanTheOpenOneIsNotStored() throws IOException {
    ActorRef<BufferActor.Command> buffer = buffer(20);
    buffer.tell(new BufferActor.Command.OpenStep(EVALUATION, 2));
    coordinator.expectMessageClass(Coordinator.StepOpened.class);
    buffer.tell(batch(0, 1));
    buffer.tell(batch(EVALUATION, 0));
    Coordinator.BatchStored stored = coordinator.expectMessageClass(Coordinator.BatchStored.class);
    assertThat(stored.step()).isEqualTo(EVALUATION);
    assertThat(files.samples().steps()).containsExactly(EVALUATION);
  }

  /** What is missing must be made up for, not left out of the fit. */
  @Test
  void aStepThatLostSamplesIsNotSolved() {
    ActorRef<BufferActor.Command> buffer = buffer(20);
    buffer.tell(new BufferActor.Command.OpenStep(0, 2));
    coordinator.expectMessageClass(Coordinator.StepOpened.class);
    buffer.tell(batch(0, 1));
    coordinator.expectMessageClass(Coordinator.BatchStored.class);
    buffer.tell(new BufferActor.Command.Solve(0, new Bounds(1, 1)));
    Coordinator.Failure failure = coordinator.expectMessageClass(Coordinator.Failure.class);
    assertThat(failure.reason()).contains("step 0", "holds 10 of 20", "Start again");
    solver.expectNoMessage();
  }

  /** The older of the two that are intact wants the samples of the step after it. */
  @Test
  void samplesStayForTheOldestCheckpointThatIsKept() throws IOException {
    for (int step = 0; step < 5; step++) {
      files
          .samples()
          .append(
              new SampleBatch(
                  step,
                  0,
                  0,
                  10,
                  architecture.dimension(),
                  new float[10 * architecture.dimension()],
                  new double[10],
                  new double[10],
                  new double[10]));
    }
    for (int step : new int[] {1, 3}) {
      files.checkpoints().write(CheckpointStore.name(step), new byte[] {1, 2, 3});
    }
    ActorRef<BufferActor.Command> buffer = buffer(20);
    buffer.tell(new BufferActor.Command.Begin(4, "flow", new Engine("closed form", "none")));
    coordinator.expectMessageClass(Coordinator.RunBegun.class);
    assertThat(files.samples().steps()).containsExactly(2, 3, 4);
  }

  /** The journal must not name one checkpoint with what was asked of another. */
  @Test
  void aCheckpointThatNobodyAskedForEndsTheRun() throws IOException {
    ActorRef<BufferActor.Command> buffer = buffer(20);
    float[] none = new float[new FlowLayout(architecture).parameterCount()];
    buffer.tell(
        new BufferActor.Command.CheckpointFit(
            0,
            new FlowState(none, none, none, 0, 3),
            RunProgress.start(),
            new FitFigures(3, 0, 0, 0, ControlVariate.START, 0)));
    CheckpointRef other = new CheckpointRef(CheckpointStore.fitName(0, 4), "ab".repeat(32));
    buffer.tell(new BufferActor.Command.CheckpointWritten(other, 0));
    coordinator.expectTerminated(buffer);
    assertThat(files.journal().replay()).isEmpty();
  }
}
