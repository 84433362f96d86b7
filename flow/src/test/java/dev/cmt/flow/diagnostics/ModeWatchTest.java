package dev.cmt.flow.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Two coordinates: a circular one with a mode at 0.25 and one across the seam, and a hill. */
class ModeWatchTest {
  private static final int ROWS = 20_000;
  private static final boolean[] CIRCULAR = {true, false};

  private final Random random = new Random(11);

  @Test
  void aModeOfWhichHalfIsMissingIsReported() {
    ModeWatch watch = new ModeWatch(CIRCULAR);
    assertThat(watch.see(draw(0.05), ones())).isEmpty();

    List<ModeWatch.Loss> losses = watch.see(draw(0.02), ones());

    assertThat(losses).hasSize(1);
    ModeWatch.Loss loss = losses.get(0);
    assertThat(loss.coordinate()).isZero();
    assertThat(loss.aimed()).isCloseTo(0.05, within(0.01));
    assertThat(loss.aimedError()).isCloseTo(Math.sqrt(0.05 / ROWS), within(5e-4));
    assertThat(loss.drawn()).isCloseTo(0.02, within(0.005));
    assertThat(loss.from()).isBetween(0.55, 0.95);
    assertThat(loss.to()).isBetween(0.05, 0.2);
  }

  @Test
  void whatTheWeightsLetGoIsNotMissed() {
    ModeWatch watch = new ModeWatch(CIRCULAR);
    float[] first = draw(0.05);
    double[] weights = ones();
    for (int row = 0; row < ROWS; row++) {
      weights[row] = isRare(first[2 * row]) ? 0.4 : 1;
    }
    watch.see(first, weights);

    assertThat(watch.see(draw(0.02), ones())).isEmpty();
  }

  @Test
  void whatTheWeightsAskForAndDoesNotComeIsMissed() {
    ModeWatch watch = new ModeWatch(CIRCULAR);
    float[] first = draw(0.01);
    double[] weights = ones();
    for (int row = 0; row < ROWS; row++) {
      weights[row] = isRare(first[2 * row]) ? 3 : 1;
    }
    watch.see(first, weights);

    assertThat(watch.see(draw(0.01), ones())).hasSize(1);
  }

  @Test
  void chanceAndSmallShiftsAreNoLoss() {
    ModeWatch watch = new ModeWatch(CIRCULAR);
    for (int step = 0; step < 40; step++) {
      // A basin of ten rows more or less; and a hill that moves by a tenth of its width.
      assertThat(watch.see(draw(0.0008 + 0.0002 * (step % 2)), ones()))
          .as("step %d", step)
          .isEmpty();
    }
  }

  @Test
  void otherShapesAreRefused() {
    assertThatThrownBy(() -> new ModeWatch(CIRCULAR).see(new float[3], new double[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 rows of 2 coordinates");
  }

  private float[] draw(double rare) {
    float[] u = new float[2 * ROWS];
    for (int row = 0; row < ROWS; row++) {
      double centre = random.nextDouble() < rare ? 1 : 0.4;
      double torsion = centre + 0.05 * random.nextGaussian();
      u[2 * row] = (float) (torsion - Math.floor(torsion));
      u[2 * row + 1] = (float) Math.min(1, Math.max(0, 0.5 + 0.1 * random.nextGaussian()));
    }
    return u;
  }

  private static boolean isRare(float u) {
    return u > 0.7 || u < 0.1;
  }

  private static double[] ones() {
    double[] ones = new double[ROWS];
    Arrays.fill(ones, 1);
    return ones;
  }
}
