package dev.cmt.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.openhft.chronicle.queue.impl.TableStore;
import net.openhft.chronicle.queue.impl.single.TableStoreWriteLock;
import net.openhft.chronicle.queue.impl.table.Metadata;
import net.openhft.chronicle.queue.impl.table.SingleTableBuilder;
import net.openhft.chronicle.threads.BusyTimedPauser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process that is killed leaves behind for the next one. */
class CrashTest {
  /** Time a restart may take; Chronicle's own default is to wait 15-20 s for the dead writer. */
  private static final Duration RESTART = Duration.ofSeconds(5);

  @TempDir Path temporary;

  @Test
  void everythingAcknowledgedIsThereAfterKillsAtAnyInstant() throws Exception {
    RunDirectory run = newRun();
    int next = 0;
    for (int kill = 0; kill < 3; kill++) {
      int acknowledged = next;
      try (ChildJvm child =
          new ChildJvm(
              CrashingWriter.class, run.root().toString(), "between-or-within", "" + next)) {
        // Each kill comes after a different number of appends, wherever the child then is.
        for (int i = 0; i < 1 + 200 * kill; i++) {
          acknowledged = Integer.parseInt(child.line()) + 1;
        }
        for (String line : child.kill()) {
          acknowledged = Integer.parseInt(line) + 1;
        }
      }
      long start = System.nanoTime();
      try (RunLock lock = RunLock.acquire(run);
          RunJournal journal = RunJournal.open(lock);
          ReplayBuffer buffer =
              ReplayBuffer.open(lock, Retention.ALL, damage -> fail(damage.toString()))) {
        next = buffer.batches(1).last() + 1;
        assertThat(next).isBetween(acknowledged, acknowledged + 1);
        assertThat(journal.damage()).isEmpty();
        assertThat(journal.replay()).hasSizeBetween(acknowledged, acknowledged + 1);
        if (journal.replay().size() < next) {
          journal.append(new RunEvent.StepStarted(next - 1, 1));
        }
        buffer.append(Batches.of(1, next));
        journal.append(new RunEvent.StepStarted(next, 1));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(RESTART);
        next++;
        assertBatches(buffer.readAll(1), next);
        assertThat(journal.replay())
            .extracting(event -> ((RunEvent.StepStarted) event).step())
            .containsExactlyElementsOf(IntStream.range(0, next).boxed().toList());
      }
    }
    assertThat(next).isGreaterThan(600);
  }

  @Test
  void aWriterKilledWithinAnAppendLeavesNoTraceAndNoWait() throws Exception {
    RunDirectory run = newRun();
    try (ChildJvm child =
        new ChildJvm(CrashingWriter.class, run.root().toString(), "within-an-append", "0")) {
      assertThat(child.line()).isEqualTo("0");
      assertThat(child.exitCode()).isEqualTo(9);
    }
    long start = System.nanoTime();
    try (RunLock lock = RunLock.acquire(run);
        ReplayBuffer buffer =
            ReplayBuffer.open(lock, Retention.ALL, damage -> fail(damage.toString()))) {
      // Smaller than what the dead writer had put, so remains of it lie behind the new record.
      assertThat(buffer.append(Batches.of(1, 1))).isTrue();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(RESTART);
      assertBatches(buffer.readAll(1), 2);
    }
    try (RunLock lock = RunLock.acquire(run);
        ReplayBuffer buffer =
            ReplayBuffer.open(lock, Retention.ALL, damage -> fail(damage.toString()))) {
      assertThat(buffer.append(Batches.of(1, 2))).isTrue();
      assertBatches(buffer.readAll(1), 3);
    }
  }

  /**
   * Where each container has a process 1, the holder of a dead writer's queue lock seems alive:
   * here it is this very process.
   */
  @Test
  void aQueueLockOfAProcessThatSeemsAliveIsNobodys() throws Exception {
    RunDirectory run = newRun();
    try (RunLock lock = RunLock.acquire(run);
        RunJournal journal = RunJournal.open(lock)) {
      journal.append(new RunEvent.StepStarted(0, 1));
    }
    Path table = run.journal().resolve("events").resolve("metadata.cq4t");
    for (String key : List.of(TableStoreWriteLock.APPEND_LOCK_KEY, "chronicle.write.lock")) {
      try (TableStore<?> locks =
              SingleTableBuilder.binary(table, Metadata.NoMeta.INSTANCE).readOnly(false).build();
          TableStoreWriteLock held =
              new TableStoreWriteLock(locks, BusyTimedPauser::new, 500L, key)) {
        held.lock();
      }
      try (RunLock lock = RunLock.acquire(run);
          RunJournal journal = RunJournal.open(lock)) {
        journal.append(new RunEvent.StepStarted(1, 1));
      }
    }
    assertThat(RunJournal.read(run).events()).hasSize(3);
  }

  @Test
  void onlyOneProcessWorksInARunDirectory() throws Exception {
    RunDirectory run = newRun();
    try (ChildJvm child =
        new ChildJvm(CrashingWriter.class, run.root().toString(), "hold-the-lock", "0")) {
      assertThat(child.line()).isEqualTo("locked");
      assertThatThrownBy(() -> RunLock.acquire(run))
          .isInstanceOfSatisfying(
              RunLockedException.class, e -> assertThat(e.owner().pid()).isEqualTo(child.pid()))
          .hasMessageContaining(run.root().toString())
          .hasMessageContaining("process " + child.pid() + " on host ");
      child.kill();
    }
    try (RunLock lock = RunLock.acquire(run)) {
      assertThat(lock.owner().pid()).isEqualTo(ProcessHandle.current().pid());
    }
  }

  @Test
  void aLockOfThisProcessIsSeenByAnotherAlsoAfterASecondAttempt() throws Exception {
    RunDirectory run = newRun();
    try (RunLock lock = RunLock.acquire(run)) {
      assertThatThrownBy(() -> RunLock.acquire(run)).isInstanceOf(RunLockedException.class);
      try (ChildJvm child =
          new ChildJvm(CrashingWriter.class, run.root().toString(), "hold-the-lock", "0")) {
        assertThat(child.line()).isNull();
        assertThat(child.exitCode()).isEqualTo(1);
      }
      assertThat(lock.isHeld()).isTrue();
    }
  }

  private RunDirectory newRun() throws Exception {
    RunDirectory run = RunDirectory.create(temporary.resolve("run"));
    Files.writeString(run.manifest(), "{}");
    return run;
  }

  private static void assertBatches(StepSamples samples, int count) {
    assertThat(samples.batches()).hasSize(count);
    List<Integer> wrong = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      SampleBatch expected = Batches.of(1, i);
      int first = i * Batches.ROWS;
      if (samples.batches()[i] != i
          || !Arrays.equals(
              expected.u(),
              0,
              expected.u().length,
              samples.u(),
              first * Batches.DIMENSION,
              (first + Batches.ROWS) * Batches.DIMENSION)
          || !Arrays.equals(
              expected.logQ(), 0, Batches.ROWS, samples.logQ(), first, first + Batches.ROWS)
          || !Arrays.equals(
              expected.logP(), 0, Batches.ROWS, samples.logP(), first, first + Batches.ROWS)) {
        wrong.add(i);
      }
    }
    assertThat(wrong).isEmpty();
  }
}
