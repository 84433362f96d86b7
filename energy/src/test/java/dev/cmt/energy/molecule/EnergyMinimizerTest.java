package dev.cmt.energy.molecule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.PotentialEnergies;
import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnergyMinimizerTest {
  private static final EnergyMinimizer.Limits LIMITS = new EnergyMinimizer.Limits(0.01, 5000);

  @ParameterizedTest
  @ValueSource(strings = {"alanine-dipeptide", "alanine-tetrapeptide", "elil"})
  void comesBackToTheMinimumAfterAnAtomsPush(String name) {
    MolecularSystem system = BuiltInSystems.load(name);
    try (PotentialEnergy energy = kernel(system)) {
      double[] minimum = system.minimizedNm();
      double atMinimum = energyOf(energy, minimum);
      double[] start = pushed(minimum, 0.003);

      EnergyMinimizer.Minimum found = EnergyMinimizer.minimize(system, energy, start, LIMITS);

      assertThat(found.forceKjPerMolNm()).isLessThanOrEqualTo(0.01);
      assertThat(found.energyBeforeKjPerMol()).isGreaterThan(found.energyKjPerMol() + 10);
      assertThat(energyOf(energy, found.positionsNm()))
          .isCloseTo(found.energyKjPerMol(), within(1e-9));
      // The files' minima are rounded to forces of some 0.1 kJ/mol/nm.
      assertThat(found.energyKjPerMol()).isCloseTo(atMinimum, within(0.05));
      system
          .constraintsNm()
          .forEach(
              (pair, length) ->
                  assertThat(Geometry.distance(found.positionsNm(), 0, pair.first(), pair.second()))
                      .isCloseTo(length, within(1e-12)));
    }
  }

  @Test
  void theGradientByFreeCoordinatesIsThatOfDifferences() {
    MolecularSystem system = BuiltInSystems.load("alanine-tetrapeptide");
    ConstrainedLengths lengths =
        new ConstrainedLengths(system.atoms().size(), system.constraintsNm());
    double[] y = lengths.free(pushed(system.minimizedNm(), 0.005));
    SplittableRandom random = new SplittableRandom(5);
    double[] slope = random.doubles(y.length, -1, 1).toArray();
    double[] gradient = slope.clone();
    lengths.pullBack(y, gradient);
    for (int n = 0; n < y.length; n++) {
      double[] up = y.clone();
      double[] down = y.clone();
      up[n] += 1e-6;
      down[n] -= 1e-6;
      double difference = dot(slope, lengths.positions(up)) - dot(slope, lengths.positions(down));
      // Central differences of a smooth map: 1e-12 from the third order, 1e-10 from rounding.
      assertThat(difference / 2e-6).isCloseTo(gradient[n], within(1e-8));
    }
    double[] x = lengths.positions(y);
    assertThat(lengths.positions(lengths.free(x))).containsExactly(x, within(1e-14));
  }

  @Test
  void unfoldsAClashAndNamesOneThatHasNoEnergy() {
    MolecularSystem system = BuiltInSystems.load("alanine-dipeptide");
    try (PotentialEnergy energy = kernel(system)) {
      double[] start = system.minimizedNm();
      System.arraycopy(start, 3 * 5, start, 0, 3);
      start[0] += 0.03;
      assertThat(energyOf(energy, start)).isGreaterThan(1e5);
      assertThat(EnergyMinimizer.minimize(system, energy, start, LIMITS).energyKjPerMol())
          .isLessThan(-100);

      start[0] -= 0.03;
      assertThatThrownBy(() -> EnergyMinimizer.minimize(system, energy, start, LIMITS))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no finite energy")
          .hasMessageContaining("H1 of ACE1 (atom 0) and O of ACE1 (atom 5), 0.0000 nm");
    }
  }

  @Test
  void saysWhatIsLeftWhenTheIterationsAreUsedUp() {
    MolecularSystem system = BuiltInSystems.load("alanine-dipeptide");
    try (PotentialEnergy energy = kernel(system)) {
      double[] start = pushed(system.minimizedNm(), 0.005);
      assertThatThrownBy(
              () ->
                  EnergyMinimizer.minimize(
                      system, energy, start, new EnergyMinimizer.Limits(0.01, 3)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("after 3 iterations")
          .hasMessageContaining("greatest force");
      assertThatThrownBy(() -> new EnergyMinimizer.Limits(0, 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static PotentialEnergy kernel(MolecularSystem system) {
    return PotentialEnergies.open(system, EnergyEngine.KERNEL, OpenMmPlatform.REFERENCE);
  }

  private static double energyOf(PotentialEnergy energy, double[] x) {
    double[] value = new double[1];
    energy.evaluate(x, 1, value, null, new RowFailure[1]);
    return value[0];
  }

  private static double[] pushed(double[] x, double deviationNm) {
    SplittableRandom random = new SplittableRandom(11);
    return Arrays.stream(x).map(c -> c + deviationNm * random.nextGaussian()).toArray();
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int n = 0; n < a.length; n++) {
      sum += a[n] * b[n];
    }
    return sum;
  }
}
