package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Simulations whose process is killed (SIGKILL) or asked to end (SIGTERM), at instants drawn from a
 * fixed seed; a later kill may come too late, the first does not. Started again until they finish,
 * they must leave the very files of one that nobody disturbed.
 */
class MdIT {
  private static final Duration LONGEST = Duration.ofMinutes(5);
  private static final int KILLS = 3;

  @TempDir private Path temporary;
  private final Random random = new Random(31);

  @Test
  void killedSimulationsEndLikeUndisturbedOnes() throws Exception {
    Path undisturbed = temporary.resolve("undisturbed");
    finish(undisturbed);
    Path killed = temporary.resolve("killed");
    for (int kill = 0; kill < KILLS; kill++) {
      Process child = start(killed);
      awaitStates(child, killed);
      // The first kill comes soon after the first state; later ones first wait for a JVM to start.
      Thread.sleep(kill == 0 ? random.nextInt(300) : 500 + random.nextInt(1500));
      assertThat(kill > 0 || child.isAlive()).as("%s", said(killed)).isTrue();
      child.destroyForcibly().waitFor();
    }
    finish(killed);

    assertSame(killed, undisturbed);
    assertThat(said(killed)).contains("found: ");

    Path stopped = temporary.resolve("stopped");
    Process child = start(stopped);
    awaitStates(child, stopped);
    child.destroy();
    assertThat(child.waitFor(10, TimeUnit.SECONDS)).as("%s", said(stopped)).isTrue();
    assertThat(said(stopped)).contains("the same command goes on");
    finish(stopped);

    assertSame(stopped, undisturbed);
  }

  private static void assertSame(Path found, Path expected) throws IOException {
    for (String file : List.of("frames.npy", "energies.npy", "rung_energies.npy", "summary.json")) {
      assertThat(Files.readAllBytes(found.resolve(file)))
          .as(file)
          .isEqualTo(Files.readAllBytes(expected.resolve(file)));
    }
  }

  /** Until a state is on disk, so that there is something to go on from. */
  private static void awaitStates(Process child, Path directory) throws Exception {
    Path states = directory.resolve("checkpoints");
    long deadline = System.nanoTime() + LONGEST.toNanos();
    while (count(states) == 0) {
      assertThat(child.isAlive()).as("%s", said(directory)).isTrue();
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.sleep(20);
    }
  }

  private static long count(Path states) throws IOException {
    if (!Files.isDirectory(states)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(states)) {
      return files.filter(file -> file.toString().endsWith(".state")).count();
    }
  }

  private static void finish(Path directory) throws Exception {
    Process child = start(directory);
    try {
      assertThat(child.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(child.exitValue()).as("%s", said(directory)).isZero();
    } finally {
      child.destroyForcibly();
    }
  }

  private static Process start(Path directory) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + SmallRuns.root().resolve("config/jvm.options"));
    String natives = System.getProperty("org.bytedeco.javacpp.cachedir");
    if (natives != null) {
      command.add("-Dorg.bytedeco.javacpp.cachedir=" + natives);
    }
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), "dev.cmt.actors.cli.Main"));
    command.addAll(List.of("md", "alanine-dipeptide", "--steps", "40000", "--equilibrate", "2000"));
    command.addAll(List.of("--replicas", "24", "--rungs", "4", "--t-max", "500", "--seed", "5"));
    command.addAll(List.of("--threads", "2", "--checkpoint-every", "0", "-o"));
    command.add(directory.toString());
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(SmallRuns.output(directory).toFile()))
        .start();
  }

  private static String said(Path directory) throws IOException {
    return SmallRuns.said(directory);
  }
}
