package dev.cmt.energy.toy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.energy.Evaluation;
import dev.cmt.energy.Evaluator;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.SolvedTarget;
import dev.cmt.energy.Target;
import java.util.List;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ToyTargetsTest {
  private static final GaussianMixture GMM = GaussianMixture.gmm40();
  private static final ManyWell WELLS = ManyWell.manyWell32();

  /**
   * Midpoint sums of smooth functions that vanish at the box's edge are accurate far below 1e-6.
   */
  @Test
  void mixtureIsNormalisedOnItsBox() {
    int cells = 400;
    double width = 100.0 / cells;
    double sum = 0;
    for (int i = 0; i < cells; i++) {
      for (int j = 0; j < cells; j++) {
        double[] x = {-50 + (i + 0.5) * width, -50 + (j + 0.5) * width};
        sum += Math.exp(GMM.logDensity(x, 0)) * width * width;
      }
    }
    assertThat(Math.log(sum)).isCloseTo(GMM.logPartition(), Offset.offset(1e-9));
  }

  /** At a mean far from the others the density is 1/40 of one Gaussian's peak. */
  @Test
  void mixtureAtAMean() {
    double scale = 1.3132616875182228;
    double[] x = {7, -32.9218063, -29.437561};
    double alone = -Math.log(40 * 2 * Math.PI * scale * scale);
    assertThat(GMM.logDensity(x, 1)).isBetween(alone, alone + 0.02);
    assertThat(GMM.modes()).isEqualTo(40);
    assertThat(GMM.modeOf(x, 1)).isEqualTo(1);
    assertThat(GMM.modeOf(new double[] {-0.3, 21}, 0)).isZero();
  }

  /** Z_x = 11784.50927 is FAB's value of the integral over one well pair's first coordinate. */
  @Test
  void manyWellPartition() {
    assertThat(WELLS.logPartition())
        .isCloseTo(16 * (Math.log(11784.50927) + 0.5 * Math.log(2 * Math.PI)), Offset.offset(1e-7));
    assertThat(WELLS.logPartition()).isCloseTo(164.69568, Offset.offset(1e-5));
  }

  @Test
  void boxHoldsAllButAMillionthOfManyWell() {
    double step = 1e-3;
    double half = WELLS.halfWidth();
    double well = 0;
    double gaussian = 0;
    for (double t = -half + step / 2; t < half; t += step) {
      well += step * Math.exp(0.5 * t + 6 * t * t - t * t * t * t);
      gaussian += step * Math.exp(-0.5 * t * t);
    }
    assertThat(16 * Math.log(well * gaussian)).isCloseTo(WELLS.logPartition(), Offset.offset(1e-6));
  }

  @Test
  void manyWellDensityAndWells() {
    double[] x = new double[33];
    x[1] = 1.7;
    x[2] = 0.5;
    x[3] = -1.7;
    double well = 6 * 1.7 * 1.7 - Math.pow(1.7, 4);
    assertThat(WELLS.logDensity(x, 1))
        .isCloseTo(0.5 * 1.7 + well - 0.125 - 0.5 * 1.7 + well, Offset.offset(1e-12));
    assertThat(WELLS.modes()).isEqualTo(65536);
    assertThat(WELLS.modeOf(x, 1)).isEqualTo(1);
  }

  @Test
  void evaluationFollowsTheMapAndTheMapItsInverse() {
    for (SolvedTarget target : List.of(GMM, WELLS)) {
      int d = target.dimension();
      float[] u = uniform(50 * d, 11);
      u[3 * d + 1] = 1.5f;
      double[] x = new double[50 * d];
      double[] logVolume = new double[50];
      target.map(u, 50, x, logVolume);
      try (Evaluator evaluator = target.openEvaluator()) {
        Evaluation evaluation = evaluator.evaluate(u, 50);
        double side = target == GMM ? 100 : 12;
        for (int row = 0; row < 50; row++) {
          if (row == 3) {
            assertThat(evaluation.failure()[row]).isEqualTo(RowFailure.BAD_COORDINATE);
            assertThat(evaluation.logDensity()[row]).isNaN();
            assertThat(evaluation.logVolume()[row]).isNaN();
          } else {
            assertThat(evaluation.failure()[row]).isEqualTo(RowFailure.NONE);
            assertThat(evaluation.logDensity()[row]).isEqualTo(density(target, x, row * d));
            assertThat(evaluation.logVolume()[row])
                .isCloseTo(d * Math.log(side), Offset.offset(1e-12));
          }
        }
      }
      assertRoundTrip(target, x, u);
    }
  }

  private static void assertRoundTrip(Target target, double[] x, float[] u) {
    int d = target.dimension();
    float[] back = new float[50 * d];
    double[] logVolume = new double[50];
    target.unmap(x, 50, back, logVolume);
    for (int i = 0; i < back.length; i++) {
      if (i / d == 3) {
        assertThat(back[i]).isNaN();
      } else {
        assertThat(back[i]).isCloseTo(u[i], Offset.offset(1e-7f));
      }
    }
    assertThat(logVolume[3]).isNaN();
  }

  private static double density(SolvedTarget target, double[] x, int offset) {
    return target == GMM ? GMM.logDensity(x, offset) : WELLS.logDensity(x, offset);
  }

  private static float[] uniform(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] u = new float[n];
    for (int i = 0; i < n; i++) {
      u[i] = (float) random.nextDouble();
    }
    return u;
  }
}
