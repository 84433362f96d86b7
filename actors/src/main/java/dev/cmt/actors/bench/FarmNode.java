package dev.cmt.actors.bench;

import dev.cmt.actors.cluster.EnergyNode;
import dev.cmt.actors.cluster.NodeOutcome;
import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.RunConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A node of the benchmark's farm: a JVM with this one's flags and class path. Lives as long as its
 * parent holds the other end of its standard input, so that none outlives a benchmark, however that
 * ends.
 */
public final class FarmNode implements AutoCloseable {
  private static final int CLOSE_SECONDS = 5;

  private final Process process;

  private FarmNode(Process process) {
    this.process = process;
  }

  /**
   * Starts a node.
   *
   * @param seed where the head is, {@code HOST:PORT}
   * @param workers its worker threads
   * @param millisARow what a row of a {@link SleepingTarget} takes; empty for what the head asks
   *     for
   */
  static FarmNode start(String seed, int workers, Optional<Double> millisARow) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            // A debugger or profiler of the parent has one port or file.
            .filter(flag -> !flag.startsWith("-agent") && !flag.startsWith("-javaagent"))
            .toList());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(FarmNode.class.getName(), seed, Integer.toString(workers)));
    millisARow.ifPresent(millis -> command.add(millis.toString()));
    try {
      return new FarmNode(
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot start a node of the farm.", e);
    }
  }

  /** Whether it still runs. */
  boolean isAlive() {
    return process.isAlive();
  }

  /** CPU time it has taken so far, all its threads. */
  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Waits until it has heard that the run is finished, and ends it if that takes too long. */
  @Override
  public void close() {
    try {
      process.waitFor(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }

  /**
   * The node's own process.
   *
   * @param args the head's address, the worker threads and, for a {@link SleepingTarget},
   *     milliseconds a row
   */
  public static void main(String[] args) throws InterruptedException {
    QuietCluster.begin();
    RunConfig.Cluster cluster =
        RunConfig.Cluster.load(Optional.empty(), List.of("cluster.bind=\"127.0.0.1:0\""));
    EnergyNode.Settings settings =
        new EnergyNode.Settings(
            cluster, List.of(HostPort.parse(args[0]).orElseThrow()), Integer.parseInt(args[1]));
    EnergyNode node =
        args.length < 3
            ? new EnergyNode(settings)
            : new EnergyNode(
                settings, (run, spec) -> new SleepingTarget(Double.parseDouble(args[2])));
    Thread parent = new Thread(FarmNode::endWithParent, "parent");
    parent.setDaemon(true);
    parent.start();
    NodeOutcome outcome = node.run();
    if (!(outcome instanceof NodeOutcome.Finished)) {
      System.err.println("A node of the farm ended early: " + outcome);
      System.exit(1);
    }
    System.exit(0);
  }

  private static void endWithParent() {
    try {
      while (System.in.read() >= 0) {
        // nothing is ever said
      }
    } catch (IOException e) {
      System.err.println("A node of the farm has lost its parent: " + e);
    }
    Runtime.getRuntime().halt(0);
  }
}
