package dev.cmt.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.energy.io.NpyArray;
import dev.cmt.energy.io.NpyFile;
import dev.cmt.energy.io.NpzFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateCommandTest {
  private static final long SEED = 5;
  private static final int REFERENCE_ROWS = 400;

  @TempDir private static Path directory;
  private static Path run;
  private static Path reference;

  /** A flow that has seen one step: far from the target, which makes the bounds tell. */
  @BeforeAll
  static void train() throws IOException {
    Path config = directory.resolve("tiny.conf");
    Files.writeString(
        config,
        """
        target.system = many-well-32
        flow { pairs = 1, hidden = [8], bins = 4, threads = 1 }
        annealing { steps = 1, samples_per_step = 300, eps_tr = 0.3, eps_ent = 0.5 }
        training { gradient_steps = 2, batch_size = 100, learning_rate = 1e-3, warmup_steps = 1 }
        energy.workers = 1
        evaluation.samples = 300
        """);
    run = directory.resolve("run");
    Cli trained = Cli.run("train", config, "--run-dir", run);
    assertThat(trained.code()).as(trained.err()).isZero();
    reference = directory.resolve("reference.npy");
    NpyFile.write(reference, NpyArray.of(manyWellSamples(), REFERENCE_ROWS, 32));
  }

  @Test
  void metricsComeWithReferenceSamplesAndAreKept() throws IOException {
    Cli first = Cli.run("evaluate", run, "-n", 500, "--reference", reference, "--json");
    assertThat(first.code()).as(first.err()).isZero();
    JsonNode json = new ObjectMapper().readTree(first.out());
    assertThat(json.at("/samples").asInt()).isEqualTo(500);
    assertThat(json.at("/reference/samples").asInt()).isEqualTo(REFERENCE_ROWS);
    assertThat(json.at("/reference/source").asText()).isEqualTo("reference.npy");
    // ELBO ≤ log Z ≤ EUBO; log Z of the target is 164.69568 and the flow is many nats away on both
    // sides.
    assertThat(json.at("/elbo").asDouble()).isLessThan(164.6);
    assertThat(json.at("/reference/eubo/value").asDouble()).isGreaterThan(164.8);
    assertThat(json.at("/wells/raw")).hasSize(16);
    assertThat(json.has("histograms")).isFalse();

    JsonNode kept = new ObjectMapper().readTree(run.resolve("evaluation.json").toFile());
    assertThat(kept.at("/log_z")).isEqualTo(json.at("/log_z"));
    assertThat(kept.at("/histograms/lines")).hasSize(4);

    Cli again = Cli.run("evaluate", run, "-n", 500, "--reference", reference, "--json");
    assertThat(again.out()).as("the same seed gives the same numbers").isEqualTo(first.out());
    Cli other = Cli.run("evaluate", run, "-n", 500, "--seed", 99, "--json");
    assertThat(new ObjectMapper().readTree(other.out()).at("/log_z"))
        .isNotEqualTo(json.at("/log_z"));
    assertThat(other.err()).contains("the earlier evaluation is now", "evaluation-");

    Cli report = Cli.run("report", run);
    assertThat(report.code()).as(report.err()).isZero();
    assertThat(Path.of(report.out().strip())).isRegularFile();
  }

  @Test
  void withoutOptionsItPrintsTables() {
    Cli printed = Cli.run("evaluate", run);
    assertThat(printed.code()).as(printed.err()).isZero();
    assertThat(printed.out()).contains("log Z / nat", "Probability of the right well", "300");
  }

  @Test
  void wrongUseIsSaidBeforeAnythingIsDrawn() throws IOException {
    assertThat(Cli.run("evaluate", run, "-n", 0))
        .satisfies(
            cli -> {
              assertThat(cli.code()).isEqualTo(ExitCode.WRONG_USE);
              assertThat(cli.err()).contains("-n 0", "at least 1");
            });
    assertThat(Cli.run("evaluate", directory.resolve("nowhere")).code())
        .isEqualTo(ExitCode.WRONG_USE);
    Path wrong = directory.resolve("wrong.npy");
    NpyFile.write(wrong, NpyArray.of(new double[9], 3, 3));
    assertThat(Cli.run("evaluate", run, "--reference", wrong))
        .satisfies(
            cli -> {
              assertThat(cli.code()).isEqualTo(ExitCode.WRONG_USE);
              assertThat(cli.err()).contains("[3, 3]", "many-well-32", "(n, 32)");
            });
    Path outside = directory.resolve("outside.npy");
    double[] far = new double[32];
    far[0] = 100;
    NpyFile.write(outside, NpyArray.of(far, 1, 32));
    assertThat(Cli.run("evaluate", run, "--reference", outside))
        .satisfies(
            cli -> {
              assertThat(cli.code()).isEqualTo(ExitCode.WRONG_USE);
              assertThat(cli.err()).contains("None of the 1 samples", "outside.npy");
            });
  }

  @Test
  void archivesOfEquallyWeightedSamplesAreReferences() throws IOException {
    NpyArray x = NpyFile.read(reference);
    Path archive = directory.resolve("reference.npz");
    NpzFile.write(archive, Map.of("x", x));
    Cli cli = Cli.run("evaluate", run, "-n", 300, "--reference", archive, "--json");
    assertThat(cli.code()).as(cli.err()).isZero();
    assertThat(new ObjectMapper().readTree(cli.out()).at("/reference/samples").asInt())
        .isEqualTo(REFERENCE_ROWS);

    double[] weights = new double[REFERENCE_ROWS];
    weights[3] = 1;
    NpzFile.write(archive, Map.of("x", x, "weights", NpyArray.of(weights, REFERENCE_ROWS)));
    assertRefused("weighted samples", "--reference", archive);
    NpzFile.write(archive, Map.of("y", x));
    assertRefused("no array x", "--reference", archive);
    assertRefused("1.5", "--clip", 1.5);
    assertRefused("at least 1", "--transport-points", 0);
  }

  private static void assertRefused(String why, String option, Object value) {
    Cli cli = Cli.run("evaluate", run, option, value);
    assertThat(cli.code()).as(why).isEqualTo(ExitCode.WRONG_USE);
    assertThat(cli.err()).contains(why).doesNotContain("\tat ");
  }

  @Test
  void aReportOfNothingIsWrongUse() {
    Cli cli = Cli.run("report", directory.resolve("nowhere"));
    assertThat(cli.code()).isEqualTo(ExitCode.WRONG_USE);
    assertThat(cli.err()).contains("run.json", "holds no run");
  }

  /** Exact samples by rejection: exp(x/2 + 6x² − x⁴) on [−3, 3] stays below exp(10.6). */
  private static double[] manyWellSamples() {
    Random random = new Random(SEED);
    double[] x = new double[32 * REFERENCE_ROWS];
    for (int i = 0; i < x.length; i += 2) {
      double a;
      do {
        a = 6 * random.nextDouble() - 3;
      } while (random.nextDouble() >= Math.exp(0.5 * a + 6 * a * a - a * a * a * a - 10.6));
      x[i] = a;
      x[i + 1] = random.nextGaussian();
    }
    return x;
  }
}
