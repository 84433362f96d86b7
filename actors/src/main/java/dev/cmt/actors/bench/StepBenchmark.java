package dev.cmt.actors.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.run.RunEvent;
import dev.cmt.actors.run.RunResult;
import dev.cmt.actors.run.StepRecord;
import dev.cmt.actors.run.TrainingRun;
import dev.cmt.buffer.DirectoryTree;
import dev.cmt.flow.fast.ProductClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Whole annealing steps of a config, as {@code cmt train} does them, in a run directory that is
 * deleted afterwards. The first step is run but not counted: it opens engines and warms the JVM.
 */
public final class StepBenchmark {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** How long a signal waits for the run to let go of its directory. */
  private static final int STOP_SECONDS = 8;

  /** Parts of one step on the way to the end: collecting its samples, then fitting. */
  private static final double COLLECT_PART = 0.3;

  private final int counted;
  private final ProductClock clock;
  private final Consumer<Progress> progress;
  private final CompletableFuture<Void> enough = new CompletableFuture<>();
  private final List<StepLap> laps = new ArrayList<>();
  private final Map<Integer, Mark> fitEnds = new HashMap<>();
  private String flowEngine;
  private String energyEngine;

  /** The time of an event, the time inside matrix products and the storage's CPU time till then. */
  private record Mark(long nanos, double productSeconds, double storageSeconds) {}

  private StepBenchmark(int counted, ProductClock clock, Consumer<Progress> progress) {
    this.counted = counted;
    this.clock = clock;
    this.progress = progress;
  }

  /**
   * Measures.
   *
   * @param config what to run
   * @param name what people call it
   * @param steps annealing steps that count, at least 1 and fewer than the config has
   * @param parent where the temporary run directory is made; a local disk
   * @param progress hears how far it is, on a thread of the run: must be quick
   * @throws IllegalArgumentException if steps is out of range
   * @throws CompletionException if the run fails, with what it failed of as its cause, or is
   *     stopped
   * @throws IOException if the directory cannot be written
   */
  public static BenchReport run(
      RunConfig config, String name, int steps, Path parent, Consumer<Progress> progress)
      throws IOException {
    int most = config.annealing().steps() - 1;
    if (steps < 1 || steps > most) {
      throw new IllegalArgumentException(
          "The steps (%d) must be between 1 and %d: the config has %d, and the first one is not counted."
              .formatted(steps, most, most + 1));
    }
    Path directory = Files.createTempDirectory(parent, "cmt-bench-");
    try (ProductClock clock = ProductClock.start()) {
      return new StepBenchmark(steps, clock, progress).run(config, name, directory.resolve("run"));
    } finally {
      delete(directory);
    }
  }

  private BenchReport run(RunConfig config, String name, Path directory) throws IOException {
    TrainingRun run = TrainingRun.start(config, directory, this::hear);
    CompletableFuture<RunResult> result = run.result().toCompletableFuture();
    Thread hook = deleteOnSignal(run, directory.getParent());
    RunResult ended;
    try {
      CompletableFuture.anyOf(enough, result).join();
      run.stop();
      ended = result.join();
    } finally {
      remove(hook);
    }
    if (ended.status() == RunResult.Status.FAILED) {
      throw new CompletionException(ended.reason(), ended.cause());
    }
    if (!enough.isDone()) {
      throw new CompletionException("It was stopped before its steps were done.", null);
    }
    JsonNode manifest = JSON.readTree(ended.directory().manifest().toFile());
    return report(
        config, name, manifest.get("energy_workers").asInt(), manifest.get("flow_threads").asInt());
  }

  /** One at a time: after a signal both the hook and the thread it interrupted come here. */
  private static synchronized void delete(Path directory) throws IOException {
    DirectoryTree.delete(directory);
  }

  /** On SIGINT or SIGTERM the JVM runs this hook, so that nothing is left behind. */
  private static Thread deleteOnSignal(TrainingRun run, Path directory) {
    Thread hook =
        new Thread(
            () -> {
              run.stop();
              run.result()
                  .toCompletableFuture()
                  .handle((ended, failure) -> directory)
                  .completeOnTimeout(directory, STOP_SECONDS, TimeUnit.SECONDS)
                  .join();
              try {
                delete(directory);
              } catch (IOException e) {
                System.err.printf("%s could not be deleted: %s%n", directory, e);
              }
            },
            "delete-on-signal");
    Runtime.getRuntime().addShutdownHook(hook);
    return hook;
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is already shutting down, because of the very signal the hook waits for.
      return;
    }
  }

  /** On one thread of the run, in order. */
  private void hear(RunEvent event) {
    if (event instanceof RunEvent.Started started) {
      flowEngine = started.flowEngine();
      energyEngine = started.energyEngine();
    } else if (event instanceof RunEvent.Collected collected) {
      tell(collected.step(), COLLECT_PART * collected.storedRows() / collected.rows());
    } else if (event instanceof RunEvent.Fitted fitted) {
      if (fitted.done() == fitted.total()) {
        fitEnds.put(
            fitted.step(),
            new Mark(System.nanoTime(), clock.threadSeconds(), StorageClock.cpuSeconds()));
      }
      tell(fitted.step(), COLLECT_PART + (1 - COLLECT_PART) * fitted.done() / fitted.total());
    } else if (event instanceof RunEvent.StepCompleted completed) {
      count(completed.record());
    }
  }

  /**
   * A step lasts from the end of the fit before to the end of its own: the flow begins nothing of
   * it earlier, whereas its record comes when the next step is under way.
   */
  private void count(StepRecord record) {
    Mark begin = fitEnds.get(record.step() - 1);
    if (begin == null || laps.size() == counted) {
      return;
    }
    Mark end = fitEnds.get(record.step());
    laps.add(
        new StepLap(
            record,
            (end.nanos - begin.nanos) * 1e-9,
            end.productSeconds == 0 ? Double.NaN : end.productSeconds - begin.productSeconds,
            end.storageSeconds - begin.storageSeconds));
    if (laps.size() == counted) {
      enough.complete(null);
    }
  }

  private void tell(int step, double part) {
    if (step > counted) {
      // The run samples the next step while it stops.
      return;
    }
    String now = step == 0 ? "step not counted" : "step %d/%d".formatted(step, counted);
    progress.accept(new Progress(now, (step + part) / (counted + 1)));
  }

  private BenchReport report(RunConfig config, String name, int workers, int flowThreads) {
    List<StageFigure> stages =
        StepLap.breakdown(laps, workers, flowThreads, Runtime.getRuntime().availableProcessors());
    boolean timed = stages.stream().anyMatch(stage -> stage.stage().equals("matrix products"));
    String subject =
        "%s: %d annealing %s of %d samples and %d gradient steps of %d rows"
            .formatted(
                name,
                counted,
                counted == 1 ? "step" : "steps",
                config.annealing().samplesPerStep(),
                config.training().gradientSteps(),
                config.training().batchSize());
    List<String> missing =
        timed
            ? List.of()
            : List.of("matrix products: only those of the native flow engine are timed in place");
    return new BenchReport(
        "step",
        Machine.here(),
        subject,
        stages,
        missing,
        List.of(
            "flow: " + flowEngine,
            "energies: " + energyEngine,
            "sample to rest add up to the step; what is beside it counts as the mean of %d energy workers and of %d flow threads."
                .formatted(workers, flowThreads),
            "rest: the flow waits for energies, journal and messages. checkpoint: that of the step before, most of it waiting for the disk.",
            "storage: CPU time of journal and checkpoints, over the cores: what they take from the rest. matrix products: timed in place."),
        table(stages));
  }

  private static String table(List<StageFigure> stages) {
    Table table = new Table(1, "stage", "s a step", "% of wall");
    for (StageFigure stage : stages) {
      if (stage.stage().equals("step")) {
        table.add();
      }
      table.add(
          stage.stage() + (stage.overlapping() ? " (beside)" : ""),
          String.format(Locale.ROOT, "%.3f", stage.secondsPerStep()),
          String.format(Locale.ROOT, "%.1f", 100 * stage.shareOfWall()));
    }
    return table.toString();
  }
}
