package dev.cmt.actors.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.energy.Channel;
import dev.cmt.energy.EnginesDisagreeException;
import dev.cmt.energy.Evaluation;
import dev.cmt.energy.Evaluator;
import dev.cmt.energy.Prior;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.Target;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Workers that throw, hang or are slow; the pool's clock moves only when a test moves it. */
class EnergyPoolTest {
  /** The pool looks for overdue batches every tenth of it, in real time. */
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  private static ActorTestKit kit;

  private final TestProbe<EvaluatedBatch> buffer = kit.createTestProbe();
  private final TestProbe<PoolEvent> coordinator = kit.createTestProbe();
  private final PoolFigures figures = new PoolFigures();
  private final AtomicLong now = new AtomicLong();
  private final CountDownLatch release = new CountDownLatch(1);
  private final Semaphore hanging = new Semaphore(0);

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create(EngineConfig.load());
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @AfterEach
  void releaseHungWorkers() {
    release.countDown();
  }

  /** A target of one coordinate; what happens at its n-th evaluation is the test's choice. */
  private record Scripted(Runnable atOpening, IntConsumer atEvaluation, AtomicInteger evaluations)
      implements Target {
    @Override
    public String name() {
      return "scripted";
    }

    @Override
    public List<Channel> channels() {
      return List.of(new Channel("x", 1, false, Prior.UNIFORM));
    }

    @Override
    public int spaceDimension() {
      return 1;
    }

    @Override
    public void map(float[] u, int rows, double[] x, double[] logVolume) {
      Arrays.fill(logVolume, 0);
    }

    @Override
    public void unmap(double[] x, int rows, float[] u, double[] logVolume) {
      Arrays.fill(logVolume, 0);
    }

    @Override
    public Evaluator openEvaluator() {
      atOpening.run();
      return new Evaluator() {
        @Override
        public Evaluation evaluate(float[] u, int rows) {
          atEvaluation.accept(evaluations.getAndIncrement());
          RowFailure[] none = new RowFailure[rows];
          Arrays.fill(none, RowFailure.NONE);
          return new Evaluation(new double[rows], new double[rows], none);
        }

        @Override
        public String engineDescription() {
          return "scripted";
        }

        @Override
        public void close() {}
      };
    }
  }

  private ActorRef<EnergyPool.Command> pool(int workers, IntConsumer atEvaluation) {
    return pool(EnergyPool.Settings.local(workers, TIMEOUT), atEvaluation);
  }

  private ActorRef<EnergyPool.Command> pool(
      EnergyPool.Settings settings, IntConsumer atEvaluation) {
    ActorRef<EnergyPool.Command> pool =
        pool(settings, new Scripted(() -> {}, atEvaluation, new AtomicInteger()));
    for (int i = 0; i < settings.localWorkers(); i++) {
      assertThat(coordinator.expectMessageClass(PoolEvent.EngineOpened.class).engine())
          .isEqualTo(Engine.here("scripted"));
    }
    return pool;
  }

  private ActorRef<EnergyPool.Command> pool(EnergyPool.Settings settings, Target target) {
    return kit.spawn(
        EnergyPool.create(
            target,
            settings,
            now::get,
            (parent, worker, name) ->
                parent.spawn(worker, name, DispatcherSelector.fromConfig(EngineConfig.OWN_THREAD)),
            buffer.getRef()::tell,
            coordinator.getRef()::tell,
            figures));
  }

  private static EnergyPool.Evaluate batch(int number) {
    return new EnergyPool.Evaluate(
        new SampledBatch(0, number, 10L * number, new float[10], new double[10], 0));
  }

  private int storedBatch() {
    return buffer
        .expectMessageClass(EvaluatedBatch.class, Duration.ofSeconds(10))
        .sampled()
        .batch();
  }

  private void hang() {
    hanging.release();
    try {
      release.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void everyBatchIsStoredOnce() {
    ActorRef<EnergyPool.Command> pool = pool(3, evaluation -> {});
    Set<Integer> stored = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      pool.tell(batch(i));
    }
    for (int i = 0; i < 20; i++) {
      stored.add(storedBatch());
    }
    assertThat(stored).hasSize(20);
    buffer.expectNoMessage(Duration.ofMillis(50));
  }

  @Test
  void aRefusedBatchIsTriedAgain() {
    ActorRef<EnergyPool.Command> pool =
        pool(
            1,
            evaluation -> {
              if (evaluation < 2) {
                throw new IllegalStateException("not today");
              }
            });
    pool.tell(batch(4));
    assertThat(storedBatch()).isEqualTo(4);
    coordinator.expectNoMessage(Duration.ofMillis(50));
  }

  @Test
  void energiesThatCannotBeTrustedFailTheRunAtOnce() {
    ActorRef<EnergyPool.Command> pool =
        pool(
            1,
            evaluation -> {
              if (evaluation == 0) {
                throw new EnginesDisagreeException("kernel says 1 where OpenMM says 2");
              }
            });
    pool.tell(batch(4));
    assertThat(coordinator.expectMessageClass(PoolEvent.Failed.class).reason())
        .contains("energy-worker-0 cannot be trusted")
        .contains("kernel says 1 where OpenMM says 2");
    buffer.expectNoMessage(Duration.ofMillis(50));
  }

  @Test
  void aBatchThatEveryTryRefusesFailsTheRunWithItsReason() {
    ActorRef<EnergyPool.Command> pool =
        pool(
            2,
            evaluation -> {
              throw new IllegalStateException("never");
            });
    pool.tell(batch(4));
    PoolEvent.Failed failure = coordinator.expectMessageClass(PoolEvent.Failed.class);
    assertThat(failure.reason())
        .contains("Batch 4 of step 0")
        .contains("in 3 tries")
        .contains("never");
  }

  @Test
  void aHungWorkersBatchGoesToAnother() {
    ActorRef<EnergyPool.Command> pool =
        pool(
            2,
            evaluation -> {
              if (evaluation == 0) {
                hang();
              }
            });
    pool.tell(batch(4));
    buffer.expectNoMessage(Duration.ofMillis(300));
    now.addAndGet(TIMEOUT.toNanos() + 1);
    assertThat(storedBatch()).isEqualTo(4);
    coordinator.expectNoMessage(Duration.ofMillis(50));
  }

  @Test
  void aRunWhoseWorkersAllHangFailsAndSaysSo() {
    ActorRef<EnergyPool.Command> pool = pool(2, evaluation -> hang());
    pool.tell(batch(4));
    pool.tell(batch(5));
    coordinator.expectNoMessage(Duration.ofMillis(300));
    now.addAndGet(TIMEOUT.toNanos() + 1);
    coordinator.expectNoMessage(Duration.ofMillis(300));
    now.addAndGet(TIMEOUT.toNanos() + 1);
    PoolEvent.Failed failure = coordinator.expectMessageClass(PoolEvent.Failed.class);
    assertThat(failure.reason()).contains("2 energy workers").contains("energy.timeout_seconds");
  }

  /** The run has not begun, so no batch is waited for. */
  @Test
  void aRunWhoseWorkersAllHangAsTheyOpenFailsAndSaysSo() {
    pool(
        EnergyPool.Settings.local(2, TIMEOUT),
        new Scripted(this::hang, evaluation -> {}, new AtomicInteger()));
    hanging.acquireUninterruptibly(2);
    now.addAndGet(EnergyPool.LEAST_OPENING.toNanos());
    coordinator.expectNoMessage(Duration.ofMillis(300));
    now.addAndGet(1);
    PoolEvent.Failed failure = coordinator.expectMessageClass(PoolEvent.Failed.class);
    assertThat(failure.reason())
        .contains("opened its engine for 120 s")
        .contains("energy-worker-0, energy-worker-1")
        .contains("energy.timeout_seconds");
  }

  @Test
  void aWorkerThatHangsAsItOpensKeepsNobodyFromSayingThatTheOthersHang() {
    AtomicInteger openings = new AtomicInteger();
    ActorRef<EnergyPool.Command> pool =
        pool(
            EnergyPool.Settings.local(2, TIMEOUT),
            new Scripted(
                () -> {
                  if (openings.getAndIncrement() == 0) {
                    hang();
                  }
                },
                evaluation -> hang(),
                new AtomicInteger()));
    coordinator.expectMessageClass(PoolEvent.EngineOpened.class);
    pool.tell(batch(4));
    hanging.acquireUninterruptibly(2);
    now.addAndGet(EnergyPool.LEAST_OPENING.toNanos() + 1);
    PoolEvent.Failed failure = coordinator.expectMessageClass(PoolEvent.Failed.class);
    assertThat(failure.reason()).contains("2 energy workers has answered");
  }

  @Test
  void aSlowWorkerIsNoFailure() {
    ActorRef<EnergyPool.Command> pool =
        pool(
            1,
            evaluation -> {
              if (evaluation == 0) {
                hang();
              }
            });
    pool.tell(batch(4));
    buffer.expectNoMessage(Duration.ofMillis(300));
    now.addAndGet(TIMEOUT.toNanos() + 1);
    buffer.expectNoMessage(Duration.ofMillis(300));
    release.countDown();
    assertThat(storedBatch()).isEqualTo(4);
    pool.tell(batch(5));
    assertThat(storedBatch()).as("the copy of batch 4 was dropped").isEqualTo(5);
    coordinator.expectNoMessage(Duration.ofMillis(50));
  }

  @Test
  void aDeadWorkersBatchGoesToAnotherAtOnce() {
    ActorRef<EnergyPool.Command> pool =
        pool(
            2,
            evaluation -> {
              if (evaluation == 0) {
                throw new AssertionError("a bug, not a refusal");
              }
            });
    pool.tell(batch(4));
    assertThat(storedBatch()).as("without waiting for the time-out").isEqualTo(4);
    pool.tell(batch(5));
    assertThat(storedBatch()).isEqualTo(5);
    coordinator.expectNoMessage(Duration.ofMillis(50));
  }

  @Test
  void theLastWorkersDeathFailsTheRun() {
    ActorRef<EnergyPool.Command> pool =
        pool(
            1,
            evaluation -> {
              throw new AssertionError("a bug, not a refusal");
            });
    pool.tell(batch(4));
    PoolEvent.Failed failure = coordinator.expectMessageClass(PoolEvent.Failed.class);
    assertThat(failure.reason()).contains("last energy worker");
  }

  /** A pool without threads of its own, for workers from elsewhere: here, probes. */
  private ActorRef<EnergyPool.Command> openPool(double stragglerFactor) {
    return pool(
        new EnergyPool.Settings(0, true, Duration.ofMinutes(1), stragglerFactor), evaluation -> {});
  }

  private TestProbe<Work> join(ActorRef<EnergyPool.Command> pool, int wants) {
    TestProbe<Work> worker = kit.createTestProbe();
    pool.tell(
        new WorkerReport.Joined(worker.getRef(), "elsewhere", Engine.here("scripted"), wants));
    coordinator.expectMessageClass(PoolEvent.EngineOpened.class);
    return worker;
  }

  private static WorkerReport.Evaluated answer(TestProbe<Work> worker, Work work, int wants) {
    return new WorkerReport.Evaluated(
        worker.getRef(),
        work.assignment(),
        EvaluatedBatch.of(work.batch(), new double[10], new double[10], 0.001),
        wants);
  }

  @Test
  void aWorkerGetsAsManyBatchesAsItAsksFor() {
    ActorRef<EnergyPool.Command> pool = openPool(8);
    for (int i = 0; i < 4; i++) {
      pool.tell(batch(i));
    }
    TestProbe<Work> worker = join(pool, 2);
    Work first = worker.receiveMessage();
    assertThat(worker.receiveMessage().batch().batch()).isEqualTo(1);
    worker.expectNoMessage(Duration.ofMillis(50));
    pool.tell(answer(worker, first, 0));
    assertThat(storedBatch()).isZero();
    worker.expectNoMessage(Duration.ofMillis(50));
  }

  @Test
  void aWorkerThatGoesLeavesItsBatchesToTheNext() {
    ActorRef<EnergyPool.Command> pool = openPool(8);
    TestProbe<Work> first = join(pool, 2);
    pool.tell(batch(4));
    pool.tell(batch(5));
    first.receiveMessage();
    first.receiveMessage();
    first.stop();
    TestProbe<Work> second = join(pool, 2);
    Set<Integer> again = new HashSet<>();
    again.add(second.receiveMessage().batch().batch());
    again.add(second.receiveMessage().batch().batch());
    assertThat(again).containsExactlyInAnyOrder(4, 5);
    coordinator.expectNoMessage(Duration.ofMillis(50));
  }

  @Test
  void aBatchThatIsGivenBackCountsAsNoFailure() {
    ActorRef<EnergyPool.Command> pool = openPool(8);
    pool.tell(batch(4));
    for (int i = 0; i < 5; i++) {
      TestProbe<Work> worker = join(pool, 1);
      Work work = worker.receiveMessage();
      pool.tell(new WorkerReport.Returned(worker.getRef(), work.assignment()));
    }
    TestProbe<Work> last = join(pool, 1);
    pool.tell(answer(last, last.receiveMessage(), 0));
    assertThat(storedBatch()).isEqualTo(4);
    coordinator.expectNoMessage(Duration.ofMillis(50));
  }

  /** Who refuses is idle at once, when all others are busy. */
  @Test
  void aRefusedBatchWaitsForSomebodyWhoHasNotHadIt() {
    ActorRef<EnergyPool.Command> pool = openPool(8);
    TestProbe<Work> broken = join(pool, 1);
    TestProbe<Work> sound = join(pool, 1);
    pool.tell(batch(0));
    pool.tell(batch(1));
    Work first = broken.receiveMessage();
    Work second = sound.receiveMessage();
    pool.tell(new WorkerReport.Refused(broken.getRef(), first.assignment(), "disk full", false, 1));
    broken.expectNoMessage(Duration.ofMillis(50));
    pool.tell(answer(sound, second, 1));
    Work again = sound.receiveMessage();
    assertThat(again.batch().batch()).isEqualTo(first.batch().batch());
    pool.tell(batch(2));
    assertThat(broken.receiveMessage().batch().batch()).as("others it may try").isEqualTo(2);
  }

  @Test
  void aStragglersBatchIsStoredOnceHoweverManyAnswerIt() {
    ActorRef<EnergyPool.Command> pool = openPool(8);
    TestProbe<Work> quick = join(pool, 1);
    for (int i = 0; i < 8; i++) {
      pool.tell(batch(i));
      Work work = quick.receiveMessage();
      now.addAndGet(10_000_000);
      pool.tell(answer(quick, work, i < 7 ? 1 : 0));
      assertThat(storedBatch()).isEqualTo(i);
    }
    TestProbe<Work> slow = join(pool, 1);
    pool.tell(batch(8));
    Work straggling = slow.receiveMessage();
    TestProbe<Work> other = join(pool, 1);
    now.addAndGet(Patience.LEAST.toNanos() / 2);
    other.expectNoMessage(Duration.ofMillis(700));
    now.addAndGet(Patience.LEAST.toNanos());
    Work again = other.receiveMessage();
    assertThat(again.batch().batch()).isEqualTo(8);
    pool.tell(answer(other, again, 0));
    assertThat(storedBatch()).isEqualTo(8);
    pool.tell(answer(slow, straggling, 0));
    buffer.expectNoMessage(Duration.ofMillis(50));
    assertThat(figures.reissued()).isEqualTo(1);
    assertThat(figures.duplicates()).isEqualTo(1);
    assertThat(figures.batches()).isEqualTo(9);
    assertThat(figures.rows()).isEqualTo(90);
  }
}
