package dev.cmt.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayBufferTest {
  @TempDir Path temporary;
  private RunLock lock;
  private final List<JournalDamage> damage = new ArrayList<>();

  @BeforeEach
  void lock() throws IOException {
    lock = RunLock.acquire(RunDirectory.create(temporary.resolve("run")));
  }

  @AfterEach
  void unlock() throws IOException {
    lock.close();
  }

  @Test
  void batchesComeBackInTheirOrderWhateverOrderTheyCameIn() throws IOException {
    SampleBatch small = Batches.of(4, 1, 3, 7);
    SampleBatch large = Batches.of(4, 0, 1000, 7);
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      assertThat(buffer.append(small)).isTrue();
      assertThat(buffer.append(large)).isTrue();
      assertThat(buffer.batches(4)).containsExactly(0, 1);
      assertSamples(buffer.readAll(4), large, small);
    }
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      assertThat(buffer.batches(4)).containsExactly(0, 1);
      assertSamples(buffer.readAll(4), large, small);
    }
    assertThat(damage).isEmpty();
  }

  @Test
  void theFirstOfTwoBatchesWithOneNumberIsKept() throws IOException {
    SampleBatch first = Batches.of(0, 2);
    SampleBatch again =
        new SampleBatch(
            0,
            2,
            first.firstRow(),
            Batches.ROWS,
            Batches.DIMENSION,
            new float[first.u().length],
            new double[Batches.ROWS],
            new double[Batches.ROWS],
            new double[Batches.ROWS]);
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      assertThat(buffer.append(first)).isTrue();
      assertThat(buffer.append(again)).isFalse();
      assertSamples(buffer.readAll(0), first);
    }
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      assertThat(buffer.append(again)).isFalse();
      assertSamples(buffer.readAll(0), first);
    }
  }

  @Test
  void aStepWithoutBatchesIsEmptyAndReadingItCreatesNothing() throws IOException {
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      assertThat(buffer.batches(3)).isEmpty();
      assertThat(buffer.readAll(3).rows()).isZero();
      assertThat(buffer.steps()).isEmpty();
    }
  }

  @Test
  void aFlippedBitCostsItsBatchAndNoOther() throws IOException {
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      for (int i = 0; i < 5; i++) {
        buffer.append(Batches.of(1, i));
      }
    }
    float[] u = Batches.of(1, 2).u();
    flipBit(stepFile(1), littleEndian(Float.floatToRawIntBits(u[100])));

    try (ReplayBuffer buffer = open(Retention.ALL)) {
      assertThat(buffer.batches(1)).containsExactly(0, 1, 3, 4);
      assertThat(damage).hasSize(1);
      assertThat(damage.get(0).record()).isEqualTo(2);
      assertThat(damage.get(0).reason()).contains("CRC32C");
      assertThat(damage.get(0).keptAt()).isDirectory();
      assertSamples(
          buffer.readAll(1),
          Batches.of(1, 0),
          Batches.of(1, 1),
          Batches.of(1, 3),
          Batches.of(1, 4));
      assertThat(buffer.append(Batches.of(1, 2))).isTrue();
    }
    damage.clear();
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      assertThat(buffer.batches(1)).containsExactly(0, 1, 2, 3, 4);
      assertThat(damage).isEmpty();
      buffer.delete(1);
      assertThat(buffer.steps()).isEmpty();
    }
    try (Stream<Path> left = Files.list(lock.directory().journal())) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void aDamagedLengthIsNoticedAndWhatComesBeforeIsUsed() throws IOException {
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      for (int i = 0; i < 5; i++) {
        buffer.append(Batches.of(1, i));
      }
    }
    // Chronicle's own header, 4 bytes before ours of batch 3.
    byte[] needle = new byte[12];
    System.arraycopy(littleEndian(1), 0, needle, 0, 4);
    System.arraycopy(littleEndian(3), 0, needle, 4, 4);
    System.arraycopy(littleEndian(3 * Batches.ROWS), 0, needle, 8, 4);
    for (int lengthThere : List.of(0, 0x7fff_ffff, 0x3fff_fffc, 64)) {
      damage.clear();
      Path file = stepFile(1);
      byte[] content = Files.readAllBytes(file);
      overwrite(file, find(content, needle) - 12 - 4, littleEndian(lengthThere));
      try (ReplayBuffer buffer = open(Retention.ALL)) {
        assertThat(buffer.batches(1)).startsWith(0, 1, 2).doesNotContain(3);
        assertThat(damage).as("length %x", lengthThere).isNotEmpty();
        for (int i = 3; i < 5; i++) {
          buffer.append(Batches.of(1, i));
        }
        assertThat(buffer.readAll(1).batches()).containsExactly(0, 1, 2, 3, 4);
      }
    }
  }

  @Test
  void aRepairThatDiedBeforeItsLastRenameIsFinished() throws IOException {
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      buffer.append(Batches.of(1, 0));
    }
    Path journal = lock.directory().journal();
    Files.move(journal.resolve("step-000001"), journal.resolve("step-000001.repaired"));
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      assertThat(buffer.steps()).containsExactly(1);
      assertSamples(buffer.readAll(1), Batches.of(1, 0));
    }
  }

  @Test
  void aHalfCreatedStepIsMadeAnew() throws IOException {
    Path half = lock.directory().journal().resolve("step-000001.creating");
    Files.createDirectories(half);
    Files.writeString(half.resolve("metadata.cq4t"), "torn");
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      assertThat(buffer.append(Batches.of(1, 0))).isTrue();
      assertSamples(buffer.readAll(1), Batches.of(1, 0));
    }
    assertThat(half).doesNotExist();
  }

  @Test
  void retentionKeepsTheNewestSteps() throws IOException {
    try (ReplayBuffer buffer = open(Retention.parse("2"))) {
      for (int step = 0; step < 5; step++) {
        buffer.append(Batches.of(step, 0));
      }
      assertThat(buffer.applyRetention(4, Batches.ROWS)).containsExactly(0, 1, 2);
      assertThat(buffer.steps()).containsExactly(3, 4);
      assertSamples(buffer.readAll(3), Batches.of(3, 0));
    }
    try (ReplayBuffer buffer = open(Retention.parse("all"))) {
      assertThat(buffer.applyRetention(100, Batches.ROWS)).isEmpty();
    }
    try (ReplayBuffer buffer = open(Retention.parse(" Last "))) {
      assertThat(buffer.applyRetention(4, Batches.ROWS)).containsExactly(3);
      assertThat(buffer.applyRetention(5, Batches.ROWS)).containsExactly(4);
      assertThat(buffer.steps()).isEmpty();
    }
    for (String wrong : List.of("0", "-1", "some", "")) {
      assertThatThrownBy(() -> Retention.parse(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("retention (" + wrong + ")");
    }
  }

  @Test
  void batchesOfAnotherSizeCanBeDroppedAndTheOthersStay() throws IOException {
    ReplayBuffer.BatchFilter two =
        (batch, firstRow, rows) ->
            batch < 2 && rows == Batches.ROWS && firstRow == (long) batch * Batches.ROWS;
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      assertThat(buffer.retain(1, two)).isZero();
      buffer.append(Batches.of(1, 2));
      buffer.append(Batches.of(1, 0));
      buffer.append(Batches.of(1, 1, 3, Batches.DIMENSION));
      assertThat(buffer.retain(1, (batch, firstRow, rows) -> true)).isZero();
      assertThat(buffer.retain(1, two)).isEqualTo(2);
      assertSamples(buffer.readAll(1), Batches.of(1, 0));
      assertThat(buffer.append(Batches.of(1, 1))).as("of the right size").isTrue();
    }
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      assertSamples(buffer.readAll(1), Batches.of(1, 0), Batches.of(1, 1));
    }
    assertThat(damage).isEmpty();
  }

  /** As if killed between two renames, when all but the last step of an exchange was done. */
  @Test
  void whatAnExchangeThatDiedLeftIsClearedAway() throws IOException {
    Path journal = lock.directory().journal();
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      buffer.append(Batches.of(1, 0));
    }
    Files.createDirectory(journal.resolve("step-000001.deleted"));
    Files.writeString(journal.resolve("step-000001.deleted/20260101F.cq4"), "what it had");
    Files.move(journal.resolve("step-000001"), journal.resolve("step-000001.repaired"));
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      assertSamples(buffer.readAll(1), Batches.of(1, 0));
    }
    try (Stream<Path> left = Files.list(journal)) {
      assertThat(left).containsExactly(journal.resolve("step-000001"));
    }
  }

  @Test
  void batchesThatDoNotFitAreRefusedAndNothingIsWritten() throws IOException {
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      buffer.append(Batches.of(1, 0));
      assertThatThrownBy(() -> buffer.append(Batches.of(1, 1, 10, Batches.DIMENSION + 1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("dimension 6");
      SampleBatch huge = Batches.of(1, 1, 600_000, Batches.DIMENSION);
      assertThatThrownBy(() -> buffer.append(huge))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("fewer rows a batch");
      assertSamples(buffer.readAll(1), Batches.of(1, 0));
    }
    assertThatThrownBy(
            () ->
                new SampleBatch(
                    0, 0, 0, 2, 3, new float[5], new double[2], new double[2], new double[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("u of a sample batch has 5 values");
  }

  @Test
  void manyLargeBatchesCrossMappedBlocks() throws IOException {
    int rows = 20_000;
    int dimension = 40;
    List<SampleBatch> batches = new ArrayList<>();
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      for (int i = 0; i < 21; i++) { // 74 MB, blocks are of 64 MiB
        SampleBatch batch = Batches.of(1, i, rows, dimension);
        batches.add(batch);
        buffer.append(batch);
      }
      buffer.sync();
    }
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      assertSamples(buffer.readAll(1), batches.toArray(SampleBatch[]::new));
      assertThat(damage).isEmpty();
    }
  }

  @Test
  void stepBytesIsWhatAStepTakes() throws IOException {
    try (ReplayBuffer buffer = open(Retention.ALL)) {
      for (int i = 0; i < 10; i++) {
        buffer.append(Batches.of(1, i, 1000, 66));
      }
    }
    byte[] content = Files.readAllBytes(stepFile(1));
    int end = content.length;
    while (content[end - 1] == 0) {
      end--;
    }
    // Beside the records: Chronicle's file header and two index pages.
    assertThat((long) end)
        .isBetween(
            ReplayBuffer.stepBytes(10_000, 66, 1000),
            ReplayBuffer.stepBytes(10_000, 66, 1000) + (1 << 18));
  }

  private ReplayBuffer open(Retention retention) {
    return ReplayBuffer.open(lock, retention, damage::add);
  }

  private Path stepFile(int step) throws IOException {
    Path directory = lock.directory().journal().resolve("step-00000" + step);
    try (Stream<Path> files = Files.list(directory)) {
      List<Path> queueFiles = files.filter(file -> file.toString().endsWith(".cq4")).toList();
      assertThat(queueFiles).hasSize(1);
      return queueFiles.get(0);
    }
  }

  private static void assertSamples(StepSamples samples, SampleBatch... batches) {
    int row = 0;
    for (int i = 0; i < batches.length; i++) {
      SampleBatch batch = batches[i];
      int d = batch.dimension();
      assertThat(samples.dimension()).isEqualTo(d);
      assertThat(samples.batches()[i]).isEqualTo(batch.batch());
      int end = row + batch.rows();
      assertThat(Arrays.equals(batch.u(), 0, batch.rows() * d, samples.u(), row * d, end * d))
          .isTrue();
      assertThat(Arrays.copyOfRange(samples.logQ(), row, end)).isEqualTo(batch.logQ());
      assertThat(Arrays.copyOfRange(samples.logP(), row, end)).isEqualTo(batch.logP());
      assertThat(Arrays.copyOfRange(samples.logVolume(), row, end)).isEqualTo(batch.logVolume());
      row = end;
    }
    assertThat(samples.batches()).hasSize(batches.length);
    assertThat(samples.rows()).isEqualTo(row);
    assertThat(samples.logQ()).hasSize(row);
  }

  private static byte[] littleEndian(int value) {
    return new byte[] {
      (byte) value, (byte) (value >> 8), (byte) (value >> 16), (byte) (value >> 24)
    };
  }

  private static int find(byte[] content, byte[] needle) {
    for (int i = 0; i + needle.length <= content.length; i++) {
      if (Arrays.equals(content, i, i + needle.length, needle, 0, needle.length)) {
        return i;
      }
    }
    throw new AssertionError("not in the file");
  }

  private static void flipBit(Path file, byte[] at) throws IOException {
    byte[] content = Files.readAllBytes(file);
    int position = find(content, at);
    overwrite(file, position, new byte[] {(byte) (content[position] ^ 0x10)});
  }

  private static void overwrite(Path file, int position, byte[] bytes) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(position);
      access.write(bytes);
    }
  }
}
