package dev.cmt.flow.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class EvidenceBoundsTest {
  /** q = N(0, 1), p̃ = e² N(m, 1): both gaps are m²/2. 1e6 seeded rows, five standard errors. */
  @Test
  void boundTheLogPartitionOfGaussians() {
    Random random = new Random(2);
    double shift = 0.8;
    int n = 1_000_000;
    double[] fromModel = new double[n];
    double[] fromTarget = new double[n];
    double[] logQ = new double[n];
    for (int i = 0; i < n; i++) {
      fromModel[i] = logWeight(random.nextGaussian(), shift);
      double x = shift + random.nextGaussian();
      fromTarget[i] = logWeight(x, shift);
      logQ[i] = -0.5 * (x * x + Math.log(2 * Math.PI));
    }
    Estimate elbo = EvidenceBounds.elbo(LogWeights.of(fromModel));
    Estimate eubo = EvidenceBounds.eubo(LogWeights.of(fromTarget));
    Estimate nll = EvidenceBounds.nll(logQ);
    // log w has variance m² under either density.
    assertThat(elbo.standardError()).isCloseTo(shift / Math.sqrt(n), within(1e-5));
    assertThat(elbo.value()).isCloseTo(2 - shift * shift / 2, within(5 * elbo.standardError()));
    assertThat(eubo.value()).isCloseTo(2 + shift * shift / 2, within(5 * eubo.standardError()));
    assertThat(nll.value())
        .isCloseTo(
            0.5 * (Math.log(2 * Math.PI) + 1 + shift * shift), within(5 * nll.standardError()));
  }

  @Test
  void clippingRaisesTheLowestLogWeights() {
    double[] logWeights = new double[30_000];
    logWeights[0] = -1e8;
    logWeights[1] = -1e7;
    logWeights[2] = -3;
    LogWeights weights = LogWeights.of(logWeights);
    assertThat(EvidenceBounds.clippedElbo(weights).value()).isCloseTo(-9 / 30_000.0, within(1e-15));
    assertThat(EvidenceBounds.elbo(weights).value()).isLessThan(-3000);
  }

  @Test
  void leavesOutRowsThatAreNotNumbers() {
    Estimate nll = EvidenceBounds.nll(new double[] {-1, Double.NaN, -3});
    assertThat(nll).isEqualTo(new Estimate(2, 1, 2));
    assertThatThrownBy(() -> EvidenceBounds.nll(new double[] {Double.NaN}))
        .hasMessageContaining("None of 1 rows");
    double never = Double.NEGATIVE_INFINITY;
    assertThat(EvidenceBounds.nll(new double[] {-1, never}).value()).isInfinite().isPositive();
  }

  private static double logWeight(double x, double shift) {
    return 2 - 0.5 * (x - shift) * (x - shift) + 0.5 * x * x;
  }
}
