package dev.cmt.flow.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.flow.FlowChannel;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BaseDistributionTest {
  private static final BaseDistribution BASE =
      new BaseDistribution(
          List.of(
              new FlowChannel("bonds", 1, false, true),
              new FlowChannel("torsions", 2, true, false)));

  /** Quantiles of the standard normal, from tables to 16 digits. */
  @ParameterizedTest
  @CsvSource({
    "0.5, 0",
    "0.75, 0.6744897501960817",
    "0.975, 1.959963984540054",
    "0.001, -3.090232306167813",
    "1e-20, -9.262340089798408"
  })
  void invertsTheNormalDistribution(double p, double x) {
    assertThat(NormalQuantile.at(p)).isCloseTo(x, within(4e-15 * Math.max(1, Math.abs(x))));
  }

  @Test
  void rowsDependOnTheirKeyAloneNotOnTheBatch() {
    float[] whole = new float[30];
    BASE.sample(5, 2, 100, 10, whole);
    float[] tail = new float[12];
    BASE.sample(5, 2, 106, 4, tail);
    assertThat(tail).isEqualTo(Arrays.copyOfRange(whole, 18, 30));
    float[] otherStep = new float[30];
    BASE.sample(5, 3, 100, 10, otherStep);
    float[] otherSeed = new float[30];
    BASE.sample(6, 2, 100, 10, otherSeed);
    assertThat(otherStep).isNotEqualTo(whole);
    assertThat(otherSeed).isNotEqualTo(whole);
  }

  @Test
  void samplesHaveTheMomentsOfTheirDensity() {
    int rows = 40_000;
    float[] z = new float[rows * 3];
    BASE.sample(1, 0, 0, rows, z);
    double mean = 0;
    double square = 0;
    double uniformSquare = 0;
    for (int row = 0; row < rows; row++) {
      mean += (z[3 * row] - 0.5) / rows;
      square += Math.pow(z[3 * row] - 0.5, 2) / rows;
      uniformSquare += Math.pow(z[3 * row + 2] - 0.5, 2) / rows;
    }
    // Five standard errors; truncation at five sigma changes the variance by less than 2e-5 of it.
    assertThat(mean).isCloseTo(0, within(5 * 0.1 / Math.sqrt(rows)));
    assertThat(square).isCloseTo(0.01, within(5 * 0.01 * Math.sqrt(2.0 / rows)));
    assertThat(uniformSquare).isCloseTo(1.0 / 12, within(5 * Math.sqrt(1.0 / 180 / rows)));
  }

  @Test
  void densityIntegratesToOne() {
    int n = 2000;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += Math.exp(BASE.logDensity(new float[] {(float) ((i + 0.5) / n), 0.2f, 0.9f}, 0)) / n;
    }
    // The midpoint rule is exact to 1e-9 here; float32 abscissae cost up to 1e-7.
    assertThat(sum).isCloseTo(1, within(1e-7));
  }

  @Test
  void outsideTheCubeThereIsNoDensity() {
    assertThat(BASE.logDensity(new float[] {0.5f, 1.1f, 0.5f}, 0))
        .isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(BASE.logDensity(new float[] {0.5f, Float.NaN, 0.5f}, 0)).isNaN();
  }

  @Test
  void refusesKeysThatWouldCollide() {
    assertThatThrownBy(() -> BASE.sample(1, 0, BaseDistribution.MAX_ROW, 2, new float[6]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1099511627776");
    assertThatThrownBy(() -> BASE.sample(1, -1, 0, 1, new float[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("step (-1)");
    assertThatThrownBy(() -> BASE.sample(1, 0, 0, 2, new float[5]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("5 floats");
  }
}
