package dev.cmt.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.energy.io.Conformations;
import dev.cmt.energy.io.DcdFile;
import dev.cmt.energy.io.NpyArray;
import dev.cmt.energy.io.NpyFile;
import dev.cmt.energy.io.PdbFile;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnergyCommandTest {
  private static final MolecularSystem MOLECULE = BuiltInSystems.load("alanine-dipeptide");
  private static final int FRAMES = 1003;

  @TempDir Path directory;
  private Path positions;
  private double[] nm;

  @BeforeEach
  void writeConformationsAroundTheMinimum() throws IOException {
    Random random = new Random(7);
    nm = new double[FRAMES * 66];
    double[] minimum = MOLECULE.minimizedNm();
    for (int i = 0; i < nm.length; i++) {
      nm[i] = minimum[i % 66] + (i < 66 ? 0 : 1e-3 * random.nextGaussian());
    }
    positions = directory.resolve("positions.npy");
    NpyFile.write(positions, NpyArray.of(nm, FRAMES, 22, 3));
  }

  @Test
  void writesEnergiesAndForcesThatAreTheirGradient() throws IOException {
    Path energies = directory.resolve("energies.npy");
    Path forces = directory.resolve("forces.npy");

    Cli cli =
        Cli.run(
            "energy",
            "--system",
            "alanine-dipeptide",
            "--positions",
            positions,
            "--engine",
            "openmm",
            "--platform",
            "reference",
            "--forces",
            forces,
            "-o",
            energies);

    assertThat(cli.err()).isEmpty();
    assertThat(cli.code()).isEqualTo(ExitCode.SUCCESS);
    assertThat(cli.out()).contains("1003 energies", "OpenMM");
    NpyArray e = NpyFile.read(energies);
    NpyArray f = NpyFile.read(forces);
    assertThat(e.shape()).containsExactly(FRAMES);
    assertThat(f.shape()).containsExactly(FRAMES, 22, 3);
    assertThat(Arrays.stream(e.doubles()).allMatch(Double::isFinite)).isTrue();
    // Along a line from the minimum E changes by minus the mean of the end points' forces times the
    // step, up to the third power of the step (1e-3 nm per coordinate).
    double work = 0;
    for (int i = 0; i < 66; i++) {
      work -= 0.5 * (f.doubles()[i] + f.doubles()[66 + i]) * (nm[66 + i] - nm[i]);
    }
    double change = e.doubles()[1] - e.doubles()[0];
    assertThat(change).isPositive();
    assertThat(work).isCloseTo(change, within(0.05 * change));
  }

  @Test
  void enginesAndFormatsAgree() throws IOException {
    Path dcd = directory.resolve("positions.dcd");
    Path pdb = directory.resolve("positions.pdb");
    DcdFile.write(dcd, new Conformations(22, nm));
    PdbFile.write(pdb, MOLECULE.atoms(), new Conformations(22, Arrays.copyOf(nm, 3 * 66)));

    double[] reference = energies(positions, "openmm", "alanine-dipeptide");

    assertThat(energies(positions, "kernel", "alanine-dipeptide"))
        .containsExactly(reference, within(1e-6));
    // DCD rounds to 1e-8 nm, PDB to 1e-4 nm; bonds of 3e5 kJ/mol/nm² strained by 1e-3 nm answer
    // with
    // 3e2 kJ/mol/nm per coordinate.
    assertThat(energies(dcd, "kernel", "alanine-dipeptide"))
        .containsExactly(reference, within(1e-2));
    assertThat(energies(pdb, "kernel", "alanine-dipeptide")).hasSize(3);
  }

  @Test
  void takesASystemFileWithItsTopology() throws IOException {
    Path xml = Files.writeString(directory.resolve("system.xml"), MOLECULE.systemXml());
    Path topology = directory.resolve("topology.pdb");
    PdbFile.write(topology, MOLECULE.atoms(), new Conformations(22, MOLECULE.minimizedNm()));
    Path csv = directory.resolve("energies.csv");

    Cli cli =
        Cli.run(
            "energy", "--system", xml, "--topology", topology, "--positions", positions, "-o", csv);

    assertThat(cli.err()).isEmpty();
    List<String> lines = Files.readAllLines(csv);
    assertThat(lines).hasSize(1 + FRAMES);
    assertThat(lines.get(0)).isEqualTo("conformation,energy_kj_per_mol");
    assertThat(Double.parseDouble(lines.get(1).split(",")[1]))
        .isCloseTo(energies(positions, "kernel", "alanine-dipeptide")[0], within(1e-9));
  }

  @Test
  void countsConformationsWithoutEnergy() throws IOException {
    nm[66] = Double.NaN;
    NpyFile.write(positions, NpyArray.of(nm, FRAMES, 22, 3));
    Path energies = directory.resolve("energies.npy");

    Cli cli =
        Cli.run(
            "energy", "--system", "alanine-dipeptide", "--positions", positions, "-o", energies);

    assertThat(cli.code()).isEqualTo(ExitCode.SUCCESS);
    assertThat(cli.err()).contains("1 of 1003 conformations have no energy");
    assertThat(NpyFile.read(energies).doubles()[1]).isNaN();
    assertThat(NpyFile.read(energies).doubles()[2]).isFinite();
  }

  @Test
  void wrongUseLeavesNoFileBehind() throws IOException {
    Path output = directory.resolve("energies.npy");
    Path garbage = Files.writeString(directory.resolve("garbage.npy"), "no array");
    Path five = directory.resolve("five.npy");
    NpyFile.write(five, NpyArray.of(new double[15], 5, 3));

    assertRefused("neither a file nor a built-in", "gromacs", positions, output);
    assertRefused("alanine-tetrapeptide", "gromacs", positions, output);
    assertRefused("There is no", "alanine-dipeptide", directory.resolve("no.npy"), output);
    assertRefused("garbage.npy", "alanine-dipeptide", garbage, output);
    assertRefused("have 5 atoms", "alanine-dipeptide", five, output);
    assertRefused("must end in", "alanine-dipeptide", positions, directory.resolve("e.txt"));
    assertRefused(
        "create it first", "alanine-dipeptide", positions, directory.resolve("no/energies.npy"));
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactlyInAnyOrder(positions, garbage, five);
    }
  }

  private static void assertRefused(String why, String system, Path positions, Path output) {
    Cli cli = Cli.run("energy", "--system", system, "--positions", positions, "-o", output);
    assertThat(cli.code()).as(why).isEqualTo(ExitCode.WRONG_USE);
    assertThat(cli.err()).contains(why).doesNotContain("\tat ");
  }

  private double[] energies(Path file, String engine, String system) throws IOException {
    Path output = directory.resolve("out.npy");
    Cli cli =
        Cli.run(
            "energy",
            "--system",
            system,
            "--positions",
            file,
            "--engine",
            engine,
            "--platform",
            "reference",
            "-o",
            output);
    assertThat(cli.err()).isEmpty();
    return NpyFile.read(output).doubles();
  }
}
