package dev.cmt.flow.annealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class AnnealingPathTest {
  @Test
  void startsAtTheFirstDensity() {
    assertThat(AnnealingPath.start()).isEqualTo(new AnnealingPath(0, 0));
    assertThat(AnnealingPath.start().alpha()).isZero();
    assertThat(AnnealingPath.start().atTarget()).isFalse();
  }

  /** Theorem 2.4's sums and products (appendix A, part 1), written out. */
  @Test
  void followsTheTheorem() {
    Random random = new Random(3);
    for (int round = 0; round < 100; round++) {
      int steps = 1 + random.nextInt(10);
      double[] lambda = random.doubles(steps, 0, 10).toArray();
      double[] eta = random.doubles(steps, 0, 3).toArray();
      AnnealingPath path = AnnealingPath.start();
      double product = 1;
      double sum = 0;
      for (int i = 0; i < steps; i++) {
        path = path.next(lambda[i], eta[i]);
        product *= lambda[i] / (1 + lambda[i] + eta[i]);
        double share = eta[i] / (1 + lambda[i] + eta[i]);
        for (int j = i + 1; j < steps; j++) {
          share *= lambda[j] / (1 + lambda[j] + eta[j]);
        }
        sum += share;
      }
      double beta = 1 - product;
      assertThat(path.beta()).isCloseTo(beta, within(1e-13));
      assertThat(path.alpha()).isCloseTo(1 - sum / beta, within(1e-12));
      assertThat(path.exponent()).isCloseTo(path.alpha() * path.beta(), within(1e-15));
    }
  }

  @Test
  void aloneTheTrustRegionIsGeometricAndTheEntropyTempered() {
    AnnealingPath geometric = AnnealingPath.start().next(3, 0).next(1, 0);
    assertThat(geometric.alpha()).isEqualTo(1);
    assertThat(geometric.beta()).isEqualTo(1 - 3 / 4.0 / 2);
    AnnealingPath tempered = AnnealingPath.start().next(0, 7).next(0, 1);
    assertThat(tempered.beta()).isEqualTo(1);
    assertThat(tempered.alpha()).isEqualTo(0.5);
  }

  @Test
  void arrivesExactlyWhenBothMultipliersVanishAndStaysUnderTheTrustRegionAlone() {
    AnnealingPath path = AnnealingPath.start();
    for (double lambda : new double[] {1e6, 123.4, 0.7, 0.1}) {
      path = path.next(lambda, 0.3 * lambda);
      assertThat(path.atTarget()).isFalse();
    }
    path = path.next(0, 0);
    assertThat(path).isEqualTo(new AnnealingPath(1, 1));
    assertThat(path.atTarget()).isTrue();
    assertThat(path.next(0.37, 0).atTarget()).isTrue();
    assertThat(path.next(0.37, 0.2).atTarget()).isFalse();
  }

  @Test
  void smallFirstStepsAreNotLost() {
    AnnealingPath path = AnnealingPath.start().next(1e20, 0).next(1e20, 0);
    assertThat(path.beta()).isCloseTo(2e-20, within(1e-34));
    assertThat(path.alpha()).isCloseTo(1, within(1e-12));
  }

  @Test
  void refusesWhatIsNoPlaceOnThePath() {
    assertThatThrownBy(() -> new AnnealingPath(0.5, 0.6)).hasMessageContaining("(0.6)");
    assertThatThrownBy(() -> new AnnealingPath(1.1, 0.6)).hasMessageContaining("β (1.1)");
    assertThatThrownBy(() -> AnnealingPath.start().next(-1, 0)).hasMessageContaining("λ (-1.0)");
  }
}
