package dev.cmt.actors.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FormatTest {
  @Test
  void errorsDecideTheDecimals() {
    assertThat(Format.estimate(-175.00912, 0.00284)).isEqualTo("−175.0091 ± 0.0028");
    assertThat(Format.estimate(0.0032458, 0.000104)).isEqualTo("0.00325 ± 0.00010");
    assertThat(Format.estimate(123.4, 56.7)).isEqualTo("123 ± 57");
    assertThat(Format.estimate(0.5, Double.NaN)).isEqualTo("0.500");
    assertThat(Format.estimate(null)).isEqualTo("–");
    assertThat(Format.value(-0.00153, 0.00058)).isEqualTo("−0.00153");
    assertThat(Format.error(0.00058)).isEqualTo("± 0.00058");
    assertThat(Format.error(Double.NaN)).isEmpty();
  }

  @Test
  void magnitudesStayReadable() {
    assertThat(Format.significant(0)).isEqualTo("0");
    assertThat(Format.significant(0.02345)).isEqualTo("0.0235");
    assertThat(Format.significant(-9.999e-5)).isEqualTo("−1.00 × 10⁻⁴");
    assertThat(Format.significant(3_030_000)).isEqualTo("3.03 × 10⁶");
    assertThat(Format.significant(Double.NaN)).isEqualTo("–");
    assertThat(Format.percent(0.97671, 2)).isEqualTo("97.67\u2009%");
    assertThat(Format.count(7_421_512)).isEqualTo("7\u2009421\u2009512");
  }

  @Test
  void durationsHaveTwoUnits() {
    assertThat(Format.duration(4.25)).isEqualTo("4.3 s");
    assertThat(Format.duration(564.3)).isEqualTo("9 min 24 s");
    assertThat(Format.duration(4979)).isEqualTo("1 h 23 min");
    assertThat(Format.duration(59.99)).isEqualTo("60.0 s");
    assertThat(Format.duration(3599.7)).isEqualTo("1 h 0 min");
  }
}
