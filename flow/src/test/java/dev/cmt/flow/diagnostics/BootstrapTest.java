package dev.cmt.flow.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  /** The bootstrap's own error is 1/√(2·1000), about 2 %; the bands are five times that. */
  private static final Bootstrap BOOTSTRAP = new Bootstrap(4711, 1000);

  @Test
  void errorOfTheMeanIsTheTextbookOne() {
    double[] values = new Random(3).doubles(500).toArray();
    Estimate textbook = Estimate.mean(values);
    Estimate estimate = BOOTSTRAP.mean(values);
    assertThat(estimate.value()).isCloseTo(textbook.value(), within(1e-12));
    assertThat(estimate.standardError() / textbook.standardError()).isCloseTo(1, within(0.11));
    assertThat(estimate.rows()).isEqualTo(500);
  }

  @Test
  void errorOfAShareIsBinomial() {
    boolean[] member = new boolean[1000];
    double[] weights = new double[1000];
    Arrays.fill(weights, 0.25);
    Arrays.fill(member, 0, 100, true);
    Estimate share = BOOTSTRAP.weightedShare(weights, member);
    assertThat(share.value()).isCloseTo(0.1, within(1e-15));
    assertThat(share.standardError() / Math.sqrt(0.1 * 0.9 / 1000)).isCloseTo(1, within(0.11));
  }

  /** Linearised variance of a ratio: Σ w² (v − r)² / (Σ w)². */
  @Test
  void errorOfAWeightedMeanIsThatOfTheRatio() {
    Random random = new Random(5);
    double[] weights = random.doubles(800).map(u -> 10 * u * u).toArray();
    double[] values = random.doubles(800).toArray();
    double total = 0;
    double sum = 0;
    for (int n = 0; n < 800; n++) {
      total += weights[n];
      sum += weights[n] * values[n];
    }
    double ratio = sum / total;
    double squares = 0;
    for (int n = 0; n < 800; n++) {
      squares += Math.pow(weights[n] * (values[n] - ratio), 2);
    }
    Estimate estimate = BOOTSTRAP.weightedMean(weights, values);
    assertThat(estimate.value()).isCloseTo(ratio, within(1e-14));
    assertThat(estimate.standardError() / (Math.sqrt(squares) / total)).isCloseTo(1, within(0.11));
  }

  @Test
  void logPartitionErrorsAgreeWithTheScatterOfRepetitions() {
    Random random = new Random(7);
    int rows = 400;
    int repetitions = 2000;
    double sum = 0;
    double squares = 0;
    LogWeights first = null;
    for (int r = 0; r < repetitions; r++) {
      double[] logWeights =
          random.doubles(rows).map(u -> 5 + Math.log(1 + 0.9 * (2 * u - 1))).toArray();
      LogWeights weights = LogWeights.of(logWeights);
      first = first == null ? weights : first;
      double estimate = LogPartition.of(weights);
      sum += estimate;
      squares += (estimate - 5) * (estimate - 5);
    }
    // log w̄ has bias −Var/2 = −3.4e-4 and error √(c²/3/rows) = 0.026.
    double scatter = Math.sqrt(squares / repetitions);
    assertThat(sum / repetitions).isCloseTo(5, within(5 * scatter / Math.sqrt(repetitions)));
    assertThat(scatter).isCloseTo(Math.sqrt(0.27 / rows), within(0.1 * scatter));
    Estimate delta = LogPartition.withDeltaError(first);
    Estimate resampled = LogPartition.of(first, BOOTSTRAP);
    assertThat(delta.standardError() / scatter).isCloseTo(1, within(0.15));
    assertThat(resampled.standardError() / delta.standardError()).isCloseTo(1, within(0.11));
    assertThat(resampled.value()).isCloseTo(LogPartition.of(first), within(1e-12));
  }

  @Test
  void dependsOnTheSeedAlone() {
    double[] values = new Random(9).doubles(50).toArray();
    assertThat(new Bootstrap(1, 20).mean(values)).isEqualTo(new Bootstrap(1, 20).mean(values));
    assertThat(new Bootstrap(2, 20).mean(values).standardError())
        .isNotEqualTo(new Bootstrap(1, 20).mean(values).standardError());
  }

  @Test
  void leavesRowsWithoutALogWeightOut() {
    double[] logWeights = {0, Double.NaN, Math.log(3)};
    Estimate estimate = LogPartition.of(LogWeights.of(logWeights), BOOTSTRAP);
    assertThat(estimate.value()).isCloseTo(Math.log(2), within(1e-15));
    assertThat(estimate.rows()).isEqualTo(2);
  }

  @Test
  void saysWhenRowsDoNotTell() {
    Estimate estimate = BOOTSTRAP.weightedMean(new double[] {1, 0, 0}, new double[] {2, 5, 5});
    assertThat(estimate.value()).isEqualTo(2);
    assertThat(estimate.standardError()).isNaN();
    assertThatThrownBy(() -> new Bootstrap(1, 1)).hasMessageContaining("not 1");
    assertThatThrownBy(() -> BOOTSTRAP.weightedMean(new double[2], new double[3]))
        .hasMessageContaining("(2 rows) and values (3 rows)");
    assertThatThrownBy(() -> BOOTSTRAP.mean(new double[0])).hasMessageContaining("no rows");
  }
}
