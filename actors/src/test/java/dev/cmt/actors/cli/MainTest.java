package dev.cmt.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.actors.config.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MainTest {
  private static final Path ROOT = Path.of(System.getProperty("cmt.root"));
  private static final Path PAPER = ROOT.resolve("config/paper/alanine-dipeptide.conf");

  @TempDir Path directory;

  @Test
  void helpNamesEveryCommandAndSucceeds() {
    Cli help = Cli.run("--help");

    assertThat(help.code()).isEqualTo(ExitCode.SUCCESS);
    assertThat(help.err()).isEmpty();
    assertThat(help.out()).contains(commands()).contains("Exit codes: 0 success");
  }

  @Test
  void everyCommandExplainsItselfWithAnExample() {
    for (String command : commands()) {
      Cli help = Cli.run(command, "--help");
      assertThat(help.code()).as(command).isEqualTo(ExitCode.SUCCESS);
      assertThat(help.out()).as(command).contains("Examples:", "./cmt " + command);
    }
  }

  @Test
  void theLauncherKnowsEveryCommandBeforeAnythingIsBuilt() throws IOException {
    assertThat(Files.readString(ROOT.resolve("cmt")))
        .contains(Stream.of(commands()).map(command -> "\n  " + command + " ").toList());
  }

  @Test
  void saysItsVersion() {
    Cli version = Cli.run("--version");

    assertThat(version.code()).isEqualTo(ExitCode.SUCCESS);
    assertThat(version.out()).containsPattern("^cmt \\d+\\.\\d+\\.\\d+").contains("Java ");
  }

  @Test
  void wrongUseIsOneMessageAndTwo() {
    Cli nothing = Cli.run();
    Cli misspelt = Cli.run("descibe");
    Cli unknownOption = Cli.run("describe", PAPER, "--jsn");
    Cli incomplete = Cli.run("energy", "--system", "alanine-dipeptide");
    Cli headless = Cli.run("train", PAPER, "--run-dir", directory.resolve("run"), "--bind", "a:0");

    assertThat(List.of(nothing, misspelt, unknownOption, incomplete, headless))
        .allSatisfy(
            cli -> {
              assertThat(cli.code()).isEqualTo(ExitCode.WRONG_USE);
              assertThat(cli.out()).isEmpty();
              assertThat(cli.err()).startsWith("cmt: ").contains("--help");
            });
    assertThat(misspelt.err()).contains("describe");
    assertThat(incomplete.err()).contains("--positions", "--output");
    assertThat(headless.err()).contains("--bind is for the head of a cluster", "--cluster");
  }

  @Test
  void everyProblemOfAConfigIsListedWithoutAStackTrace() throws IOException {
    Path config =
        Files.writeString(
            directory.resolve("bad.conf"), "target.system = gmm4\nannealing.eps_trr = 0.3\n");

    Cli cli = Cli.run("describe", config, "-o", "flow.pairs=0");

    assertThat(cli.code()).isEqualTo(ExitCode.WRONG_USE);
    assertThat(cli.err())
        .startsWith("cmt: " + config + " has 3 problems:")
        .contains("Did you mean gmm40?")
        .contains("Did you mean annealing.eps_tr?")
        .contains("flow.pairs = 0: must be a whole number between 1 and 1024.")
        .doesNotContain("\tat ");
  }

  @Test
  void verboseShowsTheStackTraceAfterTheMessage() {
    Cli cli = Cli.run("describe", directory.resolve("nowhere.conf"), "--verbose");

    assertThat(cli.code()).isEqualTo(ExitCode.WRONG_USE);
    assertThat(cli.err()).startsWith("cmt: ").contains("\tat dev.cmt.actors.config");
  }

  @Test
  void describesThePapersFlow() {
    Cli cli = Cli.run("describe", PAPER);

    assertThat(cli.code()).isEqualTo(ExitCode.SUCCESS);
    assertThat(cli.out())
        .containsPattern("flow_dimension +60 \\(21 bonds, 20 angles, 19 torsions\\)")
        .containsPattern("parameter_count +7421512\\n")
        .containsPattern("target_evals +100000000\\n")
        .contains("eps_ent = 0.8");
  }

  @Test
  void describesInJson() throws IOException {
    Cli cli = Cli.run("describe", PAPER, "--json", "-o", "annealing.steps=7");

    JsonNode json = new ObjectMapper().readTree(cli.out());
    assertThat(json.get("flow_dimension").asInt()).isEqualTo(60);
    assertThat(json.get("parameter_count").asInt()).isEqualTo(7_421_512);
    assertThat(json.get("steps").asInt()).isEqualTo(7);
    assertThat(json.get("gradient_steps").asLong()).isEqualTo(14_000);
    assertThat(json.get("target_evals").asLong()).isEqualTo(3_500_000);
    // 500,000 samples of 60 floats and three doubles, of the step at work and the two before it,
    // and
    // four checkpoints of 7.4 million parameters with two moments.
    assertThat(json.get("disk_bytes").asLong())
        .isBetween(3L * 500_000 * 264, 3L * 500_000 * 264 + 400_000_000);
    assertThat(json.get("memory_bytes").asLong()).isBetween(600L << 20, 3L << 30);
    RunConfig config = RunConfig.load(PAPER, List.of("annealing.steps=7"));
    assertThat(json.get("config_hash").asText()).isEqualTo(config.hash());
    assertThat(RunConfig.parse(json.get("config").toString(), "json")).isEqualTo(config);
  }

  @ParameterizedTest
  @MethodSource("runFiles")
  void everyRunFileIsValid(Path file) {
    assertThat(Cli.run("describe", file)).satisfies(cli -> assertThat(cli.err()).isEmpty());
  }

  static List<Path> runFiles() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT.resolve("config"))) {
      List<Path> found = files.filter(file -> file.toString().endsWith(".conf")).toList();
      assertThat(found).hasSizeGreaterThanOrEqualTo(4);
      return found;
    }
  }

  @Test
  void samplingADirectoryWithoutARunIsWrongUse() {
    Cli cli = Cli.run("sample", directory, "-n", 1, "-o", directory.resolve("x.npz"));

    assertThat(cli.code()).isEqualTo(ExitCode.WRONG_USE);
    assertThat(cli.err()).contains("holds no run").doesNotContain("\tat ");
    assertThat(directory).isEmptyDirectory();
  }

  private static String[] commands() {
    return Main.commandLine().getSubcommands().keySet().toArray(String[]::new);
  }
}
