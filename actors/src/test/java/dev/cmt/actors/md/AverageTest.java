package dev.cmt.actors.md;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class AverageTest {
  @Test
  void aSmallTable() {
    Average average =
        Average.of(new double[][] {{1, 1, 3, 3}, {2, 2, 2, 2}, {0, 2, 2, 4}, {1, 1, 1, 1}});

    // Means of the ladders are 2, 2, 2, 1: their standard deviation is 1/2.
    assertThat(average.mean()).isEqualTo(1.75);
    assertThat(average.standardError()).isCloseTo(0.25, within(1e-12));
    assertThat(average.firstHalf()).isEqualTo(1.25);
    assertThat(average.secondHalf()).isEqualTo(2.25);
    // Differences −2, 0, −2, 0: mean −1, standard error √(4/3)/2.
    assertThat(average.halvesDifference()).isCloseTo(-Math.sqrt(3), within(1e-12));
  }

  /** Errors from the spread of many ladders and from one long trajectory mean the same. */
  @Test
  void errorsAgree() {
    double[][] many = series(new Random(3), 400, 500);
    double[][] one = series(new Random(4), 1, 200_000);
    // An autoregressive process with a = 0.8: g = 9, so 200,000 values have an error of 0.0067.
    double expected = Math.sqrt(9 / 2e5);

    assertThat(Average.of(many).standardError()).isCloseTo(expected, within(0.15 * expected));
    assertThat(Average.of(one).standardError()).isCloseTo(expected, within(0.15 * expected));
    assertThat(Average.of(one).effectiveSamples()).isCloseTo(2e5 / 9, within(0.2 * 2e5 / 9));
    assertThat(Average.of(one).halvesDifference()).isNull();
    assertThat(Average.of(many).halvesDifference()).isBetween(-5.0, 5.0);
  }

  @Test
  void whatNeverChangesHasNoError() {
    Average average = Average.of(new double[][] {{0, 0}, {0, 0}});
    assertThat(average.mean()).isZero();
    assertThat(average.standardError()).isNull();
    assertThat(average.inefficiency()).isNull();
  }

  private static double[][] series(Random random, int ladders, int frames) {
    double[][] series = new double[ladders][frames];
    for (double[] one : series) {
      one[0] = random.nextGaussian();
      for (int t = 1; t < frames; t++) {
        one[t] = 0.8 * one[t - 1] + 0.6 * random.nextGaussian();
      }
    }
    return series;
  }
}
