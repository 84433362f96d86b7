package dev.cmt.actors.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.actors.pool.EngineOfRun;
import dev.cmt.actors.pool.WorkerMessage;
import dev.cmt.buffer.AtomicFile;
import dev.cmt.buffer.CheckpointRef;
import dev.cmt.buffer.CheckpointStore;
import dev.cmt.buffer.ReplayBuffer;
import dev.cmt.buffer.Retention;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunEvent;
import dev.cmt.buffer.RunJournal;
import dev.cmt.buffer.RunLock;
import dev.cmt.buffer.RunReplica;
import dev.cmt.buffer.SampleBatch;
import dev.cmt.buffer.SealedFile;
import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.openmm.OpenMmPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A head's end of a standby, over a run that is written here: with a probe, and with a real copy.
 */
class StandbyLinkTest {
  private static final long RUN = 42;

  /** More than two pieces. */
  private static final int CHECKPOINT_BYTES = 2 * StandbyLink.PIECE_BYTES + 12345;

  private static final int ROWS = 100;

  private static final RunReplica.Policy POLICY =
      new RunReplica.Policy(2, new Retention(2, false), ROWS);

  private static ActorTestKit kit;

  @TempDir Path temporary;
  private final TestProbe<ToNode> node = kit.createTestProbe();
  private final AtomicInteger completed = new AtomicInteger();
  private final AtomicBoolean finished = new AtomicBoolean();
  private final NodeRegistry registry = new NodeRegistry();
  private RunLock lock;
  private RunJournal journal;
  private ReplayBuffer samples;
  private CheckpointStore checkpoints;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @BeforeEach
  void beginRun() throws IOException {
    RunDirectory directory = RunDirectory.create(temporary.resolve("run"));
    lock = RunLock.acquire(directory);
    AtomicFile.write(directory.manifest(), "{\"config_hash\":\"hash\"}".getBytes(UTF_8));
    journal = RunJournal.open(lock);
    journal.append(new RunEvent.RunStarted("hash", 1, 2));
    samples = ReplayBuffer.open(lock, POLICY.samples(), damage -> {});
    checkpoints = new CheckpointStore(directory);
  }

  @AfterEach
  void closeRun() throws IOException {
    samples.close();
    journal.close();
    lock.close();
  }

  private static byte[] content(int step) {
    byte[] content = new byte[CHECKPOINT_BYTES];
    new Random(step).nextBytes(content);
    return content;
  }

  private void completeStep() throws IOException {
    int step = completed.get();
    double[] zeros = new double[ROWS];
    samples.append(new SampleBatch(step, 0, 0, ROWS, 2, new float[2 * ROWS], zeros, zeros, zeros));
    CheckpointRef checkpoint = checkpoints.write(CheckpointStore.name(step), content(step));
    journal.append(new RunEvent.StepStarted(step, 1));
    journal.append(
        new RunEvent.StepCompleted(
            step, checkpoint.name(), checkpoint.sha256(), "{\"step\":%d}".formatted(step)));
    completed.incrementAndGet();
  }

  private ActorRef<WorkerMessage> link(ActorRef<ToNode> standby) {
    Hello hello = new Hello(2, "0.1.0", "build", "host", 1, 0, true, standby);
    TargetSpec target =
        new TargetSpec(
            "gmm40", Map.of(), "", 300, 1e8, 1e20, EnergyEngine.AUTO, OpenMmPlatform.AUTO);
    return kit.spawn(
        StandbyLink.create(
            hello,
            new FarmGate.Terms(
                RUN, target, new EngineOfRun(Optional.empty(), false), finished::get),
            new FarmGate.Original(lock.directory(), POLICY, completed::get),
            registry));
  }

  /** The next that is said but how far the run is, which is said at any time. */
  private <T extends ToNode> T answer(Class<T> kind) {
    ToNode said = node.receiveMessage();
    while (said instanceof ToStandby.Progress && kind != ToStandby.Progress.class) {
      said = node.receiveMessage();
    }
    assertThat(said).isInstanceOf(kind);
    return kind.cast(said);
  }

  private ActorRef<WorkerMessage> joined() {
    ActorRef<WorkerMessage> link = link(node.getRef());
    ToStandby.Follow follow = answer(ToStandby.Follow.class);
    assertThat(follow.run()).isEqualTo(RUN);
    assertThat(follow.policy()).isEqualTo(POLICY);
    return link;
  }

  @Test
  void aStepIsOfferedOnceItIsComplete() throws IOException {
    ActorRef<WorkerMessage> link = joined();
    link.tell(new FromStandby.AskStep(1, 0));
    assertThat(answer(ToStandby.Gone.class).reason()).contains("not complete");
    completeStep();
    completeStep();
    link.tell(new FromStandby.AskStep(2, 0));
    ToStandby.Offer first = answer(ToStandby.Offer.class);
    assertThat(first.request()).isEqualTo(2);
    assertThat(first.newest()).isFalse();
    assertThat(first.step().files())
        .extracting(SealedFile::kind)
        .containsExactly(
            SealedFile.Kind.MANIFEST, SealedFile.Kind.SAMPLES, SealedFile.Kind.CHECKPOINT);
    assertThat(first.step().events()).hasSize(3);
    link.tell(new FromStandby.AskStep(3, 1));
    assertThat(answer(ToStandby.Offer.class).newest()).isTrue();
  }

  @Test
  void aStandbyHearsOfAStepWithoutAsking() throws IOException {
    joined();
    completeStep();
    assertThat(answer(ToStandby.Progress.class).completedSteps()).isEqualTo(1);
    node.expectNoMessage(Duration.ofMillis(250)); // once
  }

  @Test
  void aFileComesPieceByPieceAndGoneIsAnAnswer() throws IOException {
    completeStep();
    ActorRef<WorkerMessage> link = joined();
    link.tell(new FromStandby.AskStep(1, 0));
    SealedFile checkpoint = answer(ToStandby.Offer.class).step().files().get(2);
    Files.delete(checkpoints.path(CheckpointStore.name(0)));
    link.tell(new FromStandby.AskPiece(2, checkpoint, 0));
    assertThat(answer(FilePiece.class).bytes())
        .as("it was opened when it was offered")
        .hasSize(StandbyLink.PIECE_BYTES);
    completeStep();
    link.tell(new FromStandby.AskStep(3, 1));
    SealedFile next = answer(ToStandby.Offer.class).step().files().get(2);
    link.tell(new FromStandby.AskPiece(4, next, StandbyLink.PIECE_BYTES));
    FilePiece piece = answer(FilePiece.class);
    assertThat(piece.offset()).isEqualTo(StandbyLink.PIECE_BYTES);
    assertThat(piece.bytes()).hasSize(StandbyLink.PIECE_BYTES);
    link.tell(new FromStandby.AskPiece(5, checkpoint, 0));
    assertThat(answer(ToStandby.Gone.class).request()).as("one answer a question").isEqualTo(5);
  }

  @Test
  void aQuestionThatMakesNoSenseEndsNothing() throws IOException {
    completeStep();
    ActorRef<WorkerMessage> link = joined();
    SealedFile file = new SealedFile(SealedFile.Kind.MANIFEST, 0, 5, "");
    link.tell(new FromStandby.AskPiece(1, file, 6));
    assertThat(answer(ToStandby.Gone.class).reason()).contains("offset (6)");
    link.tell(new FromStandby.Holding(0));
    assertThat(answer(ToStandby.Progress.class).completedSteps()).isEqualTo(1);
  }

  @Test
  void theHeadKnowsWhatAStandbyHoldsUntilItIsGone() {
    ActorRef<WorkerMessage> link = joined();
    link.tell(new FromStandby.Holding(3));
    answer(ToStandby.Progress.class);
    assertThat(registry.standbys())
        .extracting(NodeRegistry.Standby::name, NodeRegistry.Standby::completedSteps)
        .containsExactly(org.assertj.core.api.Assertions.tuple("process 1 on host", 3));
    link.tell(new FromStandby.CannotGoOn("its disk is full"));
    assertThat(answer(ToNode.Farewell.class).finished()).isFalse();
    assertThat(registry.standbys()).isEmpty();
    assertThat(registry.refusals())
        .extracting(NodeRegistry.Refusal::reason)
        .containsExactly("its disk is full");
  }

  @Test
  void whenTheRunIsFinishedItSaysSo() {
    ActorRef<WorkerMessage> link = joined();
    finished.set(true);
    kit.stop(link);
    assertThat(answer(ToNode.Farewell.class).finished()).isTrue();
  }

  /** Link and copy as in two processes, without a network between them. */
  @Test
  void aCopyCatchesUpAndFollows() throws Exception {
    completeStep();
    completeStep();
    AtomicInteger failures = new AtomicInteger();
    try (RunReplica replica =
        RunReplica.open(
            temporary.resolve("copy"),
            damage -> {
              throw new AssertionError(damage.toString());
            })) {
      HeadCopy[] copy = new HeadCopy[1];
      ActorRef<ToNode> standby =
          kit.spawn(
              Behaviors.receive(ToNode.class)
                  .onMessage(
                      ToStandby.Follow.class,
                      follow -> {
                        copy[0] =
                            new HeadCopy(
                                replica,
                                follow.policy(),
                                follow.link(),
                                failure -> failures.incrementAndGet());
                        copy[0].completed(completed.get());
                        node.getRef().tell(follow);
                        return Behaviors.same();
                      })
                  .onMessage(
                      ToStandby.Offer.class,
                      offer -> {
                        copy[0].answered(offer.request(), offer);
                        return Behaviors.same();
                      })
                  .onMessage(
                      FilePiece.class,
                      piece -> {
                        copy[0].answered(piece.request() - 1, piece); // of an earlier question
                        copy[0].answered(piece.request(), piece);
                        return Behaviors.same();
                      })
                  .onAnyMessage(other -> Behaviors.same())
                  .build());
      link(standby);
      answer(ToStandby.Follow.class);
      Thread copying = new Thread(copy[0]);
      copying.start();
      await(replica, 2);
      completeStep();
      copy[0].completed(3);
      await(replica, 3);
      copy[0].stop();
      copying.join(10_000);
      assertThat(copying.isAlive()).isFalse();
      CheckpointStore copied = new CheckpointStore(replica.directory());
      assertThat(copied.names()).containsExactly(CheckpointStore.name(1), CheckpointStore.name(2));
      for (String name : copied.names()) {
        assertThat(copied.path(name)).hasBinaryContent(content(CheckpointStore.step(name)));
      }
    }
    assertThat(failures).hasValue(0);
  }

  private static void await(RunReplica replica, int steps) throws InterruptedException {
    long start = System.nanoTime();
    while (replica.completedSteps() < steps) {
      assertThat(System.nanoTime() - start)
          .as("waits for step %d", steps)
          .isLessThan(20_000_000_000L);
      Thread.sleep(5);
    }
  }
}
