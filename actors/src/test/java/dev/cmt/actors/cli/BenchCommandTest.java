package dev.cmt.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.actors.bench.BenchReport;
import dev.cmt.actors.bench.Progress;
import dev.cmt.actors.bench.StageFigure;
import dev.cmt.actors.bench.StepBenchmark;
import dev.cmt.actors.config.RunConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path GMM40 =
      Path.of(System.getProperty("cmt.root")).resolve("config/gmm40.conf");

  /** A step in a moment. */
  private static final List<String> SMALL =
      List.of(
          "annealing.steps=5",
          "annealing.samples_per_step=600",
          "training.gradient_steps=20",
          "training.batch_size=100",
          "training.warmup_steps=10",
          "flow.pairs=2",
          "flow.hidden=[16,16]",
          "flow.threads=1",
          "energy.workers=2",
          "energy.batch_rows=100");

  @TempDir private Path directory;

  @Test
  void everyBenchmarkExplainsItselfWithAnExample() {
    for (String benchmark : List.of("energy", "flow", "step", "farm")) {
      Cli help = Cli.run("bench", benchmark, "--help");
      assertThat(help.code()).as(benchmark).isEqualTo(ExitCode.SUCCESS);
      assertThat(help.out())
          .as(benchmark)
          .contains("Examples:", "./cmt bench " + benchmark, "--json");
    }
  }

  @Test
  void wrongUseIsOneMessageAndTwo() {
    Cli nothing = Cli.run("bench");
    Cli unknownSystem = Cli.run("bench", "energy", "--system", "benzene");
    Cli noTime = Cli.run("bench", "energy", "--seconds", "0");
    Cli noRows = Cli.run("bench", "flow", GMM40, "--batch", "0");
    Cli noThreads = Cli.run("bench", "flow", GMM40, "--threads", "0");
    Cli noDevice = Cli.run("bench", "flow", GMM40, "--device", "cuda");
    Cli tooManySteps = Cli.run("bench", "step", GMM40, "-o", "annealing.steps=4", "--steps", "4");
    Cli noNodes = Cli.run("bench", "farm", "--nodes", 0);

    assertThat(
            List.of(
                nothing, unknownSystem, noTime, noRows, noThreads, noDevice, tooManySteps, noNodes))
        .allSatisfy(
            cli -> {
              assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.WRONG_USE);
              assertThat(cli.out()).isEmpty();
              assertThat(cli.err()).startsWith("cmt: ");
            });
    assertThat(nothing.err()).contains("energy, flow, step or farm", "bench --help");
    assertThat(unknownSystem.err()).contains("benzene", "alanine-dipeptide");
    assertThat(noDevice.err()).contains("--device (cuda)", "gpu:0");
    assertThat(tooManySteps.err()).contains("steps (4)", "between 1 and 3");
  }

  /** 999 is a GPU that no machine has: whatever engines are there, each says what it lacks. */
  @Test
  void saysWhyEnginesOfAGpuAreNotMeasured() throws IOException {
    Cli cli = Cli.run("bench", "flow", GMM40, "--device", "gpu:999", "--json");

    assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.SUCCESS);
    JsonNode report = JSON.readTree(cli.out());
    assertThat(report.get("figures")).isEmpty();
    assertThat(report.get("subject").asText()).contains("gmm40 on gpu:999");
    assertThat(report.get("missing")).hasSize(3);
    assertThat(report.get("missing").toString())
        .contains("products: ", "cuda: ", "djl: The device gpu:999 is not there");
  }

  @Test
  void energiesOfEveryEngineOnOneCoreAndOnAll() throws IOException {
    Cli cli =
        Cli.run("bench", "energy", "--system", "alanine-dipeptide", "--seconds", 0.01, "--json");

    assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.SUCCESS);
    JsonNode report = JSON.readTree(cli.out());
    assertThat(report.get("missing")).as("what this machine lacks").isEmpty();
    assertThat(report.get("machine").get("jdk").asText()).isNotEmpty();
    int cores = Runtime.getRuntime().availableProcessors();
    JsonNode figures = report.get("figures");
    assertThat(figures).hasSize(4 * 2 * (cores == 1 ? 1 : 2));
    Map<String, Double> rates = new HashMap<>();
    for (JsonNode figure : figures) {
      double rate = figure.get("evaluations_per_second").asDouble();
      assertThat(rate).isPositive();
      assertThat(figure.get("median_evaluations_per_second").asDouble())
          .isPositive()
          .isLessThanOrEqualTo(rate);
      rates.put(key(figure, figure.get("engine").asText()), rate);
    }
    for (JsonNode figure : figures) {
      double best =
          Math.max(
              rates.get(key(figure, "OpenMM Reference")), rates.get(key(figure, "OpenMM CPU")));
      double rate = figure.get("evaluations_per_second").asDouble();
      assertThat(figure.get("ratio_to_best_open_mm").asDouble())
          .isCloseTo(rate / best, within(1e-9 * rate / best));
    }
  }

  private static String key(JsonNode figure, String engine) {
    return engine + figure.get("forces") + figure.get("cores");
  }

  @Test
  void timesOfTheFlowStandBesideTheirFloor() throws IOException {
    Object[] arguments = {"bench", "flow", GMM40, "--batch", 64, "--threads", 1, "--seconds", 0.01};
    List<Object> inJson = new ArrayList<>(List.of(arguments));
    inJson.add("--json");

    Cli table = Cli.run(arguments);
    Cli json = Cli.run(inJson.toArray());

    assertThat(table.code()).as(table.err()).isEqualTo(ExitCode.SUCCESS);
    assertThat(table.out())
        .startsWith("cmt ")
        .contains("batches of 64 rows, 1 thread")
        .containsPattern("\nnative +[0-9.]+ +[0-9.]+")
        .containsPattern("\ndjl +[0-9.]+ +[0-9.]+")
        .contains("GFLOP/s");
    JsonNode report = JSON.readTree(json.out());
    assertThat(report.get("missing")).isEmpty();
    assertThat(report.has("table")).isFalse();
    Map<String, Double> floors = new HashMap<>();
    for (JsonNode figure : report.get("figures")) {
      if (figure.get("engine").asText().startsWith("products")) {
        floors.merge(figure.get("work").asText(), figure.get("seconds").asDouble(), Double::min);
      }
    }
    assertThat(floors).containsOnlyKeys("training step", "log-prob", "sample");
    for (JsonNode figure : report.get("figures")) {
      double expected = figure.get("seconds").asDouble() / floors.get(figure.get("work").asText());
      assertThat(figure.get("ratio_to_floor").asDouble())
          .isCloseTo(expected, within(1e-9 * expected));
    }
  }

  @Test
  void stagesOfAStepAddUpAndNothingIsLeftBehind() throws IOException {
    List<Progress> progress = Collections.synchronizedList(new ArrayList<>());

    BenchReport report =
        StepBenchmark.run(RunConfig.load(GMM40, SMALL), "small", 2, directory, progress::add);

    double sum = 0;
    for (Object figure : report.figures()) {
      StageFigure stage = (StageFigure) figure;
      assertThat(stage.secondsPerStep()).as(stage.stage()).isNotNegative();
      if (!stage.overlapping() && !stage.stage().equals("step")) {
        sum += stage.shareOfWall();
      }
      if (stage.stage().equals("matrix products")) {
        assertThat(stage.shareOfWall()).isBetween(0.0, 1.0);
      }
    }
    assertThat(sum).isCloseTo(1, within(1e-9));
    assertThat(report.text()).contains("matrix products (beside)").doesNotContain("NOT MEASURED");
    assertThat(progress).isNotEmpty().allSatisfy(p -> assertThat(p.done()).isBetween(0.0, 1.0));
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void productsOfAnotherEngineAreReportedAsNotMeasured() throws IOException {
    List<String> djl = new ArrayList<>(SMALL);
    djl.add("flow.engine=djl");

    BenchReport report =
        StepBenchmark.run(RunConfig.load(GMM40, djl), "small", 1, directory, p -> {});

    assertThat(report.text()).contains("NOT MEASURED: matrix products");
    assertThat(report.json()).doesNotContain("\"matrix products\"");
  }

  @Test
  void workersInProcessesOfTheirOwnStandBesideThoseOfOneJvm() throws IOException {
    Cli cli =
        Cli.run(
            "bench",
            "farm",
            "--seconds",
            1,
            "--nodes",
            1,
            "--workers",
            2,
            "--system",
            "gmm40",
            "--json");

    assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.SUCCESS);
    List<JsonNode> asleep = new ArrayList<>();
    List<JsonNode> awake = new ArrayList<>();
    for (JsonNode figure : JSON.readTree(cli.out()).get("figures")) {
      (figure.get("target").asText().equals("gmm40") ? awake : asleep).add(figure);
    }
    assertThat(asleep).extracting(figure -> figure.get("workers").asInt()).containsExactly(1, 1, 2);
    assertThat(asleep)
        .allSatisfy(
            figure ->
                assertThat(figure.get("evaluations_per_second").asDouble())
                    .as("a worker that sleeps 1 ms a row, the clock's grain aside")
                    .isBetween(1.0, 1020.0 * figure.get("workers").asInt()));
    assertThat(awake).hasSizeGreaterThanOrEqualTo(2);
    for (int i = 0; i < awake.size(); i += 2) {
      JsonNode here = awake.get(i);
      JsonNode node = awake.get(i + 1);
      assertThat(here.get("nodes").asInt()).isZero();
      assertThat(node.get("nodes").asInt()).isEqualTo(1);
      double ratio =
          node.get("evaluations_per_second").asDouble()
              / here.get("evaluations_per_second").asDouble();
      assertThat(node.get("ratio").asDouble()).isPositive().isCloseTo(ratio, within(1e-9 * ratio));
    }
  }
}
