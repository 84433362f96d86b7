package dev.cmt.actors.cli;

import dev.cmt.actors.cluster.NodeOutcome;
import dev.cmt.actors.cluster.StandbyNode;
import dev.cmt.actors.config.ConfigException;
import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.run.RecordedRun;
import dev.cmt.buffer.RunDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * {@code ./cmt node --role standby}: copies a run, and becomes its head when it has to, by the very
 * command that a person would type.
 *
 * @param cluster where it listens, and where the head it becomes will
 * @param seeds where a head may be
 * @param directory where the copy lies
 * @param takeOverAfter when it becomes the head; empty for never
 * @param overrides of the cluster section, for the head it becomes
 * @param out for people
 */
record Standby(
    RunConfig.Cluster cluster,
    List<HostPort> seeds,
    Path directory,
    Optional<Duration> takeOverAfter,
    List<String> overrides,
    PrintWriter out) {
  /** How long a stop may take before the process ends all the same. */
  private static final int STOP_SECONDS = 18;

  /** How it ended: with success only if nothing has to be done any more. */
  NodeOutcome run() throws IOException, InterruptedException {
    StandbyNode.Settings settings =
        new StandbyNode.Settings(
            cluster,
            seeds,
            takeOverAfter,
            "./cmt " + String.join(" ", quoted(goOn())),
            run -> Logs.run("%016x".formatted(run)),
            copy -> obstacle(copy, overrides));
    try (StandbyNode standby = StandbyNode.open(settings, directory)) {
      out.printf(
          "standby of the head at %s; %s holds %d steps%n",
          String.join(", ", seeds.stream().map(HostPort::toString).toList()),
          directory,
          standby.completedSteps());
      out.flush();
      CountDownLatch done = new CountDownLatch(1);
      Thread hook =
          StopOnSignal.install(
              standby::stop,
              done,
              STOP_SECONDS,
              "The standby did not end within %d s; its directory is whole all the same.");
      try {
        NodeOutcome outcome = standby.run();
        if (outcome instanceof NodeOutcome.Finished) {
          out.printf(
              "the run is finished. Copy its result and report from the head's run directory; or go on"
                  + " from the %d steps that %s holds, to the same result: ./cmt %s%n",
              standby.completedSteps(), directory, String.join(" ", quoted(conclude())));
        } else if (outcome instanceof NodeOutcome.Drained) {
          out.printf("left; %s holds %d steps%n", directory, standby.completedSteps());
        }
        out.flush();
        return outcome;
      } finally {
        done.countDown();
        StopOnSignal.remove(hook);
      }
    }
  }

  /** The arguments with which the run goes on here, as a head where nodes may look for one. */
  List<String> goOn() {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train",
                "--run-dir",
                directory.toString(),
                "--cluster",
                "--bind",
                cluster.bind().toString()));
    overrides.forEach(override -> arguments.addAll(List.of("-o", override)));
    return arguments;
  }

  /** Why the run of a copy could not go on here, such as a molecule that is not on this machine. */
  static Optional<String> obstacle(RunDirectory copy, List<String> overrides) {
    try {
      RecordedRun.readConfig(copy, overrides);
      return Optional.empty();
    } catch (ConfigException | IOException e) {
      return Optional.of(e.getMessage());
    }
  }

  private List<String> conclude() {
    return List.of("train", "--run-dir", directory.toString());
  }

  private static List<String> quoted(List<String> arguments) {
    return arguments.stream()
        .map(
            one ->
                one.matches("[A-Za-z0-9_./:=@%+,-]+") ? one : "'" + one.replace("'", "'\\''") + "'")
        .toList();
  }
}
