package dev.cmt.flow.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class EffectiveSampleSizeTest {
  @Test
  void agreesWithHandExamples() {
    LogWeights weights = LogWeights.of(new double[] {Math.log(1), Math.log(2), Math.log(3)});
    assertThat(EffectiveSampleSize.raw(weights)).isCloseTo(36.0 / (3 * 14), within(1e-15));
    assertThat(EffectiveSampleSize.raw(LogWeights.of(new double[] {5, 5, 5, 5})))
        .isCloseTo(1, within(1e-15));
    assertThat(EffectiveSampleSize.raw(LogWeights.of(new double[] {0, -1e8, -1e20, -800})))
        .isCloseTo(0.25, within(1e-15));
    double none = Double.NEGATIVE_INFINITY;
    assertThat(EffectiveSampleSize.raw(LogWeights.of(new double[] {none, none}))).isZero();
  }

  /** w = 1 + c (2x − 1) on the unit interval has mean 1 and mean square 1 + c²/3. */
  @Test
  void agreesWithTheClosedFormOfALinearDensity() {
    LogWeights weights = linear(10_000, 0.9, 12.5);
    double exact = 1 / (1 + 0.9 * 0.9 / 3);
    assertThat(EffectiveSampleSize.raw(weights)).isCloseTo(exact, within(1e-8));
    assertThat(LogPartition.of(weights)).isCloseTo(12.5, within(1e-9));
  }

  /** From N(0, 1) to N(0, s²): s √(2 − s²); 3e5 seeded rows give it to about 1e-3. */
  @Test
  void agreesWithTheClosedFormOfGaussians() {
    Random random = new Random(1);
    double s = 0.7;
    double[] logWeights =
        random
            .doubles(300_000)
            .map(u -> random.nextGaussian())
            .map(x -> -0.5 * x * x * (1 / (s * s) - 1) - Math.log(s))
            .toArray();
    LogWeights weights = LogWeights.of(logWeights);
    double exact = s * Math.sqrt(2 - s * s);
    assertThat(EffectiveSampleSize.raw(weights)).isCloseTo(exact, within(3e-3));
    assertThat(EffectiveSampleSize.clipped(weights)).isCloseTo(exact, within(3e-3));
  }

  @Test
  void clippingLowersTheGreatestWeights() {
    double[] logWeights = new double[20_000];
    logWeights[7] = 20;
    logWeights[8] = 1;
    double e = Math.E;
    double sum = 19_998 + 2 * e;
    assertThat(EffectiveSampleSize.clipped(LogWeights.of(logWeights)))
        .isCloseTo(sum * sum / 20_000 / (19_998 + 2 * e * e), within(1e-12));
    assertThat(EffectiveSampleSize.raw(LogWeights.of(logWeights))).isLessThan(1e-3);
  }

  @Test
  void aGroupIsJudgedByItsOwnRows() {
    double[] logWeights = {0, 0, Math.log(1e-9), Math.log(3e-9), Double.NaN, 0};
    boolean[] group = {false, false, true, true, true, false};
    LogWeights weights = LogWeights.of(logWeights);
    assertThat(EffectiveSampleSize.within(weights, group)).isCloseTo(16.0 / 20, within(1e-12));
    assertThat(EffectiveSampleSize.within(weights, new boolean[6])).isNaN();
    assertThatThrownBy(() -> EffectiveSampleSize.within(weights, new boolean[5]))
        .hasMessageContaining("(5 rows)");
  }

  /** Under p = w q the forward estimate is that of the same linear density. */
  @Test
  void forwardAgreesWithTheClosedForm() {
    int n = 20_000;
    double c = 0.9;
    double[] logWeights = new double[n];
    for (int k = 0; k < n; k++) {
      // Quantile of p: c x² + (1 − c) x = u.
      double u = (k + 0.5) / n;
      double x = (-(1 - c) + Math.sqrt((1 - c) * (1 - c) + 4 * c * u)) / (2 * c);
      logWeights[k] = 3 + Math.log(1 + c * (2 * x - 1));
    }
    assertThat(ForwardEffectiveSampleSize.of(LogWeights.of(logWeights)))
        .isCloseTo(1 / (1 + c * c / 3), within(1e-6));
    logWeights[3] = Double.NEGATIVE_INFINITY;
    assertThat(ForwardEffectiveSampleSize.of(LogWeights.of(logWeights))).isZero();
  }

  static LogWeights linear(int n, double c, double logZ) {
    double[] logWeights = new double[n];
    for (int k = 0; k < n; k++) {
      logWeights[k] = logZ + Math.log(1 + c * (2 * (k + 0.5) / n - 1));
    }
    return LogWeights.of(logWeights);
  }
}
