package dev.cmt.energy.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.RandomMolecule;
import dev.cmt.energy.RandomMolecule.Solvent;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.TargetSettings;
import dev.cmt.energy.Targets;
import dev.cmt.energy.molecule.InternalCoordinates;
import dev.cmt.energy.molecule.MolecularTarget;
import dev.cmt.energy.molecule.UnitMap;
import dev.cmt.energy.molecule.ZMatrix;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The native map and its adjoint against the map in Java, finite differences and the kernel. */
class BatchedMappedEnergyTest {
  private static final long SEED = 20261121;
  private static final TargetSettings SETTINGS =
      new TargetSettings(300, 1e8, 1e20, EnergyEngine.KERNEL, OpenMmPlatform.REFERENCE);

  /** A target, and how far unit coordinates may stray from its reference conformation. */
  private record Case(String name, MolecularTarget target) {
    UnitMap map() {
      return target.unitMap();
    }

    String systemXml() {
      return target.system().systemXml();
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static final List<Case> CASES = cases();

  private static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (String name : BuiltInSystems.names()) {
      cases.add(new Case(name, (MolecularTarget) Targets.create(name, SETTINGS)));
    }
    for (int n = 0; n < 4; n++) {
      RandomMolecule molecule = new RandomMolecule(SEED + n, Solvent.values()[n % 3]);
      cases.add(
          new Case(
              "seed %d, %d constraints".formatted(SEED + n, n),
              target(molecule.system(n), molecule.zMatrix())));
    }
    return cases;
  }

  private static MolecularTarget target(MolecularSystem system, ZMatrix zMatrix) {
    return new MolecularTarget(system, zMatrix, SETTINGS);
  }

  static Stream<Arguments> everywhere() {
    KernelLibrary.require();
    return CASES.stream()
        .flatMap(
            c ->
                Arrays.stream(InstructionSet.values())
                    .filter(InstructionSet::isSupported)
                    .map(set -> Arguments.of(c, set)));
  }

  @ParameterizedTest
  @MethodSource("everywhere")
  void mapsAsJavaDoes(Case c, InstructionSet set) {
    for (int rows : new int[] {0, 1, 7, 8, 300}) {
      assertParity(c, set, anywhere(c, rows, rows), rows);
    }
    assertParity(c, set, edges(c, 64), 64);
  }

  private static void assertParity(Case c, InstructionSet set, float[] u, int rows) {
    UnitMap map = c.map();
    int width = 3 * map.coordinates().atoms();
    double[] x = new double[rows * width];
    double[] volumes = new double[rows];
    RowFailure[] reasons = new RowFailure[rows];
    map.map(u, rows, x, volumes, reasons);
    double[] energies = new double[rows];
    RowFailure[] kernelReasons = new RowFailure[rows];
    try (BatchedEnergy kernel = BatchedEnergy.open(c.systemXml(), Precision.DOUBLE, set)) {
      kernel.evaluate(x, rows, energies, null, kernelReasons);
    }
    double[] mappedEnergies = new double[rows];
    double[] mappedVolumes = new double[rows];
    RowFailure[] mappedReasons = new RowFailure[rows];
    double[] positions;
    try (BatchedMappedEnergy mapped =
        BatchedMappedEnergy.open(c.systemXml(), map.toKernel(), set)) {
      mapped.evaluate(u, rows, mappedEnergies, mappedVolumes, mappedReasons);
      positions = mapped.positions(u, rows);
    }
    for (int row = 0; row < rows; row++) {
      String where = "seed %d, row %d of %d".formatted(SEED, row, rows);
      if (reasons[row] != RowFailure.NONE) {
        assertThat(mappedReasons[row]).as(where).isEqualTo(reasons[row]);
        assertThat(mappedEnergies[row]).isNaN();
        assertThat(mappedVolumes[row]).isNaN();
        continue;
      }
      assertThat(mappedReasons[row]).as(where).isEqualTo(kernelReasons[row]);
      assertThat(mappedVolumes[row]).as(where).isCloseTo(volumes[row], within(1e-10));
      for (int n = row * width; n < (row + 1) * width; n++) {
        // Relative to the molecule's size: an atom's own coordinate may be zero.
        assertThat(positions[n]).as(where).isCloseTo(x[n], within(1e-12));
      }
      if (Math.abs(energies[row]) < 1e4) {
        assertThat(mappedEnergies[row]).as(where).isCloseTo(energies[row], within(1e-9));
      } else if (Math.abs(energies[row]) < 1e20) {
        // Positions that differ by rounding are 1e-12 of a contact's distance apart.
        assertThat(mappedEnergies[row] / energies[row]).as(where).isCloseTo(1, within(1e-9));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everywhere")
  void gradientsAreThoseOfFiniteDifferences(Case c, InstructionSet set) {
    int d = c.map().dimension();
    // Five-point differences of steps that float32 holds exactly.
    float step = 0x1p-14f;
    double[] weights = {1.0 / 12, -2.0 / 3, 2.0 / 3, -1.0 / 12};
    int[] steps = {-2, -1, 1, 2};
    float[] u = nearReference(c, 1, 11);
    float[] moved = new float[4 * d * d];
    for (int n = 0; n < d; n++) {
      for (int s = 0; s < 4; s++) {
        System.arraycopy(u, 0, moved, (4 * n + s) * d, d);
        moved[(4 * n + s) * d + n] += steps[s] * step;
      }
    }
    double[] energies = new double[4 * d];
    double[] volumes = new double[4 * d];
    Gradients gradients;
    try (BatchedMappedEnergy mapped =
        BatchedMappedEnergy.open(c.systemXml(), c.map().toKernel(), set)) {
      gradients = Gradients.of(mapped, u, 1);
      mapped.evaluate(moved, 4 * d, energies, volumes, new RowFailure[4 * d]);
    }
    double largest = Arrays.stream(gradients.energy).map(Math::abs).max().orElseThrow();
    for (int n = 0; n < d; n++) {
      double energySlope = 0;
      double volumeSlope = 0;
      for (int s = 0; s < 4; s++) {
        energySlope += weights[s] * energies[4 * n + s] / step;
        volumeSlope += weights[s] * volumes[4 * n + s] / step;
      }
      // The fifth derivative of a contact times the fourth power of the step, and rounding of
      // 1e-11 kJ/mol over the step.
      assertThat(gradients.energy[n])
          .as("seed %d, coordinate %d", SEED, n)
          .isCloseTo(energySlope, within(1e-6 + 1e-8 * largest));
      assertThat(gradients.volume[n])
          .as("seed %d, coordinate %d", SEED, n)
          .isCloseTo(volumeSlope, within(1e-8));
    }
  }

  /**
   * dE/du = (dx/du)ᵀ (−F), with Java's map differentiated numerically and OpenMM-checked forces.
   */
  @ParameterizedTest
  @MethodSource("everywhere")
  void gradientsAreForcesThroughJavasMap(Case c, InstructionSet set) {
    int rows = 5;
    int d = c.map().dimension();
    int width = 3 * c.map().coordinates().atoms();
    float[] u = nearReference(c, rows, 23);
    double[] x = new double[rows * width];
    double[] forces = new double[rows * width];
    double[] energies = new double[rows];
    c.map().map(u, rows, x, new double[rows], new RowFailure[rows]);
    try (BatchedEnergy kernel = BatchedEnergy.open(c.systemXml(), Precision.DOUBLE, set);
        BatchedMappedEnergy mapped =
            BatchedMappedEnergy.open(c.systemXml(), c.map().toKernel(), set)) {
      kernel.evaluate(x, rows, energies, forces, new RowFailure[rows]);
      Gradients gradients = Gradients.of(mapped, u, rows);
      for (int row = 0; row < rows; row++) {
        double largest = 0;
        double[] expected = new double[d];
        for (int n = 0; n < d; n++) {
          double[] tangent = tangent(c.map(), u, row, n);
          for (int k = 0; k < width; k++) {
            expected[n] -= tangent[k] * forces[row * width + k];
          }
          largest = Math.max(largest, Math.abs(expected[n]));
        }
        for (int n = 0; n < d; n++) {
          assertThat(gradients.energy[row * d + n])
              .as("seed %d, row %d, coordinate %d", SEED, row, n)
              .isCloseTo(expected[n], within(1e-8 * largest));
        }
        assertThat(gradients.energies[row]).isCloseTo(energies[row], within(1e-9));
      }
    }
  }

  /** dx/du of a coordinate, by fourth-order differences of the map in double. */
  private static double[] tangent(UnitMap map, float[] u, int row, int n) {
    CoordinateMap kernelMap = map.toKernel();
    InternalCoordinates coordinates = map.coordinates();
    double[] tangent = new double[3 * coordinates.atoms()];
    double h = 2e-4;
    double[] weights = {1.0 / 12, -2.0 / 3, 2.0 / 3, -1.0 / 12};
    int[] steps = {-2, -1, 1, 2};
    double[] x = new double[tangent.length];
    for (int s = 0; s < 4; s++) {
      double[] q = new double[coordinates.dimension()];
      double scale = 0;
      for (int k = 0; k < q.length; k++) {
        CoordinateMap.Coordinate coordinate = kernelMap.coordinates().get(k);
        q[k] = coordinate.shift();
        if (coordinate.column() >= 0) {
          q[k] += coordinate.scale() * u[row * map.dimension() + coordinate.column()];
        }
        if (coordinate.column() == n) {
          q[k] += steps[s] * h;
          scale = coordinate.scale();
        }
      }
      coordinates.toCartesian(q, 0, x, 0);
      for (int k = 0; k < x.length; k++) {
        tangent[k] += weights[s] * x[k] * scale / h;
      }
    }
    return tangent;
  }

  @ParameterizedTest
  @MethodSource("everywhere")
  void badRowsAreAlone(Case c, InstructionSet set) {
    int d = c.map().dimension();
    int rows = 20;
    float[] u = nearReference(c, rows, 3);
    float[] wrong = u.clone();
    wrong[2 * d] = Float.NaN;
    wrong[3 * d + d - 1] = Math.nextUp(1f);
    wrong[5 * d + 1] = -Float.MIN_VALUE;
    wrong[11 * d + 2] = Float.NEGATIVE_INFINITY;
    List<Integer> bad = List.of(2, 3, 5, 11);
    try (BatchedMappedEnergy mapped =
        BatchedMappedEnergy.open(c.systemXml(), c.map().toKernel(), set)) {
      Gradients good = Gradients.of(mapped, u, rows);
      Gradients gradients = Gradients.of(mapped, wrong, rows);
      for (int row = 0; row < rows; row++) {
        double[] slopes = Arrays.copyOfRange(gradients.energy, row * d, (row + 1) * d);
        if (bad.contains(row)) {
          assertThat(gradients.failures[row]).isEqualTo(RowFailure.BAD_COORDINATE);
          assertThat(gradients.energies[row]).isNaN();
          assertThat(gradients.volumes[row]).isNaN();
          assertThat(slopes).containsOnly(Double.NaN);
        } else {
          assertThat(gradients.failures[row]).isEqualTo(RowFailure.NONE);
          assertThat(gradients.energies[row]).isCloseTo(good.energies[row], within(1e-9));
          assertThat(gradients.volumes[row]).isEqualTo(good.volumes[row]);
          assertThat(slopes).doesNotContain(Double.NaN);
        }
      }
    }
  }

  @Test
  void checksItsArguments() {
    Case c = CASES.get(0);
    CoordinateMap map = c.map().toKernel();
    String other = new RandomMolecule(SEED, Solvent.NONE).systemXml();
    assertThatThrownBy(() -> BatchedMappedEnergy.open(other, map))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("The map places 22 atoms");
    BatchedMappedEnergy mapped = BatchedMappedEnergy.open(c.systemXml(), map);
    assertThat(mapped.engineDescription()).contains("map").contains("double");
    assertThatThrownBy(
            () ->
                mapped.evaluate(new float[59], 1, new double[1], new double[1], new RowFailure[1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("u holds 59 numbers; 1 rows of 60 need 60.");
    mapped.close();
    mapped.close();
    assertThatThrownBy(
            () ->
                mapped.evaluate(new float[60], 1, new double[1], new double[1], new RowFailure[1]))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aMapThatCannotBeIsRefused() {
    CoordinateMap map = CASES.get(0).map().toKernel();
    assertThatThrownBy(
            () ->
                new CoordinateMap(
                    59, map.frame(), map.placements(), map.coordinates(), map.logVolume()))
        .hasMessageContaining("The column (59)");
    List<CoordinateMap.Placement> backwards = new ArrayList<>(map.placements());
    Collections.reverse(backwards);
    assertThatThrownBy(
            () -> new CoordinateMap(60, map.frame(), backwards, map.coordinates(), map.logVolume()))
        .hasMessageContaining("refer to atoms placed before");
    assertThatThrownBy(
            () ->
                new CoordinateMap(
                    60, List.of(1, 1, 2), map.placements(), map.coordinates(), map.logVolume()))
        .hasMessageContaining("Atom 1 must");
  }

  private record Gradients(
      double[] energies,
      double[] volumes,
      double[] energy,
      double[] volume,
      RowFailure[] failures) {
    static Gradients of(BatchedMappedEnergy mapped, float[] u, int rows) {
      int size = rows * mapped.dimension();
      Gradients gradients =
          new Gradients(
              new double[rows],
              new double[rows],
              new double[size],
              new double[size],
              new RowFailure[rows]);
      mapped.differentiate(
          u,
          rows,
          gradients.energies,
          gradients.volumes,
          gradients.energy,
          gradients.volume,
          gradients.failures);
      return gradients;
    }
  }

  /** All of the cube, where atoms clash and angles may leave (0, π). */
  private static float[] anywhere(Case c, int rows, int salt) {
    SplittableRandom random = new SplittableRandom(SEED + salt);
    float[] u = new float[rows * c.map().dimension()];
    for (int n = 0; n < u.length; n++) {
      u[n] = (float) random.nextDouble();
    }
    return u;
  }

  /** Zeros and ones. */
  private static float[] edges(Case c, int rows) {
    SplittableRandom random = new SplittableRandom(SEED);
    float[] u = new float[rows * c.map().dimension()];
    for (int n = 0; n < u.length; n++) {
      u[n] = n < c.map().dimension() ? 0 : n < 2 * c.map().dimension() ? 1 : random.nextInt(2);
    }
    return u;
  }

  /** About the reference conformation, on a grid of 2⁻¹⁴ so that steps are exact. */
  private static float[] nearReference(Case c, int rows, int salt) {
    SplittableRandom random = new SplittableRandom(SEED + salt);
    int d = c.map().dimension();
    float[] reference = new float[d];
    c.map().unmap(c.target().system().minimizedNm(), 1, reference, new double[1]);
    float[] u = new float[rows * d];
    for (int n = 0; n < u.length; n++) {
      double value = reference[n % d] + 0.02 * (random.nextDouble() - 0.5);
      u[n] = (float) Math.rint(Math.min(0.99, Math.max(0.01, value)) * 16384) / 16384;
    }
    return u;
  }
}
