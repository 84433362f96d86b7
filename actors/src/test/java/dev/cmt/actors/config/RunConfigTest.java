package dev.cmt.actors.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.flow.Activation;
import dev.cmt.flow.FlowEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunConfigTest {
  private static final String MINIMAL = "target.system = alanine-dipeptide\n";

  @TempDir Path directory;

  @Test
  void aMinimalFileGetsThePapersDefaults() throws IOException {
    RunConfig config = load(MINIMAL);

    assertThat(config.seed()).isEqualTo(1);
    assertThat(config.target())
        .isEqualTo(new RunConfig.Target("alanine-dipeptide", Optional.empty(), "", 300, 1e8, 1e20));
    assertThat(config.flow())
        .isEqualTo(
            new RunConfig.Flow(
                8,
                List.of(256, 256, 256, 256, 256),
                Activation.RELU,
                false,
                8,
                321,
                "cpu",
                FlowEngine.AUTO,
                0));
    assertThat(config.annealing())
        .isEqualTo(new RunConfig.Annealing(200, 500_000, 0.3, OptionalDouble.of(0.8), 0.5));
    assertThat(config.training())
        .isEqualTo(new RunConfig.Training(2000, 1000, 4e-5, 1e-5, 100, 1000, true));
    assertThat(config.energy())
        .isEqualTo(new RunConfig.Energy(EnergyEngine.AUTO, OpenMmPlatform.AUTO, 0, 1000, 600));
    assertThat(config.buffer().keepSteps()).isEqualTo(1);
    assertThat(config.evaluation().samples()).isEqualTo(100_000);
    assertThat(config.targetEvaluations()).isEqualTo(100_000_000L);
    assertThat(config.totalGradientSteps()).isEqualTo(400_000L);
  }

  @Test
  void everyDocumentedKeyHasAFieldAndTheOtherWayRound() throws IOException {
    List<String> ofTheRun =
        new KnownKeys(RunConfigParser.defaults().root())
            .leaves().stream().filter(key -> !key.startsWith("cluster.")).toList();
    assertThat(RunConfigValues.of(load(MINIMAL)).keySet())
        .containsExactlyInAnyOrderElementsOf(ofTheRun);
  }

  @Test
  void reportsAllProblemsAtOnce() {
    ConfigException failure =
        problemsOf(
            """
            annealing { eps_trr = 0.3, samples_per_step = 0, eps_ent = -1 }
            flow { hidden = 64, device = gpu, activation = tanh }
            training.learning_rate = fast
            bufer.keep = last
            """);

    assertThat(failure.problems())
        .extracting(ConfigProblem::key)
        .containsExactlyInAnyOrder(
            "annealing.eps_trr",
            "bufer",
            "target.system",
            "flow.hidden",
            "flow.activation",
            "flow.device",
            "annealing.samples_per_step",
            "annealing.eps_ent",
            "training.learning_rate");
    assertThat(failure)
        .hasMessageContaining("run.conf has 9 problems:")
        .hasMessageContaining(
            "annealing.eps_trr = 0.3: must be a known key. Did you mean annealing.eps_tr?")
        .hasMessageContaining(
            "bufer = {\"keep\":\"last\"}: must be a known key. Did you mean buffer?")
        .hasMessageContaining("Did you mean gpu:0?")
        .hasMessageContaining("A single layer is written [64].")
        .hasMessageContaining("flow.activation = \"tanh\": must be one of relu, silu.");
  }

  @ParameterizedTest
  @CsvSource({
    "annealing.eps_trr, annealing.eps_tr",
    "eps_tr, annealing.eps_tr",
    "training.lerning_rate, training.learning_rate",
    "flow.batch_size, training.batch_size",
    "annealing.samples-per-step, annealing.samples_per_step",
    "sed, seed",
    "energies.workers, energy.workers"
  })
  void suggestsTheNearestKey(String wrong, String meant) {
    assertThat(problemsOf(MINIMAL + wrong + " = 7").problems())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.mend()).startsWith("Did you mean ");
              String suggested = problem.mend().replaceAll("^Did you mean |\\?$", "");
              assertThat(meant).startsWith(suggested);
            });
  }

  @Test
  void namesTheSystemsThereAreAndTheNearest() {
    assertThat(problemsOf("target.system = alanine_dipeptid").problems())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.allowed()).startsWith("one of ").contains("gmm40", "many-well-32");
              assertThat(problem.mend()).isEqualTo("Did you mean alanine-dipeptide?");
            });
  }

  @Test
  void suggestsNothingWhereNothingIsNear() {
    assertThat(problemsOf(MINIMAL + "flow.wallpaper = 7").problems())
        .singleElement()
        .satisfies(
            problem -> assertThat(problem.mend()).startsWith("Known in flow: flow.activation"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "seed = 1.5",
        "seed = 9223372036854775808",
        "target.system = [gmm40]",
        "target.temperature_k = 0",
        "target.temperature_k = nan",
        "target.energy_cut_kt = 1e400",
        "flow.pairs = null",
        "flow.pairs = 1025",
        "flow.hidden = []",
        "flow.hidden = [64, 0]",
        "flow.hidden = [64, 64.5]",
        "flow.bins = 1",
        "flow.first_activation = 3",
        "flow.device = \"gpu:x\"",
        "flow.device = \"auto:0\"",
        "flow.threads = -1",
        "annealing.steps = 0",
        "annealing.samples_per_step = 500_000",
        "annealing.eps_tr = 0",
        "annealing.eps_ent = infinite",
        "training.weight_decay = -1",
        "energy.engine = gromacs",
        "energy.batch_rows = 65537",
        "buffer.keep = 0",
        "buffer.keep = first",
        "evaluation.samples = []",
      })
  void refusesWhatIsOutOfRange(String line) {
    assertThat(problemsOf(MINIMAL + line).problems())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.key()).isEqualTo(line.substring(0, line.indexOf(' ')));
              assertThat(problem.allowed()).isNotBlank();
            });
  }

  @Test
  void checksKeysAgainstEachOther() {
    ConfigException failure =
        problemsOf(
            MINIMAL
                + """
                annealing { steps = 2, samples_per_step = 100 }
                training { gradient_steps = 10, batch_size = 101, warmup_steps = 21 }
                target.energy_max_kt = 1e7
                flow { engine = native, device = "gpu:1" }
                """);

    assertThat(failure.problems())
        .extracting(ConfigProblem::key)
        .containsExactlyInAnyOrder(
            "training.batch_size", "training.warmup_steps", "target.energy_max_kt", "flow.engine");
    assertThat(failure).hasMessageContaining("at most annealing.samples_per_step (100)");
  }

  @Test
  void theCudaEngineIsForGpus() throws IOException {
    assertThat(problemsOf(MINIMAL + "flow.engine = cuda").problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.mend()).contains("flow.device = \"gpu:0\""));
    assertThat(load(MINIMAL + "flow { engine = cuda, device = \"gpu:0\" }").flow().gpu())
        .hasValue(0);
  }

  @Test
  void autoIsADeviceThatAnyEngineTakes() throws IOException {
    RunConfig.Flow flow = load(MINIMAL + "flow { engine = native, device = auto }").flow();

    assertThat(flow.device()).isEqualTo("auto");
    assertThat(flow.gpu()).isEmpty();
  }

  @Test
  void aSectionThatIsNoSectionIsOneProblem() {
    assertThat(problemsOf(MINIMAL + "flow = 3").problems())
        .singleElement()
        .hasToString(
            "flow = 3: must be a section { … }. It holds flow.activation, flow.bins, flow.device,"
                + " flow.engine, flow.first_activation, flow.hidden, flow.mask_seed, flow.pairs,"
                + " flow.threads.");
  }

  @Test
  void overridesAreStrongerThanTheFileAndTheLastWins() throws IOException {
    RunConfig config =
        RunConfig.load(
            write(MINIMAL + "annealing.eps_tr = 0.5\nflow.pairs = 2"),
            List.of(
                "annealing.eps_tr=inf",
                "flow.hidden=[32,16]",
                "flow.device=gpu:3",
                "annealing.samples_per_step=2e5",
                "buffer.keep=5",
                "buffer.keep=all"));

    assertThat(config.annealing().epsTr()).isInfinite();
    assertThat(config.flow().pairs()).isEqualTo(2);
    assertThat(config.flow().hidden()).containsExactly(32, 16);
    assertThat(config.flow().gpu()).hasValue(3);
    assertThat(config.annealing().samplesPerStep()).isEqualTo(200_000);
    assertThat(config.buffer().keepSteps()).isEqualTo(RunConfig.Buffer.ALL);
  }

  @Test
  void aBadOverrideIsAProblemLikeOthers() throws IOException {
    Path file = write("flow.pairs = 0");
    assertThatThrownBy(() -> RunConfig.load(file, List.of("seed", "target.system=gmm40", "sead=3")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("override = seed: must be key=value.")
        .hasMessageContaining("flow.pairs = 0")
        .hasMessageContaining("Did you mean seed?");
  }

  @Test
  void saysWhatIsWrongWithTheFileItself() throws IOException {
    Path missing = directory.resolve("nowhere.conf");
    assertThatThrownBy(() -> RunConfig.load(missing, List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(missing + ": must be a readable file");
    assertThatThrownBy(() -> RunConfig.load(directory, List.of()))
        .hasMessageContaining("This is a directory.");
    Path broken = write("flow { pairs = 3");
    assertThatThrownBy(() -> RunConfig.load(broken, List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("must be HOCON");
    Path unresolved = write(MINIMAL + "seed = ${nowhere}");
    assertThatThrownBy(() -> RunConfig.load(unresolved, List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("nowhere");
  }

  @Test
  void itsJsonReadsBackAsTheSameConfig() throws IOException {
    RunConfig config =
        load(
            MINIMAL
                + """
                annealing { eps_tr = inf, eps_ent = 0.1 }
                buffer.keep = 3
                seed = -9223372036854775808
                training.learning_rate = 1.2345678901234567e-5
                """);

    RunConfig again = RunConfig.parse(config.resolvedJson(), "run.json");

    assertThat(again).isEqualTo(config);
    assertThat(again.resolvedJson()).isEqualTo(config.resolvedJson());
    assertThat(again.hash()).isEqualTo(config.hash()).matches("[0-9a-f]{64}");
  }

  @Test
  void theHashSeesWhatDecidesTheResultAndNothingElse() throws IOException {
    RunConfig config = load(MINIMAL);
    RunConfig sameResult =
        load(
            MINIMAL
                + """
                energy { workers = 7, timeout_seconds = 5 }
                flow { threads = 3, device = auto, engine = djl }
                buffer.keep = all
                checkpoint { every_seconds = 0, every_gradient_steps = 7 }
                evaluation.samples = 10
                """);
    RunConfig other = load(MINIMAL + "annealing.eps_tr = 0.5\nseed = 2");

    assertThat(sameResult.hash()).isEqualTo(config.hash());
    assertThat(sameResult.differences(config)).isEmpty();
    assertThat(sameResult.allowedDifferences(config))
        .hasSize(9)
        .contains("energy.workers: 7 instead of 0", "flow.threads: 3 instead of 0");
    assertThat(config.allowedDifferences(other)).isEmpty();
    assertThat(sameResult.inexactDifferences(config))
        .containsExactly(
            "flow.device: auto instead of cpu",
            "flow.engine: djl instead of auto",
            "flow.threads: 3 instead of 0");
    assertThat(other.hash()).isNotEqualTo(config.hash());
    assertThat(other.differences(config))
        .containsExactly("seed: 2 instead of 1", "annealing.eps_tr: 0.5 instead of 0.3");
  }

  @Test
  void theSpellingOfANumberDoesNotMatter() throws IOException {
    assertThat(load(MINIMAL + "target.temperature_k = \"3e2\"").hash())
        .isEqualTo(load(MINIMAL).hash());
  }

  private RunConfig load(String text) throws IOException {
    return RunConfig.load(write(text), List.of());
  }

  private ConfigException problemsOf(String text) {
    return catchThrowableOfType(ConfigException.class, () -> load(text));
  }

  private Path write(String text) throws IOException {
    return Files.writeString(directory.resolve("run.conf"), text);
  }
}
