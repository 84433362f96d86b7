package dev.cmt.energy.md;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TrajectoryStatisticsTest {

  /** An autoregressive process x' = a x + noise has C(t) = aᵗ, so g = (1 + a)/(1 − a). */
  @Test
  void inefficiencyOfAnAutoregressiveProcess() {
    for (double a : new double[] {0, 0.5, 0.9}) {
      Random random = new Random(17);
      double[][] series = new double[8][50_000];
      for (double[] one : series) {
        one[0] = random.nextGaussian();
        for (int t = 1; t < one.length; t++) {
          one[t] = a * one[t - 1] + Math.sqrt(1 - a * a) * random.nextGaussian();
        }
      }
      double expected = (1 + a) / (1 - a);
      assertThat(Autocorrelation.inefficiency(series)).isCloseTo(expected, within(0.08 * expected));
    }
    assertThat(Autocorrelation.inefficiency(new double[][] {{1, 1, 1}})).isNaN();
    assertThatThrownBy(() -> Autocorrelation.inefficiency(new double[][] {{1, 2}, {1}}))
        .hasMessageContaining("same number of frames");
  }

  /** Energies of n harmonic degrees of freedom at kT are kT/2 times a chi-squared number. */
  @Test
  void slopeOfOverlappingEnergies() {
    Random random = new Random(23);
    double[] cold = chiSquared(random, 20, 2.5, 40_000);
    double[] hot = chiSquared(random, 20, 3.0, 60_000);
    double difference = 1 / 2.5 - 1 / 3.0;

    assertThat(EnergyOverlap.slopeRatio(cold, hot, difference)).isCloseTo(1, within(0.03));
    // Energies that are 5 % too large at both temperatures belong to other ones.
    assertThat(EnergyOverlap.slopeRatio(scaled(cold, 1.05), scaled(hot, 1.05), difference))
        .isCloseTo(1 / 1.05, within(0.03));
    assertThat(EnergyOverlap.slopeRatio(new double[] {1, 2}, new double[] {3, 4}, 1)).isNaN();
  }

  private static double[] chiSquared(Random random, int n, double kt, int count) {
    double[] energies = new double[count];
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < n; k++) {
        double z = random.nextGaussian();
        energies[i] += 0.5 * kt * z * z;
      }
    }
    return energies;
  }

  private static double[] scaled(double[] values, double factor) {
    double[] scaled = values.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= factor;
    }
    return scaled;
  }
}
