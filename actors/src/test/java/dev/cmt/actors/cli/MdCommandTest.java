package dev.cmt.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.energy.io.Conformations;
import dev.cmt.energy.io.NpyFile;
import dev.cmt.energy.io.PdbFile;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MdCommandTest {
  @TempDir private Path directory;

  @Test
  void simulatesABuiltInPeptideWithConstraints() throws Exception {
    Path output = directory.resolve("run");

    Cli cli = md("alanine-tetrapeptide", output, "--replicas", 8, "--rungs", 2, "--t-max", 320);

    assertThat(cli.err()).isEmpty();
    assertThat(cli.code()).isEqualTo(ExitCode.SUCCESS);
    assertThat(cli.out())
        .contains("4 ladders of 2 rungs, 300 to 320 K", "finished: 20 frames at 300 K", "ALA3");
    assertThat(NpyFile.read(output.resolve("frames.npy")).shape()).containsExactly(20, 42, 3);
    JsonNode manifest = new ObjectMapper().readTree(output.resolve("md.json").toFile());
    assertThat(manifest.at("/settings/timestep_fs").doubleValue()).isEqualTo(2);
    assertThat(manifest.at("/engine").textValue()).contains("kernel");
    JsonNode summary = new ObjectMapper().readTree(output.resolve("summary.json").toFile());
    assertThat(summary.at("/ns_at_temperature").doubleValue()).isEqualTo(4 * 500 * 2e-6);
    assertThat(summary.at("/rungs/0/acceptance").doubleValue()).isBetween(0.5, 1.0);

    assertThat(md("alanine-tetrapeptide", output, "--replicas", 8, "--rungs", 2).err())
        .contains("highest_temperature_k was 320.0, is 900.0");
  }

  @Test
  void simulatesASystemFile() throws Exception {
    MolecularSystem molecule = BuiltInSystems.load("alanine-dipeptide");
    Path xml = Files.writeString(directory.resolve("mine.xml"), molecule.systemXml());
    Path pdb = directory.resolve("top.pdb");
    PdbFile.write(pdb, molecule.atoms(), new Conformations(22, molecule.minimizedNm()));

    Cli cli =
        md(
            xml.toString(),
            directory.resolve("run"),
            "--topology",
            pdb,
            "--rungs",
            1,
            "--replicas",
            2,
            "--dcd");

    assertThat(cli.err()).isEmpty();
    assertThat(cli.code()).isEqualTo(ExitCode.SUCCESS);
    assertThat(directory.resolve("run/frames.dcd")).exists();
  }

  /** A molecule with forces that the kernel does not know. */
  @Test
  void simulatesAnImportedMoleculeByOpenMm() throws Exception {
    Path files =
        Path.of(System.getProperty("cmt.root"))
            .resolve("energy/src/test/resources/dev/cmt/energy/imported/isoleucine-dipeptide");
    Path molecule = directory.resolve("isoleucine");
    Cli imported =
        Cli.run(
            "import",
            "--system",
            files.resolve("system.xml"),
            "--topology",
            files.resolve("topology.pdb"),
            "-o",
            molecule);
    assertThat(imported.code()).isEqualTo(ExitCode.SUCCESS);
    Path output = directory.resolve("run");

    Cli cli = md(molecule.toString(), output, "--replicas", 8, "--rungs", 2, "--t-max", 330);

    assertThat(cli.err()).isEmpty();
    assertThat(cli.code()).isEqualTo(ExitCode.SUCCESS);
    JsonNode manifest = new ObjectMapper().readTree(output.resolve("md.json").toFile());
    assertThat(manifest.at("/engine").textValue()).contains("OpenMM").doesNotContain("kernel");
    assertThat(NpyFile.read(output.resolve("frames.npy")).shape()).containsExactly(20, 31, 3);
    Path again = directory.resolve("energies.npy");
    Cli energy =
        Cli.run(
            "energy",
            "--system",
            molecule,
            "--positions",
            output.resolve("frames.npy"),
            "-o",
            again);
    assertThat(energy.code()).isEqualTo(ExitCode.SUCCESS);
    double[] simulated = NpyFile.read(output.resolve("energies.npy")).doubles();
    // Conformations that move: 31 atoms at 300 K differ by tens of kJ/mol.
    assertThat(
            Arrays.stream(simulated).max().getAsDouble()
                - Arrays.stream(simulated).min().getAsDouble())
        .isGreaterThan(10);
    // OpenMM's CPU platform computes in single precision, with sums in another order each time.
    assertThat(NpyFile.read(again).doubles()).containsExactly(simulated, within(0.05));
  }

  @Test
  void wrongUseIsNamed() {
    Path output = directory.resolve("run");
    assertRefused(md("water", output), "nor a built-in molecule");
    assertRefused(
        md("alanine-dipeptide", output, "--replicas", 9),
        "--replicas (9) must be a multiple of --rungs (8)");
    assertRefused(md("alanine-dipeptide", output, "--t-max", 200), "highestK (200.0)");
    assertRefused(
        Cli.run("md", "alanine-dipeptide", "--steps", 450, "--save-every", 150, "-o", output),
        "multiple of the steps between swaps (100)");
    assertRefused(
        Cli.run("md", "alanine-dipeptide", "--steps", 1500, "-o", output),
        "--steps (1500) must be a multiple of --save-every (1000)");
    assertRefused(md("alanine-dipeptide", output, "--dt", -1), "timestepPs");
    assertRefused(md("alanine-dipeptide", output, "--friction", -1), "frictionPerPs");
    assertRefused(Cli.run("md", "alanine-dipeptide", "-o", output), "--ns");
    assertThat(output).doesNotExist();
  }

  private static void assertRefused(Cli cli, String why) {
    assertThat(cli.err()).contains(why).doesNotContain("\tat ");
    assertThat(cli.code()).isEqualTo(ExitCode.WRONG_USE);
  }

  private static Cli md(String system, Path output, Object... more) {
    Object[] words = {
      "md",
      system,
      "--steps",
      500,
      "--save-every",
      100,
      "--swap-every",
      50,
      "--equilibrate",
      0,
      "-o",
      output
    };
    Object[] all = new Object[words.length + more.length];
    System.arraycopy(words, 0, all, 0, words.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return Cli.run(all);
  }
}
