package dev.cmt.flow.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightTailTest {
  /** Quantiles of the distribution itself; the estimator's error is near (1 + k)/√n. */
  @ParameterizedTest
  @ValueSource(doubles = {-0.5, -0.1, 0.2, 0.5, 0.7, 1, 1.5})
  void findsTheShapeOfAParetoTail(double shape) {
    int n = 2000;
    double[] excess =
        IntStream.range(0, n)
            .mapToDouble(i -> 3 * Math.expm1(-shape * Math.log1p(-(i + 0.5) / n)) / shape)
            .toArray();
    assertThat(WeightTail.fit(excess)).isCloseTo(shape, within(0.02));
  }

  /** The published formulas in numpy, computed once, in Zhang and Stephens' own signs. */
  @Test
  void agreesWithAnIndependentComputation() {
    assertThat(shape(400, i -> 3 * Math.sin(i * 1.1) + 0.001 * i))
        .isCloseTo(-0.4591995429027318, within(1e-9));
    assertThat(shape(400, i -> -2 * Math.log((i + 0.5) / 400)))
        .isCloseTo(1.70307190749942, within(1e-9));
    assertThat(shape(400, i -> 2 * Math.sqrt(-Math.log((i + 0.5) / 400))))
        .isCloseTo(0.41489461421604623, within(1e-9));
  }

  @Test
  void scaleDoesNotMatter() {
    double plain = shape(1000, i -> -0.6 * Math.log((i + 0.5) / 1000));
    double shifted = shape(1000, i -> 1e6 - 0.6 * Math.log((i + 0.5) / 1000));
    assertThat(shifted).isCloseTo(plain, within(1e-6));
  }

  @Test
  void saysWhenThereIsNoTail() {
    assertThat(shape(24, i -> i)).isNaN();
    assertThat(shape(25, i -> i)).isNotNaN();
    assertThat(shape(1000, i -> 0)).isNaN();
  }

  private static double shape(int n, IntToDoubleFunction logWeight) {
    return WeightTail.shape(LogWeights.of(IntStream.range(0, n).mapToDouble(logWeight).toArray()));
  }
}
