package dev.cmt.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleCommandTest {
  @TempDir Path directory;

  @Test
  void neverReplacesWhatIsThere() throws IOException {
    Path there = Files.writeString(directory.resolve("there.tar.xz"), "mine");

    Cli cli = Cli.run("bundle", "-o", there);

    assertThat(cli.code()).isEqualTo(ExitCode.WRONG_USE);
    assertThat(cli.err()).contains("there.tar.xz exists already");
    assertThat(there).hasContent("mine");
  }

  @Test
  void needsAName() {
    assertThat(Cli.run("bundle").err()).contains("--output");
    assertThat(Cli.run("bundle", "-o", "/").err()).contains("must name a folder");
    assertThat(Cli.run("bundle", "-o", directory.resolve(".tar.xz")).err())
        .contains("must name a folder");
  }

  /** The tests' class path is of directories, which no build of the launcher has. */
  @Test
  void whatCannotBeMadeLeavesNothing() throws IOException {
    Cli cli = Cli.run("bundle", "-o", directory.resolve("bundle"));

    assertThat(cli.code()).isNotZero();
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left).isEmpty();
    }
  }
}
