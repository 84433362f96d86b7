package dev.cmt.flow.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LogWeightsTest {
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;

  @Test
  void leavesOutRowsWithoutALogWeightAndKeepsPlaces() {
    LogWeights weights =
        LogWeights.of(
            new double[] {1, NAN, 2, INF, -INF, 3, 4}, new double[] {0, 0, NAN, 0, 0, INF, -INF});
    assertThat(weights.values()).containsExactly(-1, NAN, NAN, NAN, NAN, NAN, -INF);
    assertThat(weights.rows()).isEqualTo(7);
    assertThat(weights.used()).isEqualTo(2);
    assertThat(weights.dropped()).isEqualTo(5);
    assertThat(weights.normalized()).containsExactly(1, 0, 0, 0, 0, 0, 0);
    assertThat(weights.logSum()).isEqualTo(-1);
  }

  @Test
  void sumsWithoutOverflow() {
    LogWeights weights = LogWeights.of(new double[] {1e8, 1e8 + Math.log(3), -1e20});
    assertThat(weights.logSum()).isCloseTo(1e8 + Math.log(4), within(1e-7));
    assertThat(weights.normalized()[1]).isCloseTo(0.75, within(1e-7));
  }

  /** As numpy would: k = int(N * 1e-4); w[w > sort(w)[-k]] = sort(w)[-k] if k > 1. */
  @Test
  void clipsTheShareOfRowsThatCount() {
    double[] ascending = IntStream.range(0, 30_000).mapToDouble(i -> i).toArray();
    double[] withFailures = Arrays.copyOf(ascending, 39_999);
    Arrays.fill(withFailures, 30_000, 39_999, NAN);
    LogWeights weights = LogWeights.of(withFailures);
    double[] top = weights.clipTop(1e-4).values();
    assertThat(Arrays.copyOfRange(top, 29_996, 30_001))
        .containsExactly(29_996, 29_997, 29_997, 29_997, NAN);
    double[] bottom = weights.clipBottom(1e-4).values();
    assertThat(Arrays.copyOf(bottom, 4)).containsExactly(2, 2, 2, 3);
    assertThat(bottom[29_999]).isEqualTo(29_999);
  }

  @Test
  void clipsNothingOfFewRows() {
    LogWeights weights = LogWeights.of(IntStream.range(0, 19_999).mapToDouble(i -> i).toArray());
    assertThat(weights.clipTop(1e-4).values()).isEqualTo(weights.values());
    assertThat(weights.clipBottom(1e-4).values()).isEqualTo(weights.values());
  }

  @Test
  void refusesWhatItCannotUse() {
    assertThatThrownBy(() -> LogWeights.of(new double[] {NAN, INF}))
        .hasMessageContaining("None of 2 rows");
    assertThatThrownBy(() -> LogWeights.of(new double[1], new double[2]))
        .hasMessageContaining("(1 rows) and log p̃ (2 rows)");
    LogWeights zero = LogWeights.of(new double[] {-INF});
    assertThatThrownBy(zero::normalized).hasMessageContaining("All 1 weights are 0");
    assertThatThrownBy(() -> zero.clipTop(1.5)).hasMessageContaining("(1.5)");
  }
}
