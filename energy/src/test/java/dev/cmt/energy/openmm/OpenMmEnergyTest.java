package dev.cmt.energy.openmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.energy.ReferenceData;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Expected values come from OpenMM's Reference platform driven from Python. */
class OpenMmEnergyTest {
  private static final MolecularSystem SYSTEM = BuiltInSystems.load("alanine-dipeptide");
  private static final int WIDTH = 3 * 22;
  private static final int ROWS = 200;
  private static final double[] POSITIONS = ReferenceData.numbers("positions.npy");

  @Test
  void referenceEqualsOpenMmFromPython() {
    double[] energies = new double[ROWS];
    double[] forces = new double[ROWS * WIDTH];
    RowFailure[] failure = new RowFailure[ROWS];
    try (OpenMmEnergy engine = OpenMmEnergy.open(SYSTEM.systemXml(), OpenMmPlatform.REFERENCE)) {
      assertThat(engine.atoms()).isEqualTo(22);
      assertThat(engine.engineDescription()).contains("Reference", "double");
      engine.evaluate(POSITIONS, ROWS, energies, forces, failure);
    }
    assertThat(failure).containsOnly(RowFailure.NONE);
    assertClose(energies, ReferenceData.numbers("energies.npy"));
    assertClose(forces, ReferenceData.numbers("forces.npy"));
  }

  @Test
  void energiesByForceEqualThoseOfTheForceGroups() {
    double[] expected = ReferenceData.numbers("force_group_energies.npy");
    try (OpenMmEnergy engine = OpenMmEnergy.open(SYSTEM.systemXml(), OpenMmPlatform.REFERENCE)) {
      double[][] byForce = engine.energiesByForce(POSITIONS, ROWS);
      assertThat(byForce).hasDimensions(5, ROWS);
      for (int force = 0; force < 5; force++) {
        for (int row = 0; row < ROWS; row++) {
          assertThat(byForce[force][row])
              .isCloseTo(expected[5 * row + force], within(expected[5 * row + force]));
        }
      }
    }
  }

  /**
   * CPU computes in single precision: at energies of conformations that occur (below 1e4 kJ/mol)
   * 6e-4 kJ/mol were measured, at those of clashes the error is relative.
   */
  @Test
  void cpuPlatformAgreesToSinglePrecision() {
    double[] energies = new double[ROWS];
    RowFailure[] failure = new RowFailure[ROWS];
    try (OpenMmEnergy engine = OpenMmEnergy.open(SYSTEM.systemXml(), OpenMmPlatform.CPU)) {
      assertThat(engine.engineDescription()).contains("CPU", "single");
      engine.evaluate(POSITIONS, ROWS, energies, null, failure);
    }
    double[] expected = ReferenceData.numbers("energies.npy");
    assertThat(failure).containsOnly(RowFailure.NONE);
    for (int row = 0; row < ROWS; row++) {
      double tolerance = 2e-3 + 1e-5 * Math.abs(expected[row]);
      assertThat(energies[row]).isCloseTo(expected[row], offset(tolerance));
    }
  }

  @Test
  void autoTakesTheCpuPlatformWhereItIs() {
    assertThat(OpenMmLibrary.load().platforms()).startsWith("Reference").contains("CPU");
    try (OpenMmEnergy engine = OpenMmEnergy.open(SYSTEM.systemXml(), OpenMmPlatform.AUTO)) {
      assertThat(engine.engineDescription()).contains("CPU", OpenMmLibrary.load().version());
    }
  }

  @Test
  void rowsThatFailAreDataOnEveryPlatform() {
    double[] positions = Arrays.copyOf(POSITIONS, 4 * WIDTH);
    positions[WIDTH + 7] = Double.NaN;
    System.arraycopy(positions, 2 * WIDTH, positions, 2 * WIDTH + 3 * 10, 3);
    double expected = ReferenceData.numbers("energies.npy")[3];
    for (OpenMmPlatform platform :
        new OpenMmPlatform[] {OpenMmPlatform.REFERENCE, OpenMmPlatform.CPU}) {
      double[] energies = new double[4];
      double[] forces = new double[4 * WIDTH];
      RowFailure[] failure = new RowFailure[4];
      try (OpenMmEnergy engine = OpenMmEnergy.open(SYSTEM.systemXml(), platform)) {
        engine.evaluate(positions, 4, energies, forces, failure);
      }
      assertThat(failure[0]).isEqualTo(RowFailure.NONE);
      assertThat(failure[1]).isEqualTo(RowFailure.BAD_GEOMETRY);
      assertThat(energies[1]).isNaN();
      assertThat(Arrays.copyOfRange(forces, WIDTH, 2 * WIDTH)).containsOnly(Double.NaN);
      // Atoms 0 and 10 coincide: both platforms divide by their distance.
      assertThat(failure[2]).isEqualTo(RowFailure.BAD_ENERGY);
      assertThat(energies[2]).isNaN();
      assertThat(failure[3]).isEqualTo(RowFailure.NONE);
      assertThat(energies[3]).isCloseTo(expected, offset(2e-3));
    }
  }

  @Test
  void refusalsNameTheirReason() {
    assertThatThrownBy(
            () -> OpenMmEnergy.open("<System type=\"System\"/>", OpenMmPlatform.REFERENCE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("refuses the System on platform Reference");
    String force =
        "<?xml version=\"1.0\" ?><Force forceGroup=\"0\" type=\"HarmonicBondForce\""
            + " usesPeriodic=\"0\" version=\"2\"><Bonds/></Force>";
    assertThatThrownBy(() -> OpenMmEnergy.open(force, OpenMmPlatform.REFERENCE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("root element (Force)")
        .hasMessageContaining("HarmonicBondForce");
    assertThatThrownBy(() -> OpenMmEnergy.open("no XML", OpenMmPlatform.REFERENCE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not XML");
    try (OpenMmEnergy engine = OpenMmEnergy.open(SYSTEM.systemXml(), OpenMmPlatform.REFERENCE)) {
      assertThatThrownBy(
              () -> engine.evaluate(POSITIONS, 2, new double[1], null, new RowFailure[2]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("energyKjPerMol holds 1 numbers; 2 rows");
    }
  }

  @Test
  void closedEngineRefusesWork() {
    OpenMmEnergy engine = OpenMmEnergy.open(SYSTEM.systemXml(), OpenMmPlatform.REFERENCE);
    engine.close();
    engine.close();
    assertThatThrownBy(() -> engine.evaluate(POSITIONS, 1, new double[1], null, new RowFailure[1]))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> engine.energiesByForce(POSITIONS, 1))
        .isInstanceOf(IllegalStateException.class);
  }

  /**
   * The same code on the same machine type would agree exactly; compilers differ in the last bits.
   */
  private static void assertClose(double[] actual, double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(expected[i]));
    }
  }

  private static org.assertj.core.data.Offset<Double> within(double expected) {
    return offset(1e-6 + 1e-12 * Math.abs(expected));
  }

  private static org.assertj.core.data.Offset<Double> offset(double tolerance) {
    return org.assertj.core.data.Offset.offset(tolerance);
  }
}
