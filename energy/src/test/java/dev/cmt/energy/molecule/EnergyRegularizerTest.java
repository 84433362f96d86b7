package dev.cmt.energy.molecule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class EnergyRegularizerTest {
  private static final EnergyRegularizer REGULARIZER = new EnergyRegularizer(1e8, 1e20);

  @Test
  void changesOnlyWhatIsHigh() {
    assertThat(REGULARIZER.apply(-70.5)).isEqualTo(-70.5);
    assertThat(REGULARIZER.apply(1e8)).isEqualTo(1e8);
    assertThat(REGULARIZER.apply(1e8 + 9)).isCloseTo(1e8 + Math.log(10), Offset.offset(1e-7));
    double top = 1e8 + 20 * Math.log(10);
    assertThat(REGULARIZER.apply(1e20)).isCloseTo(top, Offset.offset(1e-6));
    assertThat(REGULARIZER.apply(1e30)).isEqualTo(REGULARIZER.apply(1e20));
    assertThat(REGULARIZER.apply(Double.POSITIVE_INFINITY)).isEqualTo(REGULARIZER.apply(1e20));
  }

  @Test
  void whatIsNoEnergyStaysNone() {
    assertThat(REGULARIZER.apply(Double.NaN)).isNaN();
    assertThat(REGULARIZER.apply(Double.NEGATIVE_INFINITY)).isNaN();
  }

  @Test
  void limitsAreChecked() {
    assertThatThrownBy(() -> new EnergyRegularizer(Double.NaN, 1))
        .hasMessageContaining("energyHighKt (NaN)");
    assertThatThrownBy(() -> new EnergyRegularizer(1, Double.POSITIVE_INFINITY))
        .hasMessageContaining("energyMaxKt (Infinity)");
  }
}
