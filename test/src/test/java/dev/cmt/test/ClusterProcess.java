package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A head or a node of a cluster as a process of its own, and what it says. */
final class ClusterProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Pattern SEED = Pattern.compile("--seed (\\S+)");

  /** Small JVMs: several of them share two cores. */
  private static final String[] SMALL = {"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m"};

  private final Process process;
  private final Path output;

  private ClusterProcess(List<String> command, Path output) throws IOException {
    this.output = output;
    this.process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
            .start();
  }

  /** {@code ./cmt train --cluster}; its output goes to {@code DIRECTORY.log}. */
  static ClusterProcess head(SmallRuns.Spec spec, Path directory, String bind) throws IOException {
    List<String> command = SmallRuns.command(spec, directory, SMALL);
    command.addAll(List.of("--cluster", "--bind", bind));
    return new ClusterProcess(command, SmallRuns.output(directory));
  }

  /** {@code ./cmt node} of this build. */
  static ClusterProcess node(Path output, String seed, String... options) throws IOException {
    return node(System.getProperty("java.class.path"), output, seed, options);
  }

  /** {@code ./cmt node} of another build. */
  static ClusterProcess node(String classPath, Path output, String seed, String... options)
      throws IOException {
    List<String> command = new ArrayList<>(SmallRuns.java(classPath, SMALL));
    command.addAll(
        List.of("node", "--role", "energy", "--seed", seed, "--workers", "1", "--verbose"));
    command.addAll(List.of("-o", "cluster.lost_after_seconds=5"));
    command.addAll(List.of(options));
    return new ClusterProcess(command, output);
  }

  /** Where a head says it can be reached. */
  String seed() throws Exception {
    Matcher line = SEED.matcher(awaitLine("nodes join with"));
    assertThat(line.find()).isTrue();
    return line.group(1);
  }

  /** Waits until the process has said something, and returns the line. */
  String awaitLine(String part) throws Exception {
    long start = System.nanoTime();
    while (true) {
      boolean alive = process.isAlive();
      for (String line : Files.readAllLines(output)) {
        if (line.contains(part)) {
          return line;
        }
      }
      assertThat(alive).as("waits for \"%s\"; it said: %s", part, said()).isTrue();
      assertThat(System.nanoTime() - start)
          .as("waits for \"%s\"; it said: %s", part, said())
          .isLessThan(PATIENCE.toNanos());
      Thread.sleep(20);
    }
  }

  int awaitExit() throws Exception {
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as(said()).isTrue();
    return process.exitValue();
  }

  /** The end of what it said. */
  String said() throws IOException {
    String all = Files.readString(output);
    return all.substring(Math.max(0, all.length() - 4000));
  }

  /** SIGKILL. */
  void kill() throws Exception {
    process.destroyForcibly();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
  }

  /** SIGTERM. */
  void terminate() {
    process.destroy();
  }

  /** SIGSTOP: there, but silent. */
  void pause() throws Exception {
    signal("-STOP");
  }

  /** SIGCONT. */
  void goOn() throws Exception {
    signal("-CONT");
  }

  private void signal(String name) throws Exception {
    Process kill = new ProcessBuilder("kill", name, Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
