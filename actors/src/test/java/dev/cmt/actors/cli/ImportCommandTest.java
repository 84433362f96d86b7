package dev.cmt.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.actors.config.ConfiguredTarget;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.energy.Target;
import dev.cmt.energy.io.NpyFile;
import dev.cmt.energy.molecule.MolecularTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImportCommandTest {
  /** Molecules that nobody prepared; UnpreparedMolecule beside them says how they were made. */
  private static final Path MOLECULES =
      Path.of(System.getProperty("cmt.root"))
          .resolve("energy/src/test/resources/dev/cmt/energy/imported");

  @TempDir Path base;

  @ParameterizedTest
  @CsvSource({
    // 3 N − 6, less a length for each constrained hydrogen; a ring takes more steps
    "glutamyl-leucine, 37, 86, 2, 130, 60000",
    "proline-dipeptide, 26, 72, 1, 180, 50000",
    "acetamide, 9, 21, 0, 90, 40000",
    "isoleucine-dipeptide, 31, 69, 2, 120, 50000"
  })
  void becomesATargetThatTrainingStartsOn(
      String name, int atoms, int dimension, int stereocentres, int steps, int samplesPerStep)
      throws IOException {
    Path directory = base.resolve("molecules").resolve(name);
    Cli made = importMolecule(name, directory);
    assertThat(made.err()).isEmpty();
    assertThat(made.code()).isEqualTo(ExitCode.SUCCESS);
    assertThat(made.out()).contains("%d atoms".formatted(atoms), "./cmt train " + directory);
    assertThat(made.out()).doesNotContain("failed");
    JsonNode manifest = new ObjectMapper().readTree(directory.resolve("target.json").toFile());
    assertThat(manifest.path("valid").asBoolean()).isTrue();
    assertThat(manifest.path("dimension").asInt()).isEqualTo(dimension);
    String page = Files.readString(directory.resolve("validation.html"));
    assertThat(page).contains("round trip");
    assertThat(page.split("keeps the stereocentre", -1)).hasSize(stereocentres + 1);

    RunConfig config = RunConfig.load(directory.resolve("train.conf"), List.of());
    Target target = ConfiguredTarget.create(config);
    assertThat(target).isInstanceOf(MolecularTarget.class);
    assertThat(target.dimension()).isEqualTo(dimension);
    assertThat(config.annealing().steps()).isEqualTo(steps);
    assertThat(config.annealing().samplesPerStep()).isEqualTo(samplesPerStep);

    Path run = base.resolve("run");
    Cli trained =
        Cli.run(
            "train",
            directory.resolve("train.conf"),
            "--run-dir",
            run,
            "-o",
            "annealing { steps = 1, samples_per_step = 400 }",
            "-o",
            "training { gradient_steps = 2, batch_size = 100, warmup_steps = 1 }",
            "-o",
            "evaluation.samples = 200",
            "-o",
            "flow.hidden = [8]");
    assertThat(trained.err()).isEmpty();
    assertThat(trained.out()).contains("finished: ESS");
    JsonNode recorded = new ObjectMapper().readTree(run.resolve("run.json").toFile());
    assertThat(recorded.at("/config/target/system").asText()).isEqualTo(name);
    assertThat(recorded.at("/config/target/sha256").asText()).hasSize(64);

    Path samples = base.resolve("samples.npz");
    assertThat(Cli.run("sample", run, "-n", "20", "-o", samples).code()).isZero();
    assertThat(Cli.run("verify", run).code()).isZero();
    Path energies = base.resolve("energies.npy");
    Cli energy =
        Cli.run(
            "energy",
            "--system",
            directory,
            "--positions",
            directory.resolve("topology.pdb"),
            "-o",
            energies);
    assertThat(energy.err()).isEmpty();
    assertThat(NpyFile.read(energies).doubles()[0]).isFinite();
  }

  @ParameterizedTest
  @CsvSource({"none, false, 9", "obc1, true, 7"})
  void readsAmbersFiles(String solvent, boolean constrained, int dimension) throws IOException {
    Path amber =
        Path.of(System.getProperty("cmt.root"))
            .resolve("energy/src/test/resources/dev/cmt/energy/system");
    Path directory = base.resolve("trioxidane");
    List<Object> args =
        new ArrayList<>(
            List.of(
                "import",
                "--prmtop",
                amber.resolve("trioxidane.prmtop"),
                "--inpcrd",
                amber.resolve("trioxidane.rst7"),
                "--implicit",
                solvent,
                "-o",
                directory));
    if (constrained) {
      args.add("--constrain-hydrogens");
    }
    Cli cli = Cli.run(args.toArray());
    assertThat(cli.err()).isEmpty();
    assertThat(cli.code()).isZero();
    RunConfig config = RunConfig.load(directory.resolve("train.conf"), List.of());
    assertThat(ConfiguredTarget.create(config).dimension()).isEqualTo(dimension);
    assertThat(Files.readString(directory.resolve("target.json")))
        .contains("\"sources\" : [ \"trioxidane.prmtop\", \"trioxidane.rst7\" ]");

    Cli crowded =
        Cli.run(
            "import",
            "--prmtop",
            amber.resolve("trioxidane.rst7"),
            "--inpcrd",
            amber.resolve("trioxidane.rst7"),
            "-o",
            base.resolve("other"));
    assertThat(crowded.code()).isEqualTo(ExitCode.WRONG_USE);
    assertThat(crowded.err()).contains("trioxidane.rst7: The prmtop must begin with %VERSION");
  }

  @Test
  void aRunIsNotTakenUpWithAnotherMolecule() throws IOException {
    Path directory = base.resolve("proline");
    assertThat(importMolecule("proline-dipeptide", directory).code()).isZero();
    Path run = base.resolve("run");
    Object[] train = {
      "train",
      directory.resolve("train.conf"),
      "--run-dir",
      run,
      "-o",
      "annealing { steps = 2, samples_per_step = 100 }",
      "-o",
      "training { gradient_steps = 1, batch_size = 100, warmup_steps = 1 }",
      "-o",
      "evaluation.samples = 100",
      "-o",
      "flow.hidden = [8]"
    };
    assertThat(Cli.run(train).code()).isZero();
    Files.move(directory, base.resolve("old"));
    assertThat(
            Cli.run(
                    "import",
                    "--system",
                    file("proline-dipeptide", "system.xml"),
                    "--topology",
                    file("proline-dipeptide", "topology.pdb"),
                    "--force",
                    "0.01",
                    "-o",
                    directory)
                .code())
        .isZero();

    Cli again = Cli.run(train);
    assertThat(again.code()).isEqualTo(ExitCode.WRONG_USE);
    assertThat(again.err()).contains("target.directory", "imported again");
    Cli sample = Cli.run("sample", run, "-n", "1", "-o", base.resolve("s.npz"));
    assertThat(sample.code()).isEqualTo(ExitCode.WRONG_USE);
    assertThat(sample.err()).contains("imported again");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "method=\"0\"|method=\"4\"|NonbondedForce is periodic",
        "usesPeriodic=\"0\"|usesPeriodic=\"1\"|is periodic; a target is one molecule without a box",
        "<Particle mass=\"12.01\"/>|<Particle mass=\"0\"/>|has mass 0",
        "<Particle mass=\"12.01\"/>|<Particle mass=\"12.01\"><TwoParticleAverageSite p1=\"0\" p2=\"1\" w1=\".5\" w2=\".5\"/></Particle>|virtual site (TwoParticleAverageSite)",
        "</Forces>|<Force type=\"CustomExternalForce\" version=\"1\"/></Forces>|CustomExternalForce pulls atoms",
        "</Forces>|<Force type=\"MonteCarloBarostat\" version=\"1\"/></Forces>|MonteCarloBarostat changes a periodic box",
        "<Constraints>|<Constraints><Constraint d=\"0.18\" p1=\"8\" p2=\"9\"/>|no bond but fixes an angle",
        "<Particles>|<Particles><Particle mass=\"1\"/>|27 particles but the topology 26"
      })
  void whatCannotBeATargetIsNamedWithItsMend(String from, String to, String reason)
      throws IOException {
    String xml = Files.readString(file("proline-dipeptide", "system.xml"));
    Path system = base.resolve("system.xml");
    int at = xml.indexOf(from);
    assertThat(at).isPositive();
    Files.writeString(system, xml.substring(0, at) + to + xml.substring(at + from.length()));
    assertRefused(reason, system, file("proline-dipeptide", "topology.pdb"));
  }

  @Test
  void severalMoleculesAreNamed() throws IOException {
    String xml = Files.readString(file("proline-dipeptide", "system.xml"));
    // The two bonds of the nitrogen to the ring and the one to the cap.
    Path system = base.resolve("system.xml");
    Files.writeString(system, xml.replaceAll("<Bond [^>]*p1=\"4\" p2=\"6\"/>", ""));
    assertRefused(
        "2 molecules (6 atoms from H1 of ACE1 (atom 0) on, 20 atoms from N of PRO2 (atom 6) on)",
        system,
        file("proline-dipeptide", "topology.pdb"));
  }

  @Test
  void aValidationThatFailsLeavesTheReportAndCodeOne() throws IOException {
    String xml = Files.readString(file("proline-dipeptide", "system.xml"));
    Path system = base.resolve("system.xml");
    // One hydrogen of a methyl group is heavier charged than its siblings.
    String charged = xml.replaceFirst("q=\"0.1123\"", "q=\"0.2123\"");
    assertThat(charged).isNotEqualTo(xml);
    Files.writeString(system, charged);
    Path directory = base.resolve("odd");

    Cli cli =
        Cli.run(
            "import",
            "--system",
            system,
            "--topology",
            file("proline-dipeptide", "topology.pdb"),
            "-o",
            directory);

    assertThat(cli.code()).isEqualTo(ExitCode.FAILED);
    assertThat(cli.out()).contains("failed:     equivalent hydrogens", "H1 and H2 of ACE1");
    assertThat(directory.resolve("train.conf")).doesNotExist();
    assertThat(Files.readString(directory.resolve("validation.txt"))).contains("failed");
    Path config = Files.writeString(base.resolve("run.conf"), "target.directory = odd");
    assertThat(Cli.run("describe", config).err()).contains("validation failed");
  }

  @Test
  void theKernelAloneRefusesForcesItDoesNotKnow() {
    Path directory = base.resolve("isoleucine");
    Cli cli =
        Cli.run(
            "import",
            "--system",
            file("isoleucine-dipeptide", "system.xml"),
            "--topology",
            file("isoleucine-dipeptide", "topology.pdb"),
            "--engine",
            "kernel",
            "-o",
            directory);
    assertThat(cli.code()).isEqualTo(ExitCode.WRONG_USE);
    assertThat(cli.err()).contains("CMAPTorsionForce");
    assertThat(directory).doesNotExist();
  }

  @Test
  void wrongUseLeavesNothingBehind() throws IOException {
    Path system = file("proline-dipeptide", "system.xml");
    Path topology = file("proline-dipeptide", "topology.pdb");
    assertRefused("must be System", Files.writeString(base.resolve("x.xml"), "<a/>"), topology);
    assertRefused("Line", system, Files.writeString(base.resolve("x.pdb"), "ATOM  x"));
    assertRefused("There is no", base.resolve("nowhere.xml"), topology);
    Path full = Files.createDirectory(base.resolve("full"));
    Files.writeString(full.resolve("file"), "");
    Object[][] wrong = {
      {"exists already", "--system", system, "--topology", topology, "-o", full},
      {
        "name of a built-in system",
        "--system",
        system,
        "--topology",
        topology,
        "-o",
        base.resolve("elil")
      },
      {"--topology", "--system", system, "-o", base.resolve("new")},
      {"--prmtop", "-o", base.resolve("new")},
      {
        "is no directory",
        "--system",
        system,
        "--topology",
        topology,
        "-o",
        Path.of(topology.toString(), "new")
      }
    };
    for (Object[] line : wrong) {
      Object[] args = line.clone();
      args[0] = "import";
      Cli cli = Cli.run(args);
      assertThat(cli.code()).as(line[0].toString()).isEqualTo(ExitCode.WRONG_USE);
      assertThat(cli.err()).contains(line[0].toString());
    }
    try (Stream<Path> files = Files.list(base)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("x.xml", "x.pdb", "full");
    }
  }

  private void assertRefused(String why, Path system, Path topology) {
    Path directory = base.resolve("refused");
    Cli cli = Cli.run("import", "--system", system, "--topology", topology, "-o", directory);
    assertThat(cli.err()).contains(why).doesNotContain("\tat ");
    assertThat(cli.code()).isEqualTo(ExitCode.WRONG_USE);
    assertThat(directory).doesNotExist();
  }

  private static Cli importMolecule(String name, Path directory) {
    return Cli.run(
        "import",
        "--system",
        file(name, "system.xml"),
        "--topology",
        file(name, "topology.pdb"),
        "-o",
        directory);
  }

  private static Path file(String molecule, String file) {
    return MOLECULES.resolve(molecule).resolve(file);
  }
}
