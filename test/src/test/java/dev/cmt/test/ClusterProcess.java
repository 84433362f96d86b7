package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
    return new ClusterProcess(headCommand(spec, directory, bind), SmallRuns.output(directory));
  }

  /** A head that is started again a second after it has failed, as a service manager does it. */
  static ClusterProcess supervisedHead(SmallRuns.Spec spec, Path directory, String bind)
      throws IOException {
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", "until \"$@\"; do sleep 1; done", "supervisor"));
    command.addAll(headCommand(spec, directory, bind));
    return new ClusterProcess(command, SmallRuns.output(directory));
  }

  private static List<String> headCommand(SmallRuns.Spec spec, Path directory, String bind) {
    List<String> command = SmallRuns.command(spec, directory, SMALL);
    command.addAll(List.of("--cluster", "--bind", bind));
    return command;
  }

  /** What makes a node unlike others. */
  record Kind(List<String> wrapper, List<String> jvmOptions, String classPath, int workers) {
    /** Of this build, with one worker. */
    static final Kind PLAIN = new Kind(List.of(), List.of(), "", 1);

    Kind ofBuild(Path code) {
      return new Kind(wrapper, jvmOptions, code + ":", workers);
    }

    Kind withWorkers(int threads) {
      return new Kind(wrapper, jvmOptions, classPath, threads);
    }

    /** Whose kernel uses these instructions, whatever the processor has. */
    Kind withInstructions(String set) {
      return new Kind(wrapper, List.of("-Dcmt.isa=" + set), classPath, workers);
    }

    /** Started by another command, which gets the node's as its arguments. */
    Kind startedBy(List<String> command) {
      return new Kind(command, jvmOptions, classPath, workers);
    }
  }

  /** {@code ./cmt node} of this build, with one worker. */
  static ClusterProcess node(Path output, String seed, String... options) throws IOException {
    return node(Kind.PLAIN, output, seed, options);
  }

  /** {@code ./cmt node --role standby} of this build, whose copy lies in a directory. */
  static ClusterProcess standby(Path output, String seed, Path directory, String... options)
      throws IOException {
    return standby(Kind.PLAIN, output, seed, directory, options);
  }

  /** {@code ./cmt node --role standby}. */
  static ClusterProcess standby(
      Kind kind, Path output, String seed, Path directory, String... options) throws IOException {
    List<String> command = nodeCommand(kind, "standby", seed, options);
    command.addAll(List.of("--run-dir", directory.toString()));
    return new ClusterProcess(command, output);
  }

  /** {@code ./cmt node}. */
  static ClusterProcess node(Kind kind, Path output, String seed, String... options)
      throws IOException {
    List<String> command = nodeCommand(kind, "energy", seed, options);
    command.addAll(List.of("--workers", Integer.toString(kind.workers())));
    return new ClusterProcess(command, output);
  }

  /** {@code ./cmt status} of this build. */
  static ClusterProcess status(Path output, String address, String... options) throws IOException {
    List<String> command =
        new ArrayList<>(SmallRuns.java(System.getProperty("java.class.path"), SMALL));
    command.addAll(List.of("status", address));
    command.addAll(List.of(options));
    return new ClusterProcess(command, output);
  }

  private static List<String> nodeCommand(Kind kind, String role, String seed, String... options) {
    List<String> command = new ArrayList<>(kind.wrapper());
    List<String> jvmOptions = new ArrayList<>(List.of(SMALL));
    jvmOptions.addAll(kind.jvmOptions());
    command.addAll(
        SmallRuns.java(
            kind.classPath() + System.getProperty("java.class.path"),
            jvmOptions.toArray(String[]::new)));
    command.addAll(List.of("node", "--role", role, "--seed", seed, "--verbose"));
    command.addAll(List.of("-o", "cluster.lost_after_seconds=5"));
    command.addAll(List.of(options));
    return command;
  }

  /** A port that was free a moment ago. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
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
      Optional<String> line = line(output, part);
      if (line.isPresent()) {
        return line.get();
      }
      assertThat(alive).as("waits for \"%s\"; it said: %s", part, said()).isTrue();
      requirePatience(start, part, said());
    }
  }

  /** Waits until a file has a line with these words. */
  static void awaitLine(Path file, String part) throws Exception {
    long start = System.nanoTime();
    while (line(file, part).isEmpty()) {
      requirePatience(start, part, file.toString());
    }
  }

  private static Optional<String> line(Path file, String part) throws IOException {
    return Files.readAllLines(file).stream().filter(line -> line.contains(part)).findFirst();
  }

  private static void requirePatience(long start, String part, String said) throws Exception {
    assertThat(System.nanoTime() - start)
        .as("waits for \"%s\" in: %s", part, said)
        .isLessThan(PATIENCE.toNanos());
    Thread.sleep(20);
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

  boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL. */
  void kill() throws Exception {
    process.destroyForcibly();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
  }

  /** SIGKILL for what a supervisor has started; it starts it again. */
  void killSupervised() {
    List<ProcessHandle> heads =
        process
            .descendants()
            .filter(child -> child.info().command().orElse("").endsWith("java"))
            .toList();
    assertThat(heads).as("processes that the supervisor has started").isNotEmpty();
    heads.forEach(ProcessHandle::destroyForcibly);
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
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
  }
}
