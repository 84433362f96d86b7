package dev.cmt.buffer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {
  @TempDir Path temporary;

  @Test
  void aDirectoryIsARunOnceItsManifestIsThere() throws IOException {
    Path root = temporary.resolve("a/run");
    assertThatThrownBy(() -> RunDirectory.open(root))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("holds no run");
    RunDirectory run = RunDirectory.create(root);
    RunLock.acquire(run).close();
    assertThat(RunDirectory.isRun(root)).isFalse();
    Files.writeString(run.steps(), "");
    Files.writeString(root.resolve("run.log"), "");
    assertThat(RunDirectory.create(root)).isEqualTo(run); // its creator died before the manifest
    AtomicFile.write(run.manifest(), "{}".getBytes(UTF_8));
    assertThat(RunDirectory.open(root)).isEqualTo(run);
    assertThatThrownBy(() -> RunDirectory.create(root))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining("resume it");
  }

  @Test
  void directoriesOfOthersAreLeftAlone() throws IOException {
    Path thesis = Files.writeString(temporary.resolve("thesis.tex"), "");
    assertThatThrownBy(() -> RunDirectory.create(temporary))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining("thesis.tex");
    assertThatThrownBy(() -> RunDirectory.create(thesis))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining("it is a file");
  }

  @Test
  void atomicWritesReplaceAndLeaveNothingBehind() throws IOException {
    Path file = temporary.resolve("summary.json");
    AtomicFile.write(file, "old".getBytes(UTF_8));
    AtomicFile.write(file, "new".getBytes(UTF_8));
    assertThat(file).hasContent("new");
    Path plain = Files.writeString(temporary.resolve("plain"), "");
    assertThat(Files.getPosixFilePermissions(file))
        .as("others may read what they may read of other files")
        .isEqualTo(Files.getPosixFilePermissions(plain));
    Files.delete(plain);
    try (Stream<Path> entries = Files.list(temporary)) {
      assertThat(entries).containsExactly(file);
    }
    assertThatThrownBy(() -> AtomicFile.write(temporary.resolve("absent/file"), new byte[1]))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void takingTheLockClearsHalfWrittenFilesAndNoOthers() throws IOException {
    RunDirectory run = RunDirectory.create(temporary.resolve("run"));
    Path leftover = Files.createTempFile(run.checkpoints(), ".writing-", "");
    Path manifest = Files.writeString(run.manifest(), "{}");
    Path checkpoint = Files.writeString(run.checkpoints().resolve(CheckpointStore.name(1)), "x");
    RunLock.acquire(run).close();
    assertThat(leftover).doesNotExist();
    assertThat(manifest).exists();
    assertThat(checkpoint).exists();
  }

  @Test
  void aFullDiskIsToldBeforeItIsFull() throws IOException {
    long room = temporary.toFile().getUsableSpace();
    DiskSpace.require(temporary, room / 2, "half of it");
    assertThatThrownBy(() -> DiskSpace.require(temporary, 1L << 60, "annealing step 12"))
        .isInstanceOfSatisfying(
            DiskFullException.class,
            e -> {
              assertThat(e.neededBytes()).isEqualTo(1L << 60);
              assertThat(e.availableBytes()).isPositive().isLessThan(1L << 60);
            })
        .hasMessageStartingWith("annealing step 12 needs 1152921504606846976 bytes");
    assertThatThrownBy(() -> DiskSpace.require(temporary, -1, "x"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** The checkpoint writer and the one of samples ask at the same time. */
  @Test
  void roomIsNotPromisedToTwoWriters() throws IOException {
    long room = temporary.toFile().getUsableSpace();
    long[] left = new long[1];
    DiskSpace.take(
        temporary,
        room * 3 / 4,
        "a checkpoint",
        () ->
            assertThatThrownBy(() -> DiskSpace.require(temporary, room / 2, "a batch"))
                .isInstanceOfSatisfying(
                    DiskFullException.class, e -> left[0] = e.availableBytes()));
    assertThat(left[0]).isLessThan(room / 2);
    DiskSpace.require(temporary, room / 2, "a batch");
    assertThatThrownBy(
            () ->
                DiskSpace.take(
                    temporary,
                    room * 3 / 4,
                    "a checkpoint",
                    () -> {
                      throw new IOException("the writer failed");
                    }))
        .hasMessage("the writer failed");
    DiskSpace.require(temporary, room / 2, "a batch");
  }
}
