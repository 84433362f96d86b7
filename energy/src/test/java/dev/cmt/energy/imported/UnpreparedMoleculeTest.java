package dev.cmt.energy.imported;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.PotentialEnergies;
import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.TargetSettings;
import dev.cmt.energy.io.PdbFile;
import dev.cmt.energy.molecule.EnergyMinimizer;
import dev.cmt.energy.molecule.MolecularTarget;
import dev.cmt.energy.molecule.ZMatrixBuilder;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.MolecularSystem;
import dev.cmt.energy.system.PdbTopology;
import dev.cmt.energy.system.SystemObstacles;
import dev.cmt.energy.validation.TargetValidation;
import dev.cmt.energy.validation.ValidationCheck;
import dev.cmt.energy.validation.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UnpreparedMoleculeTest {
  private static final EnergyMinimizer.Limits LIMITS = new EnergyMinimizer.Limits(0.1, 20_000);
  private static final TargetSettings SETTINGS =
      new TargetSettings(300, 1e8, 1e20, EnergyEngine.AUTO, OpenMmPlatform.REFERENCE);

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void itsFilesAreWhatMakesThem(UnpreparedMolecule molecule) throws IOException {
    UnpreparedMolecule.Made made = molecule.make();
    String write = System.getProperty("cmt.test.write");
    if (write != null) {
      Path folder = Files.createDirectories(Path.of(write, molecule.fileName()));
      Files.writeString(folder.resolve("system.xml"), made.systemXml());
      Files.writeString(folder.resolve("topology.pdb"), made.topologyPdb());
    }
    assertThat(molecule.load().systemXml()).isEqualTo(made.systemXml());
    assertThat(molecule.load().topologyPdb()).isEqualTo(made.topologyPdb());
  }

  @ParameterizedTest
  @EnumSource
  void becomesAValidTarget(UnpreparedMolecule molecule) throws IOException {
    UnpreparedMolecule.Made files = molecule.load();
    assertThat(SystemObstacles.of(files.systemXml(), PdbTopology.parse(files.topologyPdb())))
        .isEmpty();
    Path pdb = Files.writeString(directory.resolve("t.pdb"), files.topologyPdb());
    double[] start = PdbFile.read(pdb).positionsNm();
    MolecularSystem unminimized =
        MolecularSystem.of(molecule.fileName(), files.systemXml(), files.topologyPdb(), start);
    EnergyMinimizer.Minimum minimum;
    try (PotentialEnergy energy =
        PotentialEnergies.open(unminimized, EnergyEngine.AUTO, OpenMmPlatform.REFERENCE)) {
      minimum = EnergyMinimizer.minimize(unminimized, energy, start, LIMITS);
    }
    MolecularSystem system = unminimized.withMinimized(minimum.positionsNm());
    MolecularTarget target = new MolecularTarget(system, ZMatrixBuilder.build(system), SETTINGS);

    TargetValidation validation = TargetValidation.of(target, minimum, LIMITS, 1);

    assertThat(validation.checks())
        .filteredOn(check -> check.verdict() == Verdict.FAILED)
        .isEmpty();
    assertThat(validation.checks())
        .extracting(ValidationCheck::name)
        .contains("round trip", "log-determinant", "energies", "forces", "turning", "spans");
    assertThat(validation.checks().stream().anyMatch(check -> check.name().equals("kernel")))
        .isEqualTo(molecule == UnpreparedMolecule.ISOLEUCINE_DIPEPTIDE);
    assertThat(validation.checks().stream().anyMatch(check -> check.name().equals("rings")))
        .isEqualTo(molecule == UnpreparedMolecule.PROLINE_DIPEPTIDE);
  }

  /** Half-circles keep the hydrogens of a methyl group apart, and then they must be alike. */
  @Test
  void hydrogensThatHalfCirclesKeepApartMustBeAlike() throws IOException {
    UnpreparedMolecule.Made files = UnpreparedMolecule.ACETAMIDE.load();

    TargetValidation validation =
        unminimized(
            files.systemXml().replaceFirst("q=\"0\\.1123\"", "q=\".15\""), files.topologyPdb());

    assertThat(validation.checks())
        .filteredOn(check -> check.name().equals("equivalent hydrogens"))
        .singleElement()
        .matches(check -> check.verdict() == Verdict.FAILED)
        .extracting(ValidationCheck::finding)
        .asString()
        .contains("H1 and", "H2")
        .doesNotContain("HN");
  }

  /**
   * ½ · 20,000 kJ/mol/nm² · (0.035 nm)² is 12 kJ/mol or 4.9 kT; charges may take off some of it.
   */
  @Test
  void aBondThatIsTooSoftForItsSpanIsNamed() throws IOException {
    UnpreparedMolecule.Made files = UnpreparedMolecule.ACETAMIDE.load();

    TargetValidation validation =
        unminimized(
            files.systemXml().replaceFirst("k=\"476976[^\"]*\"", "k=\"20000\""),
            files.topologyPdb());

    assertThat(validation.checks())
        .filteredOn(check -> check.name().equals("spans"))
        .singleElement()
        .matches(check -> check.verdict() == Verdict.NOTE)
        .extracting(ValidationCheck::finding)
        .asString()
        .contains(": C-O of ACM1 (atom 5) (")
        .doesNotContain(";", "N-C");
  }

  /** What obstacles would have named beforehand also shows. */
  @Test
  void aForceThatKnowsWhereTheMoleculeLiesFailsTheTurning() throws IOException {
    String external =
        """
        <Force energy="10*x" forceGroup="0" name="CustomExternalForce" type="CustomExternalForce" version="1">
        <PerParticleParameters/><GlobalParameters/><Particles><Particle index="3"/></Particles></Force>
        </Forces>
        """;
    UnpreparedMolecule.Made files = UnpreparedMolecule.PROLINE_DIPEPTIDE.load();

    TargetValidation validation =
        unminimized(files.systemXml().replace("</Forces>", external), files.topologyPdb());

    assertThat(validation.passed()).isFalse();
    assertThat(validation.checks())
        .filteredOn(check -> check.verdict() == Verdict.FAILED)
        .extracting(ValidationCheck::name)
        .containsExactly("minimum", "turning", "equivalent hydrogens");
  }

  /** Of a molecule as its PDB has it, said to have a greater force left than is allowed. */
  private TargetValidation unminimized(String systemXml, String topologyPdb) throws IOException {
    Path pdb = Files.writeString(directory.resolve("t.pdb"), topologyPdb);
    MolecularSystem system =
        MolecularSystem.of("changed", systemXml, topologyPdb, PdbFile.read(pdb).positionsNm());
    return TargetValidation.of(
        new MolecularTarget(system, ZMatrixBuilder.build(system), SETTINGS),
        new EnergyMinimizer.Minimum(system.minimizedNm(), 0, 0, 7, 0),
        LIMITS,
        1);
  }
}
