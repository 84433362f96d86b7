package dev.cmt.actors.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import dev.cmt.energy.Channel;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Workers that throw, hang or are slow; the pool's clock moves only when a test moves it. */
class EnergyPoolTest {
  /** The pool looks for overdue batches every tenth of it, in real time. */
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  private static ActorTestKit kit;

  private final TestProbe<BufferActor.Command> buffer = kit.createTestProbe();
  private final TestProbe<Coordinator.Command> coordinator = kit.createTestProbe();
  private final AtomicLong now = new AtomicLong();
  private final CountDownLatch release = new CountDownLatch(1);

  @BeforeAll
  static void start() {
    kit =
        ActorTestKit.create(
            ConfigFactory.parseResources(TrainingRun.class, "engine.conf")
                .withFallback(ConfigFactory.load()));
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
  private record Scripted(IntConsumer atEvaluation, AtomicInteger evaluations) implements Target {
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
    ActorRef<EnergyPool.Command> pool =
        kit.spawn(
            EnergyPool.create(
                new Scripted(atEvaluation, new AtomicInteger()),
                workers,
                TIMEOUT,
                now::get,
                buffer.getRef(),
                coordinator.getRef()));
    for (int i = 0; i < workers; i++) {
      assertThat(coordinator.expectMessageClass(Coordinator.EnergyReady.class).engine())
          .isEqualTo("scripted");
    }
    return pool;
  }

  private static EnergyPool.Command.Evaluate batch(int number) {
    return new EnergyPool.Command.Evaluate(
        new SampledBatch(0, number, 10L * number, new float[10], new double[10], 0));
  }

  private int storedBatch() {
    return buffer
        .expectMessageClass(BufferActor.Command.Store.class, Duration.ofSeconds(10))
        .batch()
        .sampled()
        .batch();
  }

  private void hang() {
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
  void aBatchThatEveryTryRefusesFailsTheRunWithItsReason() {
    ActorRef<EnergyPool.Command> pool =
        pool(
            2,
            evaluation -> {
              throw new IllegalStateException("never");
            });
    pool.tell(batch(4));
    Coordinator.Failure failure = coordinator.expectMessageClass(Coordinator.Failure.class);
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
    Coordinator.Failure failure = coordinator.expectMessageClass(Coordinator.Failure.class);
    assertThat(failure.reason()).contains("2 energy workers").contains("energy.timeout_seconds");
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
    Coordinator.Failure failure = coordinator.expectMessageClass(Coordinator.Failure.class);
    assertThat(failure.reason()).contains("last energy worker");
  }
}
