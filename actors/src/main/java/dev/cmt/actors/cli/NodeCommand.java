package dev.cmt.actors.cli;

import dev.cmt.actors.cluster.EnergyNode;
import dev.cmt.actors.cluster.NodeOutcome;
import dev.cmt.actors.cluster.StandbyNode;
import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.RunConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Takes part in a cluster. */
@Command(
    name = "node",
    description = {
      "Evaluates energies for a run on another machine, or copies the run.",
      "",
      "Joins the head that ./cmt train CONFIG --cluster started, at any time, and learns from it what"
          + " to evaluate. Ctrl-C finishes what was begun and leaves; a head that was lost is looked"
          + " for until it is back. Ends when the run is finished.",
      "",
      "A standby (--role standby) keeps a copy of the run as of its last completed step in a directory"
          + " of its own. When the head and its disk are lost, the run goes on from there: by the"
          + " command that the standby says, or by itself with --take-over-after.",
      ""
    },
    footer = {
      "  ./cmt node --role energy --seed head.example.org:25520",
      "  ./cmt node --role energy --seed 10.0.0.1:25520 --bind 10.0.0.2:0 --workers 8",
      "  ./cmt node --role standby --seed 10.0.0.1:25520 --bind 10.0.0.3:25520 --run-dir runs/copy",
      "  ./cmt node --role standby --seed 10.0.0.1:25520 --bind 10.0.0.3:25520 --run-dir runs/copy"
          + " --take-over-after 60"
    })
final class NodeCommand implements Callable<Integer> {
  /** How long a stop may take before the process ends all the same. */
  private static final int STOP_SECONDS = 12;

  /** What a process can be in a cluster. */
  enum Role {
    /** Evaluates energies. */
    ENERGY,
    /** Copies the run. */
    STANDBY
  }

  @Option(
      names = "--role",
      required = true,
      paramLabel = "ROLE",
      description = "What it does: ${COMPLETION-CANDIDATES}.")
  private Role role;

  @Option(
      names = "--seed",
      required = true,
      paramLabel = "HOST:PORT",
      description =
          "Where a head may be, as its cluster.bind says; may be repeated, for heads that standbys"
              + " become.")
  private List<String> seeds;

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "0",
      description = "Energy workers, one thread each; 0, the default, is one for each core.")
  private int workers;

  @Option(
      names = "--run-dir",
      paramLabel = "DIR",
      description = "Where a standby keeps its copy; made if it is not there.")
  private Path runDirectory;

  @Option(
      names = "--take-over-after",
      paramLabel = "SECONDS",
      description =
          "A standby that has heard no head for so long goes on with the run as its head, at its --bind;"
              + " at least 3 times cluster.lost_after_seconds. Default: never.")
  private Integer takeOverAfter;

  @Option(
      names = "--bind",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:0",
      description =
          "Where it listens for the head; default: ${DEFAULT-VALUE}, which reaches heads on this"
              + " machine only.")
  private String bind;

  @Mixin private ClusterArgument section;

  @Spec private CommandSpec spec;

  @ParentCommand private Main main;

  @Override
  public Integer call() throws IOException, InterruptedException {
    RunConfig.Cluster cluster = section.load("cluster.bind=\"" + bind + "\"");
    if (!LoggerFactory.getLogger("dev.cmt").isDebugEnabled()) {
      Logs.service();
    }
    return role == Role.STANDBY ? standBy(cluster) : evaluate(cluster);
  }

  private int standBy(RunConfig.Cluster cluster) throws IOException, InterruptedException {
    require(runDirectory != null, "--role standby needs --run-dir DIR, where it keeps its copy.");
    require(workers == 0, "--workers (%d) is for --role energy.".formatted(workers));
    require(
        section.file() == null,
        "--role standby takes keys of the cluster section by -o, not --config: it hands them on when it"
            + " takes over.");
    int least = StandbyNode.Settings.leastTakeOverSeconds(cluster);
    if (takeOverAfter != null) {
      require(
          takeOverAfter >= least,
          "--take-over-after (%d) must be at least %d s, 3 times cluster.lost_after_seconds."
              .formatted(takeOverAfter, least));
      require(
          cluster.bind().port() != 0,
          "--bind (%s) must have a port with --take-over-after, or nodes do not know where their new head is."
              .formatted(cluster.bind()));
    }
    Standby standby =
        new Standby(
            cluster,
            seeds.stream().map(this::address).toList(),
            runDirectory,
            Optional.ofNullable(takeOverAfter).map(Duration::ofSeconds),
            section.overrides(),
            spec.commandLine().getOut());
    for (HostPort seed : standby.seeds()) {
      require(
          !seed.equals(cluster.address()),
          "--seed (%s) must be where a head is, not this process's own --bind.".formatted(seed));
    }
    NodeOutcome outcome = standby.run();
    if (!(outcome instanceof NodeOutcome.TakesOver takeOver)) {
      failUnlessDone(outcome);
      return ExitCode.SUCCESS;
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "no head for %d s: goes on after %d steps as the head%n",
        takeOverAfter, takeOver.completedSteps());
    out.flush();
    return main.again(standby.goOn());
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private int evaluate(RunConfig.Cluster cluster) throws InterruptedException {
    require(workers >= 0, "--workers (%d) must be at least 0.".formatted(workers));
    require(
        runDirectory == null && takeOverAfter == null,
        "--run-dir and --take-over-after are for --role standby.");
    int threads = workers == 0 ? Runtime.getRuntime().availableProcessors() : workers;
    EnergyNode node =
        new EnergyNode(
            new EnergyNode.Settings(cluster, seeds.stream().map(this::address).toList(), threads),
            (run, spec) -> {
              Logs.run("%016x".formatted(run));
              return spec.open();
            });
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "%s node with %d workers; looking for a head at %s%n",
        role.name().toLowerCase(Locale.ROOT), threads, String.join(", ", seeds));
    out.flush();
    CountDownLatch done = new CountDownLatch(1);
    Thread hook =
        StopOnSignal.install(
            node::stop,
            done,
            STOP_SECONDS,
            "The node did not leave within %d s; its batches go to others.");
    try {
      return conclude(node.run(), out);
    } finally {
      done.countDown();
      StopOnSignal.remove(hook);
    }
  }

  private HostPort address(String seed) {
    return HostPort.parse(seed)
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "--seed (%s) must be HOST:PORT, as cluster.bind of the head.".formatted(seed)));
  }

  private static int conclude(NodeOutcome outcome, PrintWriter out) {
    failUnlessDone(outcome);
    if (outcome instanceof NodeOutcome.Drained drained) {
      out.println(
          drained.inTime()
              ? "left, with no batch in hand"
              : "left; the batches it had begun take too long and go to others");
    } else {
      out.println("the run is finished");
    }
    out.flush();
    return ExitCode.SUCCESS;
  }

  private static void failUnlessDone(NodeOutcome outcome) {
    if (outcome instanceof NodeOutcome.TurnedAway away) {
      throw CommandException.failed(
          "The head does not let this node in: %s.".formatted(away.reason()), null);
    }
    if (outcome instanceof NodeOutcome.Failed failed) {
      if (failed.cause() != null && Failure.of(failed.cause()).expected()) {
        throw new CompletionException(failed.cause());
      }
      throw CommandException.failed(failed.reason(), failed.cause());
    }
  }
}
