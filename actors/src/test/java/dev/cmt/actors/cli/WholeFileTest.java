package dev.cmt.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
  @TempDir Path directory;

  @Test
  void aFailureLeavesWhatWasThereAndNothingElse() throws IOException {
    Path file = Files.writeString(directory.resolve("x.csv"), "before");

    assertThatThrownBy(
            () ->
                WholeFile.write(
                    file,
                    temporary -> {
                      Files.writeString(temporary, "half");
                      throw new IOException("No space left on device");
                    }))
        .hasMessage("No space left on device");

    assertThat(file).hasContent("before");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void successReplacesTheFileAndIsReadableByOthers() throws IOException {
    Path file = Files.writeString(directory.resolve("x.csv"), "before");

    WholeFile.write(file, temporary -> Files.writeString(temporary, "after"));

    assertThat(file).hasContent("after");
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(Files.getPosixFilePermissions(Files.createFile(directory.resolve("ordinary"))));
  }
}
