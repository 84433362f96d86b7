package dev.cmt.energy.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.energy.RowFailure;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BatchedEnergyTest {
  // Against OpenMM Reference: energies are sums of some thousand terms, each exact to about 1e-16.
  // Where atoms clash, terms
  // are so large that only their digits can be compared.
  private static final double ENERGY_TOLERANCE = 1e-9;
  private static final double CLASH = 1e4;
  private static final double FORCE_TOLERANCE = 1e-7;
  private static final double RELATIVE_TOLERANCE = 1e-12;

  private static double allowed(double energy) {
    return Math.abs(energy) < CLASH ? ENERGY_TOLERANCE : RELATIVE_TOLERANCE * Math.abs(energy);
  }

  static Stream<Arguments> systemsAndInstructionSets() {
    return ReferenceConformations.SYSTEMS.stream()
        .flatMap(name -> supported().stream().map(set -> Arguments.of(name, set)));
  }

  static List<String> systems() {
    return ReferenceConformations.SYSTEMS;
  }

  private static List<InstructionSet> supported() {
    KernelLibrary.require();
    return Arrays.stream(InstructionSet.values()).filter(InstructionSet::isSupported).toList();
  }

  @ParameterizedTest
  @MethodSource("systemsAndInstructionSets")
  void doublePrecisionIsOpenMmsReference(String name, InstructionSet set) {
    ReferenceConformations reference = ReferenceConformations.load(name);
    Result result = evaluate(reference, Precision.DOUBLE, set);
    for (int row = 0; row < reference.rows(); row++) {
      double expected = reference.energies()[row];
      assertThat(result.energies[row])
          .as("row %d", row)
          .isCloseTo(expected, within(allowed(expected)));
    }
    assertForces(reference, result, reference.rows(), FORCE_TOLERANCE, RELATIVE_TOLERANCE);
    assertThat(result.failures).containsOnly(RowFailure.NONE);
  }

  @ParameterizedTest
  @MethodSource("systemsAndInstructionSets")
  void singlePrecisionIsCloseOnDynamics(String name, InstructionSet set) {
    ReferenceConformations reference = ReferenceConformations.load(name);
    Result result = evaluate(reference, Precision.SINGLE, set);
    for (int row = 0; row < ReferenceConformations.DYNAMICS_ROWS; row++) {
      assertThat(result.energies[row])
          .as("row %d", row)
          .isCloseTo(reference.energies()[row], within(0.02));
    }
    // A bond of 4e5 kJ/mol/nm² turns float32's 1e-7 of a coordinate of 1 nm into 0.04 kJ/mol/nm an
    // atom's bond.
    assertForces(reference, result, ReferenceConformations.DYNAMICS_ROWS, 0.3, 1e-4);
  }

  @ParameterizedTest
  @MethodSource("systemsAndInstructionSets")
  void componentsAreOpenMmsForceGroups(String name, InstructionSet set) {
    ReferenceConformations reference = ReferenceConformations.load(name);
    try (BatchedEnergy energy = BatchedEnergy.open(reference.systemXml(), Precision.DOUBLE, set)) {
      double[] components = energy.energiesByComponent(reference.positions(), reference.rows());
      double[] expected = reference.energiesByForce();
      assertThat(components).hasSameSizeAs(expected);
      for (int n = 0; n < expected.length; n++) {
        double allowed = Math.max(ENERGY_TOLERANCE, RELATIVE_TOLERANCE * Math.abs(expected[n]));
        assertThat(components[n]).isCloseTo(expected[n], within(allowed));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("systems")
  void forcesAreMinusTheGradient(String name) {
    ReferenceConformations reference = ReferenceConformations.load(name);
    double step = 1e-5;
    long seed = 20261120;
    SplittableRandom random = new SplittableRandom(seed);
    int width = reference.width();
    try (BatchedEnergy energy = BatchedEnergy.open(reference.systemXml())) {
      for (int trial = 0; trial < 40; trial++) {
        int row = random.nextInt(ReferenceConformations.DYNAMICS_ROWS);
        int coordinate = random.nextInt(width);
        double[] x = Arrays.copyOfRange(reference.positions(), row * width, (row + 1) * width);
        double[] pair = new double[2 * width];
        System.arraycopy(x, 0, pair, 0, width);
        System.arraycopy(x, 0, pair, width, width);
        pair[coordinate] += step;
        pair[width + coordinate] -= step;
        Result ends = evaluate(energy, pair, 2);
        double slope =
            (ends.energies[0] - ends.energies[1]) / (pair[coordinate] - pair[width + coordinate]);
        double force = evaluate(energy, x, 1).forces[coordinate];
        // Third derivatives of up to 1e8 kJ/mol/nm³ times step²/6, and rounding of 1e-12 kJ/mol
        // over the step.
        assertThat(force)
            .as("seed %d, row %d, coordinate %d", seed, row, coordinate)
            .isCloseTo(-slope, within(1e-2 + 1e-6 * Math.abs(force)));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("systemsAndInstructionSets")
  void anyNumberOfRowsGivesTheSameEnergies(String name, InstructionSet set) {
    ReferenceConformations reference = ReferenceConformations.load(name);
    for (Precision precision : Precision.values()) {
      double tolerance = precision == Precision.DOUBLE ? 1e-10 : 1e-2;
      try (BatchedEnergy energy = BatchedEnergy.open(reference.systemXml(), precision, set)) {
        double[] all = evaluate(energy, reference.positions(), 80).energies;
        for (int rows : new int[] {0, 1, 3, 7, 8, 9, 15, 17, 33, 79}) {
          Result some = evaluate(energy, reference.positions(), rows);
          for (int row = 0; row < rows; row++) {
            assertThat(some.energies[row]).isCloseTo(all[row], within(tolerance));
          }
        }
      }
    }
  }

  @Test
  void chunksOfALargeBatchAreInOrder() {
    ReferenceConformations reference = ReferenceConformations.load("alanine-dipeptide");
    int width = reference.width();
    int rows = 1001;
    double[] x = new double[rows * width];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(reference.positions(), row % 80 * width, x, row * width, width);
    }
    try (BatchedEnergy energy = BatchedEnergy.open(reference.systemXml())) {
      Result result = evaluate(energy, x, rows);
      for (int row = 0; row < rows; row++) {
        assertThat(result.energies[row]).isCloseTo(reference.energies()[row % 80], within(1e-9));
        assertThat(result.forces[row * width])
            .isCloseTo(reference.forces()[row % 80 * width], within(1e-7));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("systemsAndInstructionSets")
  void badRowsAreAlone(String name, InstructionSet set) {
    ReferenceConformations reference = ReferenceConformations.load(name);
    int width = reference.width();
    for (Precision precision : Precision.values()) {
      double[] x = Arrays.copyOf(reference.positions(), 20 * width);
      x[3 * width + 5] = Double.NaN;
      x[9 * width] = Double.POSITIVE_INFINITY;
      System.arraycopy(x, 12 * width, x, 12 * width + 3, 3); // atoms 0 and 1 coincide
      try (BatchedEnergy energy = BatchedEnergy.open(reference.systemXml(), precision, set)) {
        Result result = evaluate(energy, x, 20);
        for (int row = 0; row < 20; row++) {
          RowFailure expected =
              row == 3 || row == 9
                  ? RowFailure.BAD_GEOMETRY
                  : row == 12 ? RowFailure.BAD_ENERGY : RowFailure.NONE;
          assertThat(result.failures[row]).as("row %d", row).isEqualTo(expected);
          double[] forces = Arrays.copyOfRange(result.forces, row * width, (row + 1) * width);
          if (expected == RowFailure.NONE) {
            assertThat(result.energies[row]).isCloseTo(reference.energies()[row], within(0.02));
            assertThat(forces).doesNotContain(Double.NaN);
          } else {
            assertThat(result.energies[row]).isNaN();
            assertThat(forces).containsOnly(Double.NaN);
          }
        }
      }
    }
  }

  @Test
  void singlePrecisionKeepsItsDigitsFarFromTheOrigin() {
    ReferenceConformations reference = ReferenceConformations.load("alanine-dipeptide");
    double[] x = Arrays.stream(reference.positions()).map(value -> value + 500).toArray();
    try (BatchedEnergy energy = BatchedEnergy.open(reference.systemXml(), Precision.SINGLE)) {
      assertThat(evaluate(energy, x, 1).energies[0])
          .isCloseTo(reference.energies()[0], within(0.02));
    }
  }

  @Test
  void atomsDeepInsideEachOtherAgreeBetweenInstructionSetsAndWithTheGradient() {
    // Born terms of engulfed atoms occur in no sensible conformation; OBC1 and OBC2 treat them
    // differently.
    for (String name : List.of("alanine-dipeptide", "alanine-tetrapeptide")) {
      ReferenceConformations reference = ReferenceConformations.load(name);
      int width = reference.width();
      double[] x = Arrays.copyOf(reference.positions(), width);
      // Atom 9 (or 11), 20 pm from the carbonyl carbon 4, lies inside its sphere.
      for (int axis = 0; axis < 3; axis++) {
        x[9 * 3 + axis] = x[4 * 3 + axis] + (axis == 0 ? 0.012 : 0.008);
      }
      double[] portable;
      try (BatchedEnergy energy =
          BatchedEnergy.open(reference.systemXml(), Precision.DOUBLE, InstructionSet.PORTABLE)) {
        portable = energy.energiesByComponent(x, 1);
        double[] moved = Arrays.copyOf(x, 2 * width);
        System.arraycopy(x, 0, moved, width, width);
        moved[27] += 1e-7;
        moved[width + 27] -= 1e-7;
        Result ends = evaluate(energy, moved, 2);
        double slope = (ends.energies[0] - ends.energies[1]) / 2e-7;
        double force = evaluate(energy, x, 1).forces[27];
        assertThat(force).isCloseTo(-slope, within(1e-5 * Math.abs(slope)));
      }
      for (InstructionSet set : supported()) {
        try (BatchedEnergy energy =
            BatchedEnergy.open(reference.systemXml(), Precision.DOUBLE, set)) {
          double[] components = energy.energiesByComponent(x, 1);
          for (int n = 0; n < components.length; n++) {
            assertThat(components[n])
                .isCloseTo(portable[n], within(1e-9 + 1e-13 * Math.abs(portable[n])));
          }
        }
      }
    }
  }

  @Test
  void describesItself() {
    ReferenceConformations reference = ReferenceConformations.load("alanine-dipeptide");
    try (BatchedEnergy energy =
        BatchedEnergy.open(reference.systemXml(), Precision.SINGLE, InstructionSet.PORTABLE)) {
      assertThat(energy.engineDescription()).contains("portable").contains("single");
      assertThat(energy.atoms()).isEqualTo(22);
    }
  }

  @Test
  void checksItsArguments() {
    ReferenceConformations reference = ReferenceConformations.load("alanine-dipeptide");
    BatchedEnergy energy = BatchedEnergy.open(reference.systemXml());
    assertThatThrownBy(
            () -> energy.evaluate(new double[65], 1, new double[1], null, new RowFailure[1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("positionsNm holds 65 numbers; 1 rows of 66 need 66.");
    energy.close();
    energy.close();
    assertThatThrownBy(
            () -> energy.evaluate(new double[66], 1, new double[1], null, new RowFailure[1]))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theInstructionSetCanBeChosen() {
    String systemXml = ReferenceConformations.load("alanine-dipeptide").systemXml();
    String before = System.getProperty(InstructionSet.PROPERTY);
    try {
      System.setProperty(InstructionSet.PROPERTY, "portable");
      try (BatchedEnergy energy = BatchedEnergy.open(systemXml)) {
        assertThat(energy.engineDescription()).contains("portable");
      }
      System.setProperty(InstructionSet.PROPERTY, "mmx");
      assertThatThrownBy(() -> BatchedEnergy.open(systemXml))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("cmt.isa (mmx) must be one of [avx512, avx2, portable]");
    } finally {
      if (before == null) {
        System.clearProperty(InstructionSet.PROPERTY);
      } else {
        System.setProperty(InstructionSet.PROPERTY, before);
      }
    }
  }

  private record Result(double[] energies, double[] forces, RowFailure[] failures) {}

  private static Result evaluate(
      ReferenceConformations reference, Precision precision, InstructionSet set) {
    try (BatchedEnergy energy = BatchedEnergy.open(reference.systemXml(), precision, set)) {
      Result withForces = evaluate(energy, reference.positions(), reference.rows());
      double[] energies = new double[reference.rows()];
      energy.evaluate(
          reference.positions(), reference.rows(), energies, null, new RowFailure[energies.length]);
      // The energy-only path is another instantiation of the code; it must not be another result.
      double relative = precision == Precision.DOUBLE ? 1e-13 : 1e-4;
      for (int row = 0; row < energies.length; row++) {
        assertThat(energies[row])
            .isCloseTo(
                withForces.energies[row],
                within(relative * (100 + Math.abs(withForces.energies[row]))));
      }
      return withForces;
    }
  }

  private static Result evaluate(BatchedEnergy energy, double[] positions, int rows) {
    Result result =
        new Result(new double[rows], new double[rows * 3 * energy.atoms()], new RowFailure[rows]);
    energy.evaluate(positions, rows, result.energies, result.forces, result.failures);
    return result;
  }

  private static void assertForces(
      ReferenceConformations reference, Result result, int rows, double absolute, double relative) {
    int width = reference.width();
    for (int row = 0; row < rows; row++) {
      double largest = 0;
      double deviation = 0;
      for (int n = row * width; n < (row + 1) * width; n++) {
        largest = Math.max(largest, Math.abs(reference.forces()[n]));
        deviation = Math.max(deviation, Math.abs(reference.forces()[n] - result.forces[n]));
      }
      assertThat(deviation).as("row %d", row).isLessThan(Math.max(absolute, relative * largest));
    }
  }
}
