package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.actors.report.Conclusion;
import dev.cmt.actors.run.RunResult;
import dev.cmt.actors.run.TrainingRun;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunEvent;
import dev.cmt.buffer.RunJournal;
import dev.cmt.buffer.RunLockedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Faults that strike a whole process: a signal, an exhausted heap, a full disk, a second process.
 * Each ends the process with a message and a code, and leaves a run that goes on to the same bits.
 *
 * <p>Where other faults are tested: kill -9 in {@link ChaosIT}; damaged, truncated and missing
 * files and a changed config in {@link ResumeIT}; workers that throw, hang, are slow or die in
 * EnergyPoolTest; rows without an energy in SolverTest; a disk too small for a file in
 * RunDirectoryTest of the buffer; a clock that jumps in {@link LayeringTest}, which lets none
 * decide.
 */
class FaultsIT {
  @TempDir private Path temporary;

  @Test
  void aTerminatedProcessSavesItsFitWithinTenSeconds() throws Exception {
    SmallRuns.Spec spec =
        SmallRuns.LONG_FITS.with(
            "training.gradient_steps=1500",
            "annealing.steps=1",
            // Only the signal saves the fit.
            "checkpoint.every_gradient_steps=0",
            "checkpoint.every_seconds=0");
    Path run = temporary.resolve("terminated");
    Process child = SmallRuns.startChild(spec, run);
    try {
      waitFor(child, run, "Stage: Fitting");
      Thread.sleep(400);
      long start = System.nanoTime();
      child.destroy();
      assertThat(child.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    } finally {
      child.destroyForcibly();
    }
    assertThat(SmallRuns.output(run)).content().contains("to go on:");
    List<RunEvent> events = RunJournal.read(new RunDirectory(run)).events();
    assertThat(events.get(events.size() - 2)).isInstanceOf(RunEvent.FitCheckpointed.class);
    assertThat(events.get(events.size() - 1)).isEqualTo(new RunEvent.RunFinished("stopped"));
    assertGoesOnToTheSame(spec, run);
  }

  /** The writer of checkpoints is nearly always at work when the signal comes. */
  @Test
  void aProcessTerminatedWhileItWritesCheckpointsLosesNoneOfThem() throws Exception {
    SmallRuns.Spec spec =
        SmallRuns.LONG_FITS.with(
            "annealing.steps=2",
            // Some ten slices on a machine several times as fast as that of this writing.
            "training.gradient_steps=4000",
            "checkpoint.every_gradient_steps=1");
    Path run = temporary.resolve("terminated-often");
    for (int signals = 1; signals <= 3; signals++) {
      long before = RunLog.length(run.resolve("run.log"));
      Process child = SmallRuns.startChild(spec, run);
      try {
        waitFor(child, run, before, 1, " Writing step-");
        child.destroy();
        assertThat(child.waitFor(20, TimeUnit.SECONDS)).isTrue();
      } finally {
        child.destroyForcibly();
      }
      List<RunEvent> events = RunJournal.read(new RunDirectory(run)).events();
      assertThat(events.get(events.size() - 1)).isEqualTo(new RunEvent.RunFinished("stopped"));
    }
    assertThat(RunLog.losses(RunLog.lines(run.resolve("run.log"), 0), 4000))
        .hasSize(2)
        .allSatisfy(loss -> assertThat(loss.repeatedSteps()).isZero());
    assertGoesOnToTheSame(spec, run);
  }

  /** A hung engine's thread cannot be ended; what the run has come to must not wait for it. */
  @Test
  void aRunWhoseWorkerHangsFinishesWithoutIt() throws Exception {
    SmallRuns.Spec spec = SmallRuns.GMM40.with("energy.timeout_seconds=1");
    String expected = SmallRuns.run(spec, temporary.resolve("whole")).parametersSha256();
    Path run = temporary.resolve("hung");
    CountDownLatch hanging = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (LogTap worker =
        LogTap.of(
            "dev.cmt.actors.pool.EnergyWorker",
            line -> {
              if (Thread.currentThread().getName().equals("cmt-energy-worker-0")) {
                hanging.countDown();
                LogTap.await(release);
              }
            })) {
      RunResult result = SmallRuns.run(spec, run);
      assertThat(worker.isOpen()).isTrue();
      assertThat(result.status()).as(result.reason()).isEqualTo(RunResult.Status.FINISHED);
      assertThat(result.parametersSha256()).isEqualTo(expected);
      Conclusion.write(result);
      assertThat(hanging.getCount()).as("a worker hangs").isZero();
      assertThat(release.getCount()).as("it hangs still").isEqualTo(1);
    } finally {
      release.countDown();
    }
  }

  @Test
  void aPoolOrACoordinatorWithoutMemoryEndsTheRunWithAMessage() throws Exception {
    SmallRuns.Spec spec = SmallRuns.GMM40.with("energy.timeout_seconds=1");
    CountDownLatch release = new CountDownLatch(1);
    Path pool = temporary.resolve("pool");
    try (LogTap worker =
            LogTap.of(
                "dev.cmt.actors.pool.EnergyWorker",
                line -> {
                  if (Thread.currentThread().getName().equals("cmt-energy-worker-0")) {
                    LogTap.await(release);
                  }
                });
        LogTap warning =
            LogTap.of(
                "dev.cmt.actors.pool.EnergyPool",
                line -> {
                  release.countDown();
                  throw new OutOfMemoryError("of the test");
                })) {
      assertThat(worker.isOpen() && warning.isOpen()).isTrue();
      assertRunsOutOfMemory(spec, pool, event -> {}, "energy-pool");
    }
    assertGoesOnToTheSame(spec, pool);
    Path coordinator = temporary.resolve("coordinator");
    assertRunsOutOfMemory(
        spec,
        coordinator,
        event -> {
          if (event instanceof dev.cmt.actors.run.RunEvent.Collected) {
            throw new OutOfMemoryError("of the test");
          }
        },
        "coordinator");
    assertGoesOnToTheSame(spec, coordinator);
  }

  private static void assertRunsOutOfMemory(
      SmallRuns.Spec spec, Path run, Consumer<dev.cmt.actors.run.RunEvent> listener, String actor)
      throws Exception {
    RunResult result =
        TrainingRun.start(spec.load(), run, listener)
            .result()
            .toCompletableFuture()
            .get(1, TimeUnit.MINUTES);
    assertThat(result.status()).isEqualTo(RunResult.Status.FAILED);
    assertThat(result.reason()).isEqualTo("The %s actor ran out of memory.".formatted(actor));
    assertThat(result.cause()).hasMessage("of the test");
  }

  @Test
  void anExhaustedHeapEndsTheRunWithAMessage() throws Exception {
    SmallRuns.Spec spec =
        SmallRuns.GMM40.with(
            "annealing.samples_per_step=800000",
            "annealing.steps=1",
            "training.warmup_steps=10",
            "energy.batch_rows=50000",
            "evaluation.samples=1000");
    Path run = temporary.resolve("small-heap");
    // Enough for batches, too little for all samples of a step at once.
    Process child = SmallRuns.startChild(spec, run, "-Xmx64m");
    try {
      assertThat(child.waitFor(2, TimeUnit.MINUTES)).isTrue();
    } finally {
      child.destroyForcibly();
    }
    assertThat(SmallRuns.output(run))
        .content()
        .contains("Out of memory (Java heap space)")
        .contains("JAVA_TOOL_OPTIONS=-Xmx");
    assertThat(child.exitValue()).isEqualTo(3);
    assertGoesOnToTheSame(spec, run);
    assertThat(RunLog.evaluatedTwice(RunLog.lines(run.resolve("run.log"), 0))).isEmpty();
  }

  @Test
  void aDiskThatFillsUpEndsTheRunBeforeAnythingIsHalfWritten() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(Files.createDirectory(temporary.resolve("disk")), 24)) {
      SmallRuns.Spec spec = SmallRuns.GMM40;
      Path run = disk.root().resolve("run");

      disk.fill(100 << 10);
      assertFailsForLackOfSpace(spec, run, event -> {});

      disk.empty();
      boolean[] filled = new boolean[1];
      assertFailsForLackOfSpace(
          spec,
          run,
          event -> {
            if (event instanceof dev.cmt.actors.run.RunEvent.Collected batch
                && batch.step() == 1
                && !filled[0]) {
              filled[0] = true;
              fill(disk);
            }
          });

      disk.empty();
      assertGoesOnToTheSame(spec, run);
    }
  }

  private static void fill(SmallDisk disk) {
    try {
      disk.fill(300 << 10);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aSecondProcessIsRefusedAndToldWhoTheFirstIs() throws Exception {
    SmallRuns.Spec spec = SmallRuns.LONG_FITS.with("training.gradient_steps=100000");
    Path run = temporary.resolve("locked");
    Process child = SmallRuns.startChild(spec, run);
    try {
      waitFor(child, run, "Stage: Fitting");
      assertThatThrownBy(() -> TrainingRun.start(spec.load(), run, event -> {}))
          .isInstanceOf(RunLockedException.class)
          .hasMessageContaining("process " + child.pid() + " on host ");
    } finally {
      child.destroyForcibly();
    }
  }

  private void assertGoesOnToTheSame(SmallRuns.Spec spec, Path run) throws Exception {
    RunResult result = SmallRuns.run(spec, run);
    assertThat(result.status()).as(result.reason()).isEqualTo(RunResult.Status.FINISHED);
    Path whole = temporary.resolve("undisturbed");
    assertThat(result.parametersSha256()).isEqualTo(SmallRuns.run(spec, whole).parametersSha256());
    assertThat(SmallRuns.steps(run)).isEqualTo(SmallRuns.steps(whole));
  }

  private static void assertFailsForLackOfSpace(
      SmallRuns.Spec spec, Path run, Consumer<dev.cmt.actors.run.RunEvent> listener) {
    assertThatThrownBy(
            () -> {
              RunResult result =
                  TrainingRun.start(spec.load(), run, listener)
                      .result()
                      .toCompletableFuture()
                      .get(3, TimeUnit.MINUTES);
              assertThat(result.status()).isEqualTo(RunResult.Status.FAILED);
              throw new IOException(result.reason());
            })
        .isInstanceOf(IOException.class)
        .hasMessageMatching("(?s).*(needs \\d+ bytes, but the device|No space left on device).*");
  }

  private static void waitFor(Process child, Path run, String mark) throws Exception {
    waitFor(child, run, 0, 1, mark);
  }

  /** Waits until the log has so many lines with a mark, from a position on. */
  private static void waitFor(Process child, Path run, long from, int times, String mark)
      throws Exception {
    long start = System.nanoTime();
    Path log = run.resolve("run.log");
    while (RunLog.lines(log, from).stream().filter(l -> l.contains(mark)).count() < times) {
      assertThat(child.isAlive()).as("see %s", SmallRuns.output(run)).isTrue();
      assertThat(System.nanoTime() - start).isLessThan(Duration.ofMinutes(3).toNanos());
      Thread.sleep(10);
    }
  }
}
