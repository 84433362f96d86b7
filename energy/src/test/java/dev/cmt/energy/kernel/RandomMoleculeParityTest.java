package dev.cmt.energy.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.energy.RandomMolecule;
import dev.cmt.energy.RandomMolecule.Solvent;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.openmm.OpenMmEnergy;
import dev.cmt.energy.openmm.OpenMmPlatform;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernel on molecules made here and now, against OpenMM's Reference platform. */
class RandomMoleculeParityTest {
  private static final long FIRST_SEED = 20261121;
  private static final int MOLECULES = 8;
  private static final int ROWS = 8;

  static Stream<Arguments> molecules() {
    return Arrays.stream(Solvent.values())
        .flatMap(
            solvent ->
                Stream.iterate(FIRST_SEED, seed -> seed + 1)
                    .limit(MOLECULES)
                    .map(seed -> Arguments.of(solvent, seed)));
  }

  @ParameterizedTest
  @MethodSource("molecules")
  void agreesWithOpenMm(Solvent solvent, long seed) {
    RandomMolecule molecule = new RandomMolecule(seed, solvent);
    for (double deviationNm : new double[] {0.001, 0.01, 0.05}) {
      double[] x = molecule.conformations(ROWS, deviationNm);
      double[] expected = new double[ROWS];
      double[] expectedForces = new double[x.length];
      try (OpenMmEnergy openMm =
          OpenMmEnergy.open(molecule.systemXml(), OpenMmPlatform.REFERENCE)) {
        openMm.evaluate(x, ROWS, expected, expectedForces, new RowFailure[ROWS]);
      }
      for (InstructionSet set : InstructionSet.values()) {
        if (set.isSupported()) {
          assertAgreement(molecule, x, set, expected, expectedForces, deviationNm);
        }
      }
    }
  }

  private static void assertAgreement(
      RandomMolecule molecule,
      double[] x,
      InstructionSet set,
      double[] expected,
      double[] expectedForces,
      double deviationNm) {
    int width = 3 * molecule.atoms();
    double[] energies = new double[ROWS];
    double[] forces = new double[x.length];
    RowFailure[] failures = new RowFailure[ROWS];
    try (BatchedEnergy kernel = BatchedEnergy.open(molecule.systemXml(), Precision.DOUBLE, set)) {
      kernel.evaluate(x, ROWS, energies, forces, failures);
    }
    assertThat(failures).containsOnly(RowFailure.NONE);
    for (int row = 0; row < ROWS; row++) {
      // 1e-9 kJ/mol where E < 1e4; both sides round at 1e-16 of the largest of a thousand terms.
      assertThat(Math.abs(energies[row] - expected[row]))
          .as("%s, deviation %s nm, row %d: %s", set, deviationNm, row, expected[row])
          .isLessThanOrEqualTo(Math.max(1e-9, 1e-13 * Math.abs(expected[row])));
      double largest = 0;
      double deviation = 0;
      for (int n = row * width; n < (row + 1) * width; n++) {
        largest = Math.max(largest, Math.abs(expectedForces[n]));
        deviation = Math.max(deviation, Math.abs(expectedForces[n] - forces[n]));
      }
      assertThat(deviation)
          .as("forces, %s, deviation %s nm, row %d: up to %s", set, deviationNm, row, largest)
          .isLessThanOrEqualTo(Math.max(1e-7, 1e-12 * largest));
    }
    if (deviationNm == 0.001) {
      try (BatchedEnergy kernel = BatchedEnergy.open(molecule.systemXml(), Precision.SINGLE, set)) {
        kernel.evaluate(x, ROWS, energies, null, failures);
      }
      for (int row = 0; row < ROWS; row++) {
        assertThat(Math.abs(energies[row] - expected[row]))
            .as("single precision, %s, row %d: %s", set, row, expected[row])
            .isLessThanOrEqualTo(0.02);
      }
    }
  }
}
