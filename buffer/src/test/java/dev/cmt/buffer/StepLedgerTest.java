package dev.cmt.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stays of a step that is given up, and what those who only look can see. */
class StepLedgerTest {
  @TempDir Path temporary;
  private RunDirectory run;
  private RunLock lock;
  private final List<JournalDamage> damage = new ArrayList<>();

  @BeforeEach
  void lock() throws IOException {
    run = RunDirectory.create(temporary.resolve("run"));
    lock = RunLock.acquire(run);
  }

  @AfterEach
  void unlock() throws IOException {
    lock.close();
  }

  private ReplayBuffer open(Retention retention) {
    return ReplayBuffer.open(lock, retention, damage::add);
  }

  @Test
  void theLayoutIsTheDocumentedOne() throws IOException {
    double[] logQ = {1.5, -2.5, Double.NaN};
    double[] logP = {-300, Double.NEGATIVE_INFINITY, 7};
    new StepLedger(12, logQ, logP).write(lock);
    Path file = run.root().resolve("ledger/step-000012.ledger");
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.remaining()).isEqualTo(20 + 16 * 3);
    assertThat(new byte[] {bytes.get(), bytes.get(), bytes.get(), bytes.get()})
        .asString()
        .isEqualTo("CMTL");
    assertThat(bytes.getInt()).as("version").isEqualTo(1);
    assertThat(bytes.getInt()).as("step").isEqualTo(12);
    assertThat(bytes.getInt()).as("rows").isEqualTo(3);
    for (double value : logQ) {
      assertThat(bytes.getDouble()).isEqualTo(Double.valueOf(value));
    }
    for (double value : logP) {
      assertThat(bytes.getDouble()).isEqualTo(Double.valueOf(value));
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), 0, 16 + 16 * 3);
    assertThat(bytes.getInt()).isEqualTo((int) crc.getValue());

    StepLedger back = StepLedger.read(run, 12);
    assertThat(back.step()).isEqualTo(12);
    assertThat(back.rows()).isEqualTo(3);
    assertThat(back.logQ()).isEqualTo(logQ);
    assertThat(back.logP()).isEqualTo(logP);
    assertThat(StepLedger.steps(run)).containsExactly(12);
  }

  @Test
  void retentionLeavesALedgerOfEachStepItGivesUp() throws IOException {
    Retention retention = new Retention(1, true);
    try (ReplayBuffer buffer = open(retention)) {
      for (int step = 0; step < 3; step++) {
        buffer.append(Batches.of(step, 1));
        buffer.append(Batches.of(step, 0));
      }
      StepSamples first = buffer.readAll(0);
      assertThat(buffer.applyRetention(2, 2 * Batches.ROWS)).containsExactly(0, 1);
      assertThat(buffer.steps()).containsExactly(2);
      assertThat(StepLedger.steps(run)).containsExactly(0, 1);
      // In the order of rows, not of arrival.
      assertThat(StepLedger.read(run, 0).logQ()).isEqualTo(first.logQ());
      assertThat(StepLedger.read(run, 0).logP()).isEqualTo(first.logP());
    }
    try (ReplayBuffer buffer = open(new Retention(1))) {
      assertThat(buffer.applyRetention(3, 2 * Batches.ROWS)).containsExactly(2);
    }
    assertThat(StepLedger.steps(run)).as("not asked for").containsExactly(0, 1);
  }

  /** What is left of it can still be looked at; a short ledger would pass for the step. */
  @Test
  void aStepThatLostRowsStaysInsteadOfAShortLedger() throws IOException {
    try (ReplayBuffer buffer = open(new Retention(1, true))) {
      buffer.append(Batches.of(0, 1));
      buffer.append(Batches.of(1, 1));
      buffer.append(Batches.of(1, 0));
      assertThat(buffer.applyRetention(2, 2 * Batches.ROWS)).containsExactly(1);
      assertThat(StepLedger.steps(run)).containsExactly(1);
      assertThat(buffer.batches(0)).containsExactly(1);
    }
    try (ReplayBuffer buffer = open(new Retention(1))) {
      assertThat(buffer.applyRetention(2, 2 * Batches.ROWS)).containsExactly(0);
    }
  }

  @Test
  void aDeletionThatDiedIsFinishedAndTheLedgerStays() throws IOException {
    try (ReplayBuffer buffer = open(new Retention(1, true))) {
      buffer.append(Batches.of(0, 0));
      buffer.applyRetention(1, Batches.ROWS);
    }
    byte[] ledger = Files.readAllBytes(StepLedger.file(run, 0));
    Path half = run.journal().resolve("step-000000.deleted");
    Files.createDirectory(half);
    Files.writeString(half.resolve("20260101F.cq4"), "what was left");
    try (ReplayBuffer buffer = open(new Retention(1, true))) {
      assertThat(buffer.applyRetention(1, Batches.ROWS)).containsExactly(0);
    }
    assertThat(half).doesNotExist();
    assertThat(Files.readAllBytes(StepLedger.file(run, 0))).isEqualTo(ledger);
    assertThat(damage).isEmpty();
  }

  @Test
  void anyChangedByteIsNoticed() throws IOException {
    new StepLedger(3, new double[] {1, 2}, new double[] {3, 4}).write(lock);
    Path file = StepLedger.file(run, 3);
    byte[] content = Files.readAllBytes(file);
    for (int i = 0; i < content.length; i++) {
      byte[] changed = content.clone();
      changed[i] ^= 1;
      Files.write(file, changed);
      assertThatThrownBy(() -> StepLedger.read(run, 3))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file.toString());
      Files.write(file, Arrays.copyOf(content, i));
      assertThatThrownBy(() -> StepLedger.read(run, 3)).isInstanceOf(IOException.class);
    }
    ByteBuffer later = ByteBuffer.wrap(content.clone()).order(ByteOrder.LITTLE_ENDIAN);
    later.putInt(4, 2);
    CRC32C crc = new CRC32C();
    crc.update(later.array(), 0, content.length - 4);
    later.putInt(content.length - 4, (int) crc.getValue());
    Files.write(file, later.array());
    assertThatThrownBy(() -> StepLedger.read(run, 3))
        .hasMessageContaining("format version 2, this program reads version 1");
    assertThatThrownBy(() -> StepLedger.read(run, 4)).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void whoOnlyLooksSeesWhatIsStoredAlsoWhileItIsWritten() throws IOException {
    assertThat(RecordedSamples.steps(run)).isEmpty();
    assertThatThrownBy(() -> RecordedSamples.read(run, 1, batch -> {}))
        .isInstanceOf(NoSuchFileException.class);
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      buffer.append(Batches.of(1, 4));
      buffer.append(Batches.of(1, 0));
      List<Integer> batches = new ArrayList<>();
      assertThat(
              RecordedSamples.read(
                  run,
                  1,
                  batch -> {
                    SampleBatch stored = Batches.of(1, batch.batch());
                    assertThat(batch.firstRow()).isEqualTo(stored.firstRow());
                    assertThat(batch.u()).isEqualTo(stored.u());
                    assertThat(batch.logQ()).isEqualTo(stored.logQ());
                    assertThat(batch.logP()).isEqualTo(stored.logP());
                    assertThat(batch.logVolume()).isEqualTo(stored.logVolume());
                    batches.add(batch.batch());
                  }))
          .isEmpty();
      assertThat(batches).containsExactly(4, 0);
      assertThat(RecordedSamples.steps(run)).containsExactly(1);
    }
  }

  @Test
  void theHolderOfALockCanBeAskedFor() throws IOException {
    assertThat(RunLock.holder(run)).contains(lock.owner());
    lock.close();
    assertThat(RunLock.holder(run)).isEmpty();
    try (RunLock again = RunLock.acquire(run)) {
      assertThat(again.isHeld()).as("asking took nothing away").isTrue();
    }
  }
}
