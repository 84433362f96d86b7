package dev.cmt.actors.cli;

import dev.cmt.actors.cluster.EnergyNode;
import dev.cmt.actors.cluster.NodeOutcome;
import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.RunConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Takes part in a cluster. */
@Command(
    name = "node",
    description = {
      "Evaluates energies for a run on another machine.",
      "",
      "Joins the head that ./cmt train CONFIG --cluster started, at any time, and learns from it what"
          + " to evaluate. Ctrl-C finishes what was begun and leaves; a head that was lost is looked"
          + " for until it is back. Ends when the run is finished.",
      ""
    },
    footer = {
      "  ./cmt node --role energy --seed head.example.org:25520",
      "  ./cmt node --role energy --seed 10.0.0.1:25520 --bind 10.0.0.2:0 --workers 8"
    })
final class NodeCommand implements Callable<Integer> {
  /** How long a stop may take before the process ends all the same. */
  private static final int STOP_SECONDS = 12;

  /** What a process can be in a cluster. */
  enum Role {
    /** Evaluates energies. */
    ENERGY
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
      description = "Where a head may be, as its cluster.bind says; may be repeated.")
  private List<String> seeds;

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "0",
      description = "Energy workers, one thread each; 0, the default, is one for each core.")
  private int workers;

  @Option(
      names = "--bind",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:0",
      description =
          "Where it listens for the head; default: ${DEFAULT-VALUE}, which reaches heads on this"
              + " machine only.")
  private String bind;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A file whose cluster section counts, for certificates.")
  private Path config;

  @Option(
      names = {"-o", "--override"},
      paramLabel = "KEY=VALUE",
      description = "Replaces a key of the cluster section; may be repeated.")
  private List<String> overrides = List.of();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    List<String> all = new ArrayList<>(List.of("cluster.bind=\"" + bind + "\""));
    all.addAll(overrides);
    RunConfig.Cluster cluster = RunConfig.Cluster.load(Optional.ofNullable(config), all);
    if (workers < 0) {
      throw new ParameterException(
          spec.commandLine(), "--workers (%d) must be at least 0.".formatted(workers));
    }
    int threads = workers == 0 ? Runtime.getRuntime().availableProcessors() : workers;
    EnergyNode node =
        new EnergyNode(
            new EnergyNode.Settings(cluster, seeds.stream().map(this::address).toList(), threads),
            (run, spec) -> {
              Logs.run("%016x".formatted(run));
              return spec.open();
            });
    if (!LoggerFactory.getLogger("dev.cmt").isDebugEnabled()) {
      Logs.service();
    }
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
    out.println(
        outcome instanceof NodeOutcome.Finished
            ? "the run is finished"
            : "left; batches under way were finished or given back");
    out.flush();
    return ExitCode.SUCCESS;
  }
}
