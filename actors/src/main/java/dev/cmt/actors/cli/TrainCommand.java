package dev.cmt.actors.cli;

import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.report.Cautions;
import dev.cmt.actors.report.Conclusion;
import dev.cmt.actors.report.Evaluation;
import dev.cmt.actors.run.ConfigMismatchException;
import dev.cmt.actors.run.RecordedRun;
import dev.cmt.actors.run.RunCompleteException;
import dev.cmt.actors.run.RunEvent;
import dev.cmt.actors.run.RunResult;
import dev.cmt.actors.run.TrainingRun;
import dev.cmt.buffer.RunDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Trains, or goes on with a run that was stopped or killed. */
@Command(
    name = "train",
    description = {
      "Trains a sampler. If the run directory holds an unfinished run of the same config, goes on",
      "where it was; Ctrl-C stops within seconds and leaves a run that can be taken up again.",
      ""
    },
    footer = {
      "  ./cmt train config/alanine-dipeptide-quick.conf",
      "  ./cmt train config/gmm40.conf --run-dir runs/mine -o seed=7 -o annealing.steps=30",
      "  ./cmt train --run-dir runs/mine",
      "  ./cmt train config/gmm40.conf --cluster --bind 10.0.0.1:25520"
    })
final class TrainCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "CONFIG",
      arity = "0..1",
      description = "The run file. Without it the run in --run-dir goes on, as it was begun.")
  private Path config;

  @Option(
      names = "--run-dir",
      paramLabel = "DIR",
      description =
          "Where the run keeps everything; default: runs/ and the config's name, or the molecule's"
              + " for a train.conf of ./cmt import.")
  private Path runDirectory;

  @Option(
      names = {"-o", "--override"},
      paramLabel = "KEY=VALUE",
      description = "Replaces a key of the config; may be repeated.")
  private List<String> overrides = List.of();

  @Option(
      names = "--cluster",
      description = "Lets nodes (./cmt node) join and evaluate energies: cluster.enabled = true.")
  private boolean cluster;

  @Option(
      names = "--bind",
      paramLabel = "HOST:PORT",
      description = "Where a cluster's head listens for nodes: cluster.bind.")
  private String bind;

  @Option(
      names = "--local-workers",
      paramLabel = "N",
      description = "Energy workers in a head's own process: cluster.local_workers.")
  private Integer localWorkers;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    RunConfig run = config();
    Path root = runDirectory == null ? defaultDirectory(run) : runDirectory;
    PrintWriter out = spec.commandLine().getOut();
    boolean terminal = System.console() != null && System.getenv("TERM") != null;
    CountDownLatch done = new CountDownLatch(1);
    try (ProgressDisplay display = new ProgressDisplay(out, terminal, run.annealing().steps())) {
      TrainingRun training = start(run, root, display);
      training
          .address()
          .ifPresent(
              address ->
                  out.printf(
                      "cluster:  nodes join with: ./cmt node --role energy --seed %s%s%s%n",
                      address,
                      run.cluster().isOfThisMachineOnly() ? "" : " --bind THEIR-ADDRESS:0",
                      certificateOptions(run)));
      out.flush();
      Thread hook = StopOnSignal.install(training::stop, done);
      try {
        RunResult result = training.result().toCompletableFuture().get();
        display.close();
        conclude(result, out);
      } catch (ExecutionException e) {
        throw Failure.of(e).expected()
            ? new CompletionException(e.getCause())
            : CommandException.failed(
                "The run ended badly: " + e.getCause().getMessage(), e.getCause());
      } finally {
        done.countDown();
        StopOnSignal.remove(hook);
      }
    }
    return ExitCode.SUCCESS;
  }

  /** What a node needs besides where certificates are asked for; elsewhere its files differ. */
  private static String certificateOptions(RunConfig run) {
    return run.cluster()
        .tls()
        .map(
            tls ->
                " -o cluster.tls.key=%s -o cluster.tls.certificate=%s -o cluster.tls.ca=%s"
                    .formatted(tls.key(), tls.certificate(), tls.ca()))
        .orElse("");
  }

  private RunConfig config() throws IOException {
    RunConfig run = configured();
    if ((bind != null || localWorkers != null) && !run.cluster().enabled()) {
      throw new ParameterException(
          spec.commandLine(),
          "%s is for the head of a cluster: say --cluster, or leave it away."
              .formatted(bind != null ? "--bind" : "--local-workers"));
    }
    return run;
  }

  private RunConfig configured() throws IOException {
    if (config != null) {
      return RunConfig.load(config, allOverrides());
    }
    if (runDirectory == null) {
      throw new ParameterException(
          spec.commandLine(), "Say which run file, or by --run-dir which run is to go on.");
    }
    return RecordedRun.readConfig(RunDirectory.open(runDirectory), allOverrides());
  }

  /** Options are short for keys; what {@code -o} says of the same key is weaker. */
  private List<String> allOverrides() {
    List<String> all = new ArrayList<>(overrides);
    if (cluster) {
      all.add("cluster.enabled=true");
    }
    if (bind != null) {
      all.add("cluster.bind=\"" + bind + "\"");
    }
    if (localWorkers != null) {
      all.add("cluster.local_workers=" + localWorkers);
    }
    return all;
  }

  private static TrainingRun start(RunConfig run, Path root, ProgressDisplay display)
      throws IOException {
    try {
      return TrainingRun.start(
          run,
          root,
          event -> {
            if (event instanceof RunEvent.Opened opened) {
              Logs.run(run.id());
              Logs.toFile(opened.directory().root().resolve("run.log"));
            } else if (event instanceof RunEvent.Collected collected) {
              Logs.step(collected.step());
            }
            display.accept(event);
          });
    } catch (ConfigMismatchException | RunCompleteException e) {
      throw CommandException.wrongUse(e.getMessage(), e);
    }
  }

  private void conclude(RunResult result, PrintWriter out) throws IOException {
    switch (result.status()) {
      case FINISHED -> {
        Evaluation evaluation = Conclusion.write(result);
        out.printf(
            Locale.ROOT,
            "finished: ESS %.3f  log Z %.4f ± %.4f  %d evaluations  %.0f s%n",
            evaluation.ess(),
            evaluation.logZ(),
            evaluation.logZStderr(),
            result.targetEvaluations(),
            result.wallSeconds());
        if (!result.reachedTarget()) {
          out.printf(
              Locale.ROOT,
              "warning:  annealing ended before the target, at %.3f of its exponent; raise"
                  + " annealing.steps%n",
              result.pathExponent());
        }
        Cautions.of(evaluation).forEach(caution -> out.printf("warning:  %s%n", caution));
        out.printf("report:   %s%n", result.directory().report().resolve("index.html"));
      }
      case STOPPED -> {
        String again =
            "./cmt train %s--run-dir %s%s"
                .formatted(
                    config == null ? "" : config + " ",
                    result.directory().root(),
                    String.join("", allOverrides().stream().map(o -> " -o '" + o + "'").toList()));
        out.printf(
            "stopped after step %d/%d; to go on: %s%n",
            result.completedSteps(), result.config().annealing().steps(), again);
      }
      case FAILED -> {
        if (result.cause() != null && Failure.of(result.cause()).expected()) {
          throw new CompletionException(result.cause());
        }
        throw CommandException.failed(
            result.cause() == null
                ? result.reason()
                : result.reason() + " " + result.cause().getMessage(),
            result.cause());
      }
    }
    out.flush();
  }

  private Path defaultDirectory(RunConfig run) {
    // Every imported molecule has its own train.conf.
    if (run.target()
        .directory()
        .equals(Optional.of(config.toAbsolutePath().normalize().getParent()))) {
      return Path.of("runs", run.target().system());
    }
    String name = config.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return Path.of("runs", dot > 0 ? name.substring(0, dot) : name);
  }
}
