package dev.cmt.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.actors.pool.EnergyPool;
import dev.cmt.actors.pool.Engine;
import dev.cmt.actors.pool.EngineOfRun;
import dev.cmt.actors.pool.SampledBatch;
import dev.cmt.actors.pool.Work;
import dev.cmt.actors.pool.WorkerMessage;
import dev.cmt.actors.pool.WorkerReport;
import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.openmm.OpenMmPlatform;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A head's end of a node, between probes that play the pool and the node. */
class NodeLinkTest {
  private static final long RUN = 42;
  private static final Engine ENGINE = new Engine("kernel", "avx2");
  private static final NodeFigures NOTHING = new NodeFigures(0, 0, 0, 0, 0, 0, 0);

  private static ActorTestKit kit;

  private final TestProbe<ToNode> node = kit.createTestProbe();
  private final TestProbe<EnergyPool.Command> pool = kit.createTestProbe();
  private final AtomicLong now = new AtomicLong();
  private final AtomicBoolean finished = new AtomicBoolean();
  private final NodeRegistry registry = new NodeRegistry();

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  private ActorRef<WorkerMessage> link(EngineOfRun engine) {
    Hello hello = new Hello(1, "0.1.0", "build", "host", 1, 2, false, node.getRef());
    TargetSpec target =
        new TargetSpec(
            "gmm40", Map.of(), "", 300, 1e8, 1e20, EnergyEngine.AUTO, OpenMmPlatform.AUTO);
    ActorRef<WorkerMessage> link =
        kit.spawn(
            NodeLink.create(
                hello,
                new FarmGate.Terms(RUN, target, engine, finished::get),
                pool.getRef(),
                registry,
                now::get));
    ToNode.Welcome welcome = node.expectMessageClass(ToNode.Welcome.class);
    assertThat(welcome.run()).isEqualTo(RUN);
    assertThat(welcome.target()).isEqualTo(target);
    return link;
  }

  /** A link whose node has opened its engine. */
  private ActorRef<WorkerMessage> joined() {
    ActorRef<WorkerMessage> link = link(new EngineOfRun(Optional.empty(), false));
    link.tell(new ToHead.Opened(ENGINE));
    WorkerReport.Joined joined = pool.expectMessageClass(WorkerReport.Joined.class);
    assertThat(joined.wants()).isEqualTo(2);
    assertThat(joined.engine()).isEqualTo(ENGINE);
    assertThat(registry.nodes()).extracting(NodeRegistry.Node::workers).containsExactly(2);
    return link;
  }

  private static Work work(long assignment) {
    return new Work(
        new SampledBatch(3, (int) assignment, 0, new float[8], new double[] {1, 2}, 0), assignment);
  }

  private static Energies answer(Samples samples, double seconds) {
    return new Energies(
        samples.run(),
        samples.assignment(),
        samples.step(),
        samples.batch(),
        new double[] {-1, -2},
        new double[] {10, 20},
        seconds);
  }

  @Test
  void aBatchGoesToTheNodeAndComesBackWithBothDensities() {
    ActorRef<WorkerMessage> link = joined();
    link.tell(work(7));
    Samples samples = node.expectMessageClass(Samples.class);
    assertThat(samples).extracting(Samples::run, Samples::step).containsExactly(RUN, 3);
    assertThat(samples.columns()).isEqualTo(4);
    link.tell(answer(samples, 0.01));
    WorkerReport.Evaluated done = pool.expectMessageClass(WorkerReport.Evaluated.class);
    assertThat(done.assignment()).isEqualTo(7);
    assertThat(done.batch().logQ()).containsExactly(-9, -18);
    assertThat(done.batch().logP()).containsExactly(-1, -2);
  }

  @Test
  void whyABatchWasNotEvaluatedIsPassedOnWhetherItIsStillAwaitedOrNot() {
    ActorRef<WorkerMessage> link = joined();
    link.tell(work(7));
    node.expectMessageClass(Samples.class);
    link.tell(new ToHead.NotEvaluated(7, "not today", false));
    assertThat(pool.expectMessageClass(WorkerReport.Refused.class))
        .extracting(WorkerReport.Refused::reason, WorkerReport.Refused::enginesDisagree)
        .containsExactly("not today", false);
    link.tell(new ToHead.NotEvaluated(7, "not today", false));
    pool.expectNoMessage(Duration.ofMillis(50));
    link.tell(new ToHead.NotEvaluated(7, "1 is not 2", true));
    assertThat(pool.expectMessageClass(WorkerReport.Refused.class).enginesDisagree()).isTrue();
  }

  @Test
  void threeVeryQuickBatchesWaitBehindEachThatIsAtWork() {
    ActorRef<WorkerMessage> link = joined();
    link.tell(work(0));
    link.tell(work(1));
    Samples first = node.expectMessageClass(Samples.class);
    link.tell(answer(first, NodeLink.VERY_QUICK_SECONDS / 2));
    assertThat(pool.expectMessageClass(WorkerReport.Evaluated.class).wants())
        .as("eight for two threads, of which one is still there")
        .isEqualTo(7);
  }

  @Test
  void quickBatchesAreSentAheadAndLongOnesAreNot() {
    ActorRef<WorkerMessage> link = joined();
    link.tell(work(0));
    link.tell(work(1));
    Samples first = node.expectMessageClass(Samples.class);
    Samples second = node.expectMessageClass(Samples.class);
    link.tell(answer(first, NodeLink.QUICK_SECONDS / 2));
    assertThat(pool.expectMessageClass(WorkerReport.Evaluated.class).wants())
        .as("two threads busy, two more to wait behind them, one still there")
        .isEqualTo(3);
    link.tell(answer(second, NodeLink.QUICK_SECONDS * 2));
    assertThat(pool.expectMessageClass(WorkerReport.Evaluated.class).wants())
        .as("it has asked for three already")
        .isZero();
  }

  @Test
  void anAnswerThatComesTwiceOrFromAnotherRunCountsOnce() {
    ActorRef<WorkerMessage> link = joined();
    link.tell(work(0));
    Samples samples = node.expectMessageClass(Samples.class);
    Energies answer = answer(samples, 1);
    link.tell(
        new Energies(
            RUN + 1, 0, 3, 0, new double[] {-1, -2}, new double[] {10, 20}, answer.seconds()));
    link.tell(answer);
    link.tell(answer);
    pool.expectMessageClass(WorkerReport.Evaluated.class);
    pool.expectNoMessage(Duration.ofMillis(50));
  }

  @Test
  void whatTheNodeNeitherHoldsNorAnsweredIsSentAgain() {
    ActorRef<WorkerMessage> link = joined();
    link.tell(work(0));
    link.tell(work(1));
    node.expectMessageClass(Samples.class);
    node.expectMessageClass(Samples.class);
    now.set(NodeLink.LOST_AFTER.toNanos() / 2);
    link.tell(new ToHead.Beat(List.of(), NOTHING));
    node.expectMessageClass(ToNode.Pulse.class);
    node.expectNoMessage(Duration.ofMillis(50));
    now.set(NodeLink.LOST_AFTER.toNanos());
    link.tell(new ToHead.Beat(List.of(1L), NOTHING));
    node.expectMessageClass(ToNode.Pulse.class);
    assertThat(node.expectMessageClass(Samples.class).assignment()).isZero();
    link.tell(new ToHead.Beat(List.of(1L), NOTHING));
    node.expectMessageClass(ToNode.Pulse.class);
    node.expectNoMessage(Duration.ofMillis(50));
  }

  /**
   * Over a slow network batches wait in its queues, and sending them again would only add to these.
   */
  @Test
  void whatMayStillBeUnderWayIsNotSentAgainForLong() {
    ActorRef<WorkerMessage> link = joined();
    link.tell(work(0));
    link.tell(work(1));
    node.expectMessageClass(Samples.class);
    node.expectMessageClass(Samples.class);
    now.set(2 * NodeLink.LOST_AFTER.toNanos());
    link.tell(new ToHead.Beat(List.of(0L), NOTHING));
    node.expectMessageClass(ToNode.Pulse.class);
    node.expectNoMessage(Duration.ofMillis(50));
    now.set(NodeLink.LAST_LOST_AFTER.toNanos());
    link.tell(new ToHead.Beat(List.of(0L), NOTHING));
    node.expectMessageClass(ToNode.Pulse.class);
    assertThat(node.expectMessageClass(Samples.class).assignment()).isEqualTo(1);
  }

  @Test
  void aResultThatDoesNotFitIsARefusal() {
    ActorRef<WorkerMessage> link = joined();
    link.tell(work(0));
    node.expectMessageClass(Samples.class);
    link.tell(new Energies(RUN, 0, 3, 0, new double[3], new double[3], 1));
    assertThat(pool.expectMessageClass(WorkerReport.Refused.class).reason()).contains("2 rows");
  }

  @Test
  void aNodeThatLeavesGivesBackWhatItHasNotBegun() {
    ActorRef<WorkerMessage> link = joined();
    link.tell(work(0));
    link.tell(work(1));
    link.tell(new ToHead.Leaving(List.of(0L)));
    assertThat(pool.expectMessageClass(WorkerReport.Returned.class).assignment()).isEqualTo(1);
    node.expectMessageClass(Samples.class);
    Samples other = node.expectMessageClass(Samples.class);
    assertThat(other.assignment()).isEqualTo(1);
    link.tell(work(2));
    assertThat(pool.expectMessageClass(WorkerReport.Returned.class).assignment()).isEqualTo(2);
    link.tell(new Energies(RUN, 0, 3, 0, new double[2], new double[2], 0.01));
    assertThat(pool.expectMessageClass(WorkerReport.Evaluated.class).wants()).isZero();
  }

  @Test
  void anotherInstructionSetIsTurnedAwayAndBothSidesKnowWhy() {
    ActorRef<WorkerMessage> link =
        link(new EngineOfRun(Optional.of(new Engine("kernel", "avx512f")), false));
    link.tell(new ToHead.Opened(ENGINE));
    assertThat(node.expectMessageClass(ToNode.TurnedAway.class).reason())
        .contains("avx2")
        .contains("avx512f")
        .contains("cluster.allow_other_instruction_sets");
    kit.createTestProbe().expectTerminated(link);
    pool.expectNoMessage(Duration.ofMillis(50));
    assertThat(registry.refusals()).hasSize(1);
    assertThat(registry.nodes()).isEmpty();
  }

  @Test
  void theNodesEndIsTheLinks() {
    ActorRef<WorkerMessage> link = joined();
    node.stop();
    kit.createTestProbe().expectTerminated(link);
    assertThat(registry.nodes()).isEmpty();
    assertThat(registry.gone()).isEqualTo(1);
  }

  @Test
  void aFarewellSaysWhetherTheRunIsOver() {
    finished.set(true);
    ActorRef<WorkerMessage> link = joined();
    kit.stop(link);
    assertThat(node.expectMessageClass(ToNode.Farewell.class).finished()).isTrue();
  }
}
