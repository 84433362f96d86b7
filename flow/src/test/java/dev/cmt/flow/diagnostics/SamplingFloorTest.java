package dev.cmt.flow.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplingFloorTest {
  private static final long SEED = 4;
  private static final int BINS = 12;
  private static final int REPEATS = 120;

  /** From few counts a cell to more than the series begins at. */
  @ParameterizedTest
  @CsvSource({"400, 900", "3000, 20000", "200000, 60000"})
  void isTheMeanDistanceOfTwoSamplesOfOneDensity(int n, int m) {
    Random random = new Random(SEED);
    double[] masses = new double[BINS * BINS];
    for (int i = 0; i < masses.length; i++) {
      masses[i] = Math.exp(-3 * random.nextDouble() * random.nextDouble() * (i % BINS));
    }
    double sum = Arrays.stream(masses).sum();
    Arrays.setAll(masses, i -> masses[i] / sum);
    double kl = 0;
    double klSquares = 0;
    double tv = 0;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
      Histogram2D reference = draw(random, masses, m);
      Histogram2D model = draw(random, masses, n);
      double one = reference.kl(model);
      kl += one / REPEATS;
      klSquares += one * one / REPEATS;
      tv += reference.totalVariation(model) / REPEATS;
    }
    double error = Math.sqrt((klSquares - kl * kl) / REPEATS);
    // Poisson counts stand for multinomial ones: one degree of freedom less of 144.
    assertThat(SamplingFloor.kl(masses, n, m))
        .as("seed %d", SEED)
        .isCloseTo(kl, within(4 * error + 0.02 * kl));
    // The scatter of the mean of 120 is about 0.5 %.
    assertThat(SamplingFloor.totalVariation(masses, n, m))
        .as("seed %d", SEED)
        .isCloseTo(tv, within(0.02 * tv));
  }

  private static Histogram2D draw(Random random, double[] masses, int rows) {
    double[] cumulative = masses.clone();
    Arrays.parallelPrefix(cumulative, Double::sum);
    double[] counts = new double[masses.length];
    for (int row = 0; row < rows; row++) {
      int found = Arrays.binarySearch(cumulative, random.nextDouble());
      counts[Math.min(counts.length - 1, found < 0 ? -found - 1 : found)]++;
    }
    return Histogram2D.of(counts);
  }
}
