package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.report.Conclusion;
import dev.cmt.actors.run.ConfigMismatchException;
import dev.cmt.actors.run.RunResult;
import dev.cmt.actors.run.TrainingRun;
import dev.cmt.buffer.RunLock;
import dev.cmt.buffer.RunLockedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole runs of a small config, undisturbed, stopped, killed; in this JVM and in children of it.
 */
class TrainingIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int STEPS = 6;

  /** A few seconds of work: two circular-free dimensions, small network, short steps. */
  private static final List<String> SMALL =
      List.of(
          "annealing.steps=" + STEPS,
          "annealing.samples_per_step=4000",
          "training.gradient_steps=40",
          "training.batch_size=400",
          "flow.pairs=3",
          "flow.hidden=[24,24]",
          "flow.threads=1",
          "energy.workers=2",
          "energy.batch_rows=500",
          "evaluation.samples=4000");

  @TempDir private Path directory;

  private static RunConfig config(String... more) {
    List<String> overrides = new ArrayList<>(SMALL);
    overrides.addAll(List.of(more));
    return RunConfig.load(root().resolve("config/gmm40.conf"), overrides);
  }

  private static Path root() {
    return Path.of(System.getProperty("cmt.root"));
  }

  private static RunResult run(RunConfig config, Path run) throws Exception {
    return TrainingRun.start(config, run, event -> {})
        .result()
        .toCompletableFuture()
        .get(2, TimeUnit.MINUTES);
  }

  @Test
  void aRunLeavesWhatItsContractSays() throws Exception {
    RunResult result = run(config(), directory);
    assertThat(result.status()).isEqualTo(RunResult.Status.FINISHED);
    try (RunLock lock = RunLock.acquire(result.directory())) {
      assertThatThrownBy(() -> Conclusion.write(result))
          .as("while %s has the directory", lock.owner())
          .isInstanceOf(RunLockedException.class);
    }
    Conclusion.write(result);

    List<String> steps = Files.readAllLines(directory.resolve("steps.jsonl"));
    assertThat(steps).hasSize(STEPS);
    double entropyBefore = Double.POSITIVE_INFINITY;
    for (int i = 0; i < STEPS; i++) {
      JsonNode step = JSON.readTree(steps.get(i));
      assertThat(step.get("step").asInt()).isEqualTo(i);
      assertThat(step.get("target_evals").asLong()).isEqualTo(4000L * (i + 1));
      assertThat(step.get("gradient_steps").asLong()).isEqualTo(40L * (i + 1));
      assertThat(step.get("kl").asDouble()).isLessThan(0.31);
      assertThat(step.get("entropy_drop").asDouble()).isLessThan(0.51);
      assertThat(step.get("failed_rows").asInt()).isZero();
      assertThat(step.get("entropy").asDouble()).isLessThan(entropyBefore);
      entropyBefore = step.get("entropy").asDouble();
      for (String stage : List.of("sample", "energy", "dual", "fit", "checkpoint")) {
        assertThat(step.get("seconds").get(stage).asDouble()).as(stage).isNotNegative();
      }
    }
    JsonNode summary = JSON.readTree(directory.resolve("summary.json").toFile());
    assertThat(summary.get("status").asText()).isEqualTo("finished");
    assertThat(summary.get("parameters_sha256").asText()).matches("[0-9a-f]{64}");
    assertThat(summary.get("steps").asInt()).isEqualTo(STEPS);
    assertThat(summary.get("target_evals").asLong()).isEqualTo(4000L * STEPS);
    for (String number : List.of("ess", "log_z", "log_z_stderr", "elbo", "wall_seconds")) {
      assertThat(summary.get(number).isNumber()).as(number).isTrue();
    }
    JsonNode manifest = JSON.readTree(directory.resolve("run.json").toFile());
    assertThat(manifest.get("flow_dimension").asInt()).isEqualTo(2);
    assertThat(manifest.get("parameter_count").asInt())
        .isEqualTo(summary.get("parameter_count").asInt());
    assertThat(directory.resolve("report/index.html")).isNotEmptyFile();
  }

  @Test
  void workersDoNotChangeTheResult() throws Exception {
    String one = run(config("energy.workers=1"), directory.resolve("one")).parametersSha256();
    for (int workers : new int[] {2, 4}) {
      Path run = directory.resolve(workers + "-workers");
      assertThat(run(config("energy.workers=" + workers), run).parametersSha256())
          .as("%d workers", workers)
          .isEqualTo(one);
    }
  }

  /** Two flow threads, whose sums and matrix products another process schedules otherwise. */
  @Test
  void aMoleculesRunIsTheSameInAnotherProcess() throws Exception {
    SmallRuns.Spec spec = SmallRuns.ALANINE_DIPEPTIDE.with("annealing.steps=2", "flow.threads=2");
    Undisturbed here = Undisturbed.run(spec, directory.resolve("here"));
    Path there = directory.resolve("there");
    Process child = SmallRuns.startChild(spec, there);
    assertThat(child.waitFor(3, TimeUnit.MINUTES)).as("ends within 3 min").isTrue();
    assertThat(child.exitValue()).as(Files.readString(SmallRuns.output(there))).isZero();
    here.assertSame(there);
  }

  @Test
  void anotherSeedIsAnotherRun() throws Exception {
    String one = run(config("seed=1"), directory.resolve("one")).parametersSha256();
    String two = run(config("seed=2"), directory.resolve("two")).parametersSha256();
    assertThat(two).isNotEqualTo(one);
  }

  @Test
  void aStoppedRunGoesOnToTheSameParameters() throws Exception {
    String undisturbed = run(config(), directory.resolve("undisturbed")).parametersSha256();
    Path run = directory.resolve("stopped");
    RunResult result = null;
    int starts = 0;
    for (int step = 1; step <= STEPS + 1; step++) {
      int stopAfter = step;
      TrainingRun[] training = new TrainingRun[1];
      training[0] =
          TrainingRun.start(
              config(),
              run,
              event -> {
                if (event instanceof dev.cmt.actors.run.RunEvent.StepCompleted completed
                    && completed.record().step() + 1 == stopAfter
                    && training[0] != null) {
                  training[0].stop();
                }
              });
      result = training[0].result().toCompletableFuture().get(2, TimeUnit.MINUTES);
      starts++;
      if (result.status() == RunResult.Status.FINISHED) {
        break;
      }
      assertThat(result.status()).isEqualTo(RunResult.Status.STOPPED);
    }
    assertThat(starts).isGreaterThan(2);
    assertThat(result.status()).isEqualTo(RunResult.Status.FINISHED);
    assertThat(result.parametersSha256()).isEqualTo(undisturbed);
  }

  @Test
  void aKilledRunGoesOnToTheSameParameters() throws Exception {
    String undisturbed = run(config(), directory.resolve("undisturbed")).parametersSha256();
    Path run = directory.resolve("killed");
    int kills = 0;
    for (int lines = 1; lines < STEPS; lines += 2) {
      Process child = startChild(run);
      waitForLines(child, run.resolve("steps.jsonl"), lines);
      child.destroyForcibly();
      assertThat(child.waitFor(20, TimeUnit.SECONDS)).isTrue();
      kills++;
    }
    assertThat(kills).isEqualTo(3);
    RunResult result = run(config(), run);
    assertThat(result.status()).isEqualTo(RunResult.Status.FINISHED);
    assertThat(result.parametersSha256()).isEqualTo(undisturbed);
    assertThat(Files.readAllLines(run.resolve("steps.jsonl"))).hasSize(STEPS);
    assertThat(result.targetEvaluations()).isEqualTo(4000L * STEPS);
  }

  @Test
  void aTerminatedCommandStopsWithinTenSecondsAndSaysHowToGoOn() throws Exception {
    Path run = directory.resolve("terminated");
    Process child = startChild(run);
    waitForLines(child, run.resolve("steps.jsonl"), 1);
    long start = System.nanoTime();
    child.destroy();
    assertThat(child.waitFor(10, TimeUnit.SECONDS)).as("stopped within 10 s").isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    assertThat(directory.resolve("terminated.log")).content().contains("to go on:");
    assertThat(run(config(), run).status()).isEqualTo(RunResult.Status.FINISHED);
  }

  @Test
  void aRunningRunRefusesASecondProcess() throws Exception {
    TrainingRun first = TrainingRun.start(config(), directory, event -> {});
    assertThatThrownBy(() -> TrainingRun.start(config(), directory, event -> {}))
        .isInstanceOf(RunLockedException.class)
        .hasMessageContaining(Long.toString(ProcessHandle.current().pid()));
    first.stop();
    first.result().toCompletableFuture().get(1, TimeUnit.MINUTES);
  }

  @Test
  void anotherConfigIsRefusedWithTheDifference() throws Exception {
    TrainingRun first = TrainingRun.start(config(), directory, event -> {});
    first.stop();
    first.result().toCompletableFuture().get(1, TimeUnit.MINUTES);
    Files.writeString(
        directory.resolve("run.json"), "{\"config\": %s}".formatted(config().resolvedJson()));
    assertThatThrownBy(
            () -> TrainingRun.start(config("annealing.eps_tr=0.5"), directory, event -> {}))
        .isInstanceOf(ConfigMismatchException.class)
        .hasMessageContaining("eps_tr")
        .hasMessageContaining("0.5");
  }

  private static void waitForLines(Process child, Path file, int lines) throws Exception {
    long deadline = System.nanoTime() + Duration.ofMinutes(3).toNanos();
    while (!Files.exists(file) || Files.readAllLines(file).size() < lines) {
      assertThat(child.isAlive()).as("the child still runs").isTrue();
      assertThat(System.nanoTime()).as("waiting for %d steps", lines).isLessThan(deadline);
      Thread.sleep(20);
    }
  }

  private Process startChild(Path run) throws IOException {
    Files.createDirectories(run.getParent());
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + root().resolve("config/jvm.options"));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add("dev.cmt.actors.cli.Main");
    command.add("train");
    command.add(root().resolve("config/gmm40.conf").toString());
    command.add("--run-dir");
    command.add(run.toString());
    for (String override : SMALL) {
      command.add("-o");
      command.add(override);
    }
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(
                directory.resolve(run.getFileName() + ".log").toFile()))
        .start();
  }
}
