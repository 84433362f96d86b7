package dev.cmt.flow.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HistogramTest {
  /**
   * numpy.histogram2d on [0, 2π]² with 20 bins and density=True, then the FAB formula and ½ Σ|P −
   * Q|, computed once with numpy 2.4.
   */
  @Test
  void distancesAgreeWithNumpy() {
    Histogram2D reference = new Histogram2D(20);
    reference.add(table(n -> Math.sin(n) * 3), table(n -> Math.cos(1.7 * n) * 2.5));
    double[] first = table(n -> Math.sin(1.3 * n) * 2.2 + 1);
    double[] second = table(n -> Math.cos(0.9 * n) * 3);
    Histogram2D model = new Histogram2D(20);
    model.add(first, second);
    assertThat(reference.kl(model)).isCloseTo(6.530642121354953, within(1e-12));
    assertThat(reference.totalVariation(model)).isCloseTo(0.5845, within(1e-12));
    Histogram2D reweighted = new Histogram2D(20);
    reweighted.add(first, second, table(n -> 1 + n % 3));
    assertThat(reference.kl(reweighted)).isCloseTo(6.532445325631882, within(1e-12));
    assertThat(reference.totalVariation(reweighted)).isCloseTo(0.5844412353088272, within(1e-12));
  }

  @Test
  void distancesOfHandExamples() {
    Histogram2D p = new Histogram2D(2);
    p.add(-1, -1, 3);
    p.add(1, 1, 1);
    Histogram2D q = new Histogram2D(2);
    q.add(-1, -1, 10);
    q.add(1, 1, 10);
    assertThat(p.masses()).containsExactly(0.75, 0, 0, 0.25);
    assertThat(p.densities()[0]).isCloseTo(0.75 / (Math.PI * Math.PI), within(1e-15));
    assertThat(p.totalVariation(q)).isEqualTo(0.25);
    assertThat(p.kl(q)).isCloseTo(0.75 * Math.log(1.5) + 0.25 * Math.log(0.5), within(1e-8));
    assertThat(p.kl(p)).isZero();
    Histogram2D apart = new Histogram2D(2);
    apart.add(-1, 1, 1);
    assertThat(p.totalVariation(apart)).isEqualTo(1);
  }

  @Test
  void anglesWrapAroundTheTorus() {
    Histogram2D histogram = new Histogram2D(4);
    double[] first = {-Math.PI, Math.PI, 3 * Math.PI, Math.nextDown(-Math.PI), -7 * Math.PI / 8};
    histogram.add(first, new double[5]);
    double[] masses = histogram.masses();
    // Cell 0 begins at −π; just below it lies the last cell. Second angle 0 begins cell 2.
    assertThat(masses[2]).isCloseTo(0.8, within(1e-15));
    assertThat(masses[3 * 4 + 2]).isCloseTo(0.2, within(1e-15));
  }

  @Test
  void countsRowsItCannotPlace() {
    Histogram2D histogram = new Histogram2D(3);
    histogram.add(new double[] {0, Double.NaN, 1}, new double[] {0, 0, Double.POSITIVE_INFINITY});
    assertThat(histogram.dropped()).isEqualTo(2);
    assertThat(histogram.masses()[4]).isEqualTo(1);
    assertThatThrownBy(() -> histogram.add(0, 0, -1)).hasMessageContaining("(-1.0)");
    assertThatThrownBy(() -> histogram.kl(new Histogram2D(2))).hasMessageContaining("3 and 2");
    assertThatThrownBy(() -> new Histogram2D(2).masses()).hasMessageContaining("empty");
    assertThatThrownBy(() -> new Histogram2D(0)).hasMessageContaining("(0)");
    assertThatThrownBy(() -> histogram.add(new double[1], new double[2]))
        .hasMessageContaining("1 and 2");
  }

  @Test
  void oneQuantityOverARange() {
    Histogram1D histogram = new Histogram1D(0, 2, 4);
    double[] values = {-1, 0, 0.49, 0.5, 1.999, 2, 1e8, Double.NaN};
    for (double value : values) {
      histogram.add(value, 2);
    }
    assertThat(Arrays.stream(histogram.masses()).map(mass -> mass * 7))
        .containsExactly(2.0, 1.0, 0.0, 1.0);
    assertThat(histogram.densities()[0]).isCloseTo(2 / 7.0 / 0.5, within(1e-15));
    assertThat(histogram.centers()).containsExactly(0.25, 0.75, 1.25, 1.75);
    assertThat(histogram.massBelow()).isCloseTo(1 / 7.0, within(1e-15));
    assertThat(histogram.massAbove()).isCloseTo(2 / 7.0, within(1e-15));
    assertThat(histogram.dropped()).isEqualTo(1);
    assertThatThrownBy(() -> new Histogram1D(1, 1, 4)).hasMessageContaining("[1.0, 1.0)");
    assertThatThrownBy(() -> histogram.add(1, Double.NaN)).hasMessageContaining("(NaN)");
    assertThatThrownBy(() -> new Histogram1D(0, 1, 1).masses()).hasMessageContaining("empty");
  }

  private static double[] table(IntToDoubleFunction function) {
    return IntStream.range(0, 2000).mapToDouble(function).toArray();
  }
}
