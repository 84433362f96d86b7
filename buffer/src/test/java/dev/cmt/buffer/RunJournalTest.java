package dev.cmt.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.buffer.RecordScan.AfterDamage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunJournalTest {
  private static final List<RunEvent> EVENTS =
      List.of(
          new RunEvent.RunStarted("c0ffee", -7L, 1),
          new RunEvent.StepStarted(0, 500),
          new RunEvent.DualSolved(0, 0.5, 0, Double.NaN, 1e-300),
          new RunEvent.FitCheckpointed(0, 40, "step-000000-fit-00000040.safetensors", "cd"),
          new RunEvent.StepCompleted(0, "step-000000.safetensors", "ab".repeat(32), "{\"step\":0}"),
          new RunEvent.RunFinished("completed"));

  @TempDir Path temporary;
  private RunDirectory run;
  private RunLock lock;

  @BeforeEach
  void lock() throws IOException {
    run = RunDirectory.create(temporary.resolve("run"));
    lock = RunLock.acquire(run);
  }

  @AfterEach
  void unlock() throws IOException {
    lock.close();
  }

  @Test
  void eventsComeBackInOrderAlsoToAReaderWithoutTheLock() throws IOException {
    assertThat(RunJournal.read(run).events()).isEmpty();
    try (RunJournal journal = RunJournal.open(lock)) {
      assertThat(journal.replay()).isEmpty();
      journal.append(EVENTS.get(0));
      journal.append(EVENTS.get(1));
      journal.sync();
      assertThat(RunJournal.read(run).events()).isEqualTo(EVENTS.subList(0, 2));
    }
    try (RunJournal journal = RunJournal.open(lock)) {
      for (RunEvent event : EVENTS.subList(2, EVENTS.size())) {
        journal.append(event);
      }
      assertThat(journal.replay()).isEqualTo(EVENTS);
      assertThat(journal.damage()).isEmpty();
    }
    assertThat(RunJournal.read(run).events()).isEqualTo(EVENTS);
    assertThat(RunJournal.read(run).damage()).isEmpty();
  }

  @Test
  void aDamagedEventTakesNoOtherAlong() throws IOException {
    try (RunJournal journal = RunJournal.open(lock)) {
      for (RunEvent event : EVENTS) {
        journal.append(event);
      }
    }
    Path file = queueFile();
    String content = Files.readString(file, StandardCharsets.ISO_8859_1);
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(content.indexOf("fit-000"));
      access.write('F');
    }

    List<RunEvent> sound = new ArrayList<>(EVENTS);
    sound.remove(3);
    RunJournal.Replay replay = RunJournal.read(run);
    assertThat(replay.events()).isEqualTo(sound);
    assertThat(replay.damage()).hasSize(1);
    assertThat(replay.damage().get(0).record()).isEqualTo(3);

    try (RunJournal journal = RunJournal.open(lock)) {
      assertThat(journal.damage()).hasSize(1);
      assertThat(journal.damage().get(0).toString()).contains("after 3 records").contains("CRC32C");
      assertThat(journal.damage().get(0).keptAt()).isDirectory().isNotEqualTo(file.getParent());
      assertThat(journal.replay()).isEqualTo(sound);
      journal.append(EVENTS.get(0));
    }
    try (RunJournal journal = RunJournal.open(lock)) {
      assertThat(journal.damage()).isEmpty();
      sound.add(EVENTS.get(0));
      assertThat(journal.replay()).isEqualTo(sound);
    }
  }

  /** As journals had it before lines of steps.jsonl were kept in them. */
  @Test
  void aCompletedStepWithoutItsLineIsRead() throws IOException {
    RunJournal.open(lock).close();
    byte[] old =
        "{\"event\":\"step-completed\",\"step\":3,\"checkpoint\":\"a\",\"checkpointSha256\":\"b\"}"
            .getBytes(StandardCharsets.UTF_8);
    try (ExcerptLog log =
        ExcerptLog.open(run.journal().resolve("events"), 0x45544d43, AfterDamage.SKIP)) {
      log.append(old.length, to -> to.put(old));
    }
    assertThat(RunJournal.read(run).events())
        .containsExactly(new RunEvent.StepCompleted(3, "a", "b", null));
  }

  @Test
  void anEventOfALaterVersionIsRefusedNotSkipped() throws IOException {
    try (RunJournal journal = RunJournal.open(lock)) {
      journal.append(EVENTS.get(0));
    }
    byte[] unknown = "{\"event\":\"run-paused\"}".getBytes(StandardCharsets.UTF_8);
    try (ExcerptLog log =
        ExcerptLog.open(run.journal().resolve("events"), 0x45544d43, AfterDamage.SKIP)) {
      log.append(unknown.length, to -> to.put(unknown));
    }
    try (RunJournal journal = RunJournal.open(lock)) {
      assertThatThrownBy(journal::replay)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("use the version that wrote it");
    }
  }

  /** Locks that a killed writer still held, a flipped bit, a torn or absent file. */
  @Test
  void chroniclesOwnTableHoldsNothingThatTheJournalNeeds() throws IOException {
    Path table = run.journal().resolve("events/metadata.cq4t");
    List<RunEvent> expected = new ArrayList<>();
    RunJournal.open(lock).close();
    Files.delete(table);
    assertThat(RunJournal.read(run).events()).isEqualTo(expected);
    byte[] zeros = new byte[131_072];
    for (byte[] damaged : List.of(new byte[0], new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, zeros)) {
      Files.write(table, damaged);
      try (RunJournal journal = RunJournal.open(lock)) {
        assertThat(journal.damage()).isEmpty();
        assertThat(journal.replay()).isEqualTo(expected);
        journal.append(EVENTS.get(0));
        expected.add(EVENTS.get(0));
      }
      assertThat(RunJournal.read(run).events()).isEqualTo(expected);
    }
  }

  @Test
  void aQueueThatChronicleCannotOpenIsNamed() throws IOException {
    try (RunJournal journal = RunJournal.open(lock)) {
      journal.append(EVENTS.get(0));
    }
    Path file = queueFile();
    Files.delete(file);
    Files.createDirectory(file);
    assertThatThrownBy(() -> RunJournal.open(lock))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("journal/events");
  }

  @Test
  void writingWithoutTheLockIsRefused() throws IOException {
    RunDirectory other = RunDirectory.create(temporary.resolve("other"));
    RunLock closed = RunLock.acquire(other);
    closed.close();
    assertThatThrownBy(() -> RunJournal.open(closed))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("was closed");
  }

  private Path queueFile() throws IOException {
    try (Stream<Path> files = Files.list(run.journal().resolve("events"))) {
      return files.filter(file -> file.toString().endsWith(".cq4")).findFirst().orElseThrow();
    }
  }
}
