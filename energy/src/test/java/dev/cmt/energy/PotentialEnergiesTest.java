package dev.cmt.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.cmt.energy.kernel.UnsupportedForceException;
import dev.cmt.energy.molecule.MolecularTarget;
import dev.cmt.energy.molecule.ZMatrix;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class PotentialEnergiesTest {
  /** A force of the user's own that OpenMM computes and the kernel does not know: 3 r on a pair. */
  private static final String CUSTOM =
      """
      <System openmmVersion="7.7" type="System" version="1">
        <PeriodicBoxVectors>
          <A x="2" y="0" z="0"/><B x="0" y="2" z="0"/><C x="0" y="0" z="2"/>
        </PeriodicBoxVectors>
        <Particles><Particle mass="1"/><Particle mass="1"/></Particles>
        <Constraints/>
        <Forces>
          <Force energy="3*r" forceGroup="0" name="pull" type="CustomBondForce" usesPeriodic="0" version="3">
            <PerBondParameters/><GlobalParameters/><EnergyParameterDerivatives/>
            <Bonds><Bond p1="0" p2="1"/></Bonds>
          </Force>
        </Forces>
      </System>
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {"alanine-dipeptide", "alanine-tetrapeptide", "alanine-hexapeptide", "elil"})
  void enginesAgreeAndAutoIsTheKernel(String name) {
    MolecularSystem system = BuiltInSystems.load(name);
    double openMm = energy(system, EnergyEngine.OPENMM, "OpenMM");
    assertThat(energy(system, EnergyEngine.KERNEL, "kernel"))
        .isCloseTo(openMm, Offset.offset(1e-7));
    assertThat(energy(system, EnergyEngine.AUTO, "kernel")).isCloseTo(openMm, Offset.offset(1e-7));
  }

  @Test
  void autoFallsBackToOpenMmAndSaysWhyOnce() {
    Logger logger = (Logger) LoggerFactory.getLogger(PotentialEnergies.class);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.addAppender(log);
    try {
      for (int opened = 0; opened < 2; opened++) {
        double[] energy = new double[1];
        RowFailure[] failure = new RowFailure[1];
        try (PotentialEnergy engine =
            PotentialEnergies.open(CUSTOM, EnergyEngine.AUTO, OpenMmPlatform.REFERENCE)) {
          assertThat(engine.engineDescription()).startsWith("OpenMM");
          engine.evaluate(new double[] {0, 0, 0, 0.5, 0, 0}, 1, energy, null, failure);
        }
        assertThat(energy[0]).isCloseTo(1.5, Offset.offset(1e-12));
      }
    } finally {
      logger.detachAppender(log);
    }
    assertThat(log.list)
        .singleElement()
        .satisfies(
            event ->
                assertThat(event.getFormattedMessage())
                    .contains("Energies by OpenMM", "CustomBondForce"));
  }

  /** A molecule made here with a force of the user's own, from unit coordinates on. */
  @Test
  void aTargetFallsBackToOpenMmAndSaysWhyOnce() {
    long seed = 20261121;
    RandomMolecule molecule = new RandomMolecule(seed, RandomMolecule.Solvent.OBC2);
    String systemXml =
        molecule
            .systemXml()
            .replace(
                "</Forces>",
                "<Force energy=\"7*theta\" forceGroup=\"0\" name=\"bend\" type=\"CustomAngleForce\""
                    + " usesPeriodic=\"0\" version=\"3\"><PerAngleParameters/><GlobalParameters/>"
                    + "<EnergyParameterDerivatives/><Angles><Angle p1=\"0\" p2=\"1\" p3=\"2\"/></Angles>"
                    + "</Force></Forces>");
    MolecularSystem plain = molecule.system(0);
    MolecularSystem bent =
        new MolecularSystem(
            "bent",
            systemXml,
            plain.atoms(),
            plain.bonds(),
            plain.constraintsNm(),
            plain.minimizedNm());
    ZMatrix zMatrix = molecule.zMatrix();
    float[] u = new float[3 * molecule.atoms() - 6];
    Arrays.fill(u, 0.5f);
    Logger logger = (Logger) LoggerFactory.getLogger(PotentialEnergies.class);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.addAppender(log);
    double[] logDensity = new double[2];
    try {
      for (EnergyEngine engine : List.of(EnergyEngine.OPENMM, EnergyEngine.AUTO)) {
        TargetSettings settings =
            new TargetSettings(300, 1e8, 1e20, engine, OpenMmPlatform.REFERENCE);
        MolecularTarget target = new MolecularTarget(bent, zMatrix, settings);
        for (int opened = 0; opened < 2; opened++) {
          try (Evaluator evaluator = target.openEvaluator()) {
            assertThat(evaluator.engineDescription()).startsWith("OpenMM");
            logDensity[opened] = evaluator.evaluate(u, 1).logDensity()[0];
          }
        }
        assertThat(logDensity[1]).as("seed %d", seed).isFinite().isEqualTo(logDensity[0]);
      }
    } finally {
      logger.detachAppender(log);
    }
    assertThat(log.list)
        .singleElement()
        .satisfies(
            event ->
                assertThat(event.getFormattedMessage())
                    .contains("Energies by OpenMM", "CustomAngleForce"));
  }

  @Test
  void theKernelRefusesWhatItDoesNotKnow() {
    assertThatThrownBy(
            () -> PotentialEnergies.open(CUSTOM, EnergyEngine.KERNEL, OpenMmPlatform.REFERENCE))
        .isInstanceOf(UnsupportedForceException.class)
        .hasMessageContaining("CustomBondForce");
  }

  private static double energy(MolecularSystem system, EnergyEngine engine, String description) {
    double[] energy = new double[1];
    RowFailure[] failure = new RowFailure[1];
    try (PotentialEnergy potential =
        PotentialEnergies.open(system, engine, OpenMmPlatform.REFERENCE)) {
      assertThat(potential.engineDescription()).contains(description);
      potential.evaluate(system.minimizedNm(), 1, energy, null, failure);
    }
    assertThat(failure[0]).isEqualTo(RowFailure.NONE);
    return energy[0];
  }
}
