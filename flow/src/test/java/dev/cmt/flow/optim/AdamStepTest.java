package dev.cmt.flow.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.flow.OptimizerSettings;
import org.junit.jupiter.api.Test;

class AdamStepTest {
  private static final OptimizerSettings SETTINGS =
      new OptimizerSettings(0.1, 0.01, 100, 0, Long.MAX_VALUE);

  /**
   * Two steps by hand with p = 1, g = 2 then −1, decay 0.01. Step 1: g = 2.01, so that m̂/√v̂ is 1
   * and p falls by the rate. Step 2: g = −1 + 0.01·0.9 = −0.991, m = 0.9·0.201 − 0.0991 = 0.0818, v
   * = 0.999·0.0040401 + 0.001·0.982081 = 0.0050181409, m̂ = m/0.19, v̂ = v/0.001999.
   */
  @Test
  void takesTheStepsComputedByHand() {
    double[] p = {1};
    double[] m = {0};
    double[] v = {0};
    AdamStep.after(SETTINGS, 0, 0, 2).apply(p, new double[] {2}, m, v);
    assertThat(p[0]).isCloseTo(0.9, within(1e-8));
    AdamStep.after(SETTINGS, 1, 0, 1).apply(p, new double[] {-1}, m, v);
    assertThat(m[0]).isCloseTo(0.0818, within(1e-9));
    assertThat(v[0]).isCloseTo(0.0050181409, within(1e-10));
    double change = 0.1 * (0.0818 / 0.19) / Math.sqrt(0.0050181409 / 0.001999);
    assertThat(p[0]).isCloseTo(0.9 - change, within(1e-8));
  }

  @Test
  void clipsToTheGreatestNormAndLeavesSmallerGradientsAlone() {
    assertThat(AdamStep.after(SETTINGS, 0, 0, 1000).clip()).isCloseTo(0.1, within(1e-9));
    assertThat(AdamStep.after(SETTINGS, 0, 0, 50).clip()).isEqualTo(1);
  }

  @Test
  void refusesGradientsThatAreNotFinite() {
    assertThatThrownBy(() -> AdamStep.after(SETTINGS, 0, 0, Double.NaN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NaN");
  }
}
