package dev.cmt.flow.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Two coordinates: a circular one with a mode at 0.4 and a rare one across the seam, and a hill.
 */
class ModeWatchTest {
  private static final long SEED = 11;
  private static final int ROWS = 20_000;
  private static final boolean[] CIRCULAR = {true, false};

  private final Random random = new Random(SEED);
  private final ModeWatch watch = new ModeWatch(CIRCULAR);

  @Test
  void aModeOfWhichHalfIsMissingIsReported() {
    assertThat(see(draw(0.05))).isEmpty();

    List<ModeWatch.Loss> losses = see(draw(0.02));

    assertThat(losses).hasSize(1);
    ModeWatch.Loss loss = losses.get(0);
    assertThat(loss.coordinate()).isZero();
    assertThat(loss.steps()).isEqualTo(1);
    assertThat(loss.aimed()).isCloseTo(0.05, within(0.01));
    // 1000 rows should be there and 400 are, each within its square root.
    assertThat(loss.certainty()).isCloseTo(600 / Math.sqrt(1400), within(2.5));
    assertThat(loss.drawn()).isCloseTo(0.02, within(0.005));
    assertThat(loss.from()).isBetween(0.55, 0.95);
    assertThat(loss.to()).isBetween(0.05, 0.2);
  }

  @Test
  void aLossIsReportedOnce() {
    see(draw(0.05));
    assertThat(see(draw(0.02))).hasSize(1);
    for (int step = 0; step < 13; step++) {
      assertThat(see(draw(0.02))).as("seed %d, step %d", SEED, step).isEmpty();
    }
    assertThat(see(draw(0.005))).as("seed %d, lost once more", SEED).hasSize(1);
  }

  @Test
  void aModeThatGoesLittleByLittleIsReported() {
    see(draw(0.05));
    assertThat(see(draw(0.05 * 0.75))).as("one step").isEmpty();
    assertThat(see(draw(0.05 * 0.75 * 0.75))).as("two steps").isEmpty();

    List<ModeWatch.Loss> losses = see(draw(0.05 * 0.75 * 0.75 * 0.75));

    assertThat(losses).hasSize(1);
    assertThat(losses.get(0).steps()).isEqualTo(3);
    assertThat(losses.get(0).aimed()).isCloseTo(0.05, within(0.006));
    assertThat(losses.get(0).drawn()).isCloseTo(0.05 * 0.42, within(0.004));
  }

  /** As rare as φ > 0 of alanine dipeptide: 130 rows of 40,000. */
  @Test
  void aRareModeThatGoesLittleByLittleIsReported() {
    List<Integer> warned = new ArrayList<>();
    for (int step = 0; step < 6; step++) {
      if (!see(draw(40_000, 0.00325 * Math.pow(0.7, step))).isEmpty()) {
        warned.add(step);
      }
    }
    assertThat(warned).as("seed %d", SEED).isNotEmpty();
  }

  @Test
  void aModeThatEveryFitMakesSmallerAndTheWeightsMakeWholeStays() {
    for (int step = 0; step < 20; step++) {
      float[] drawn = draw(0.05);
      // Fits lose 7 %; an aim that goes half of the way each time mends half of what is missing.
      assertThat(watch.see(drawn, weights(drawn, 1 / 0.93), all(drawn), 0.5))
          .as("seed %d, step %d", SEED, step)
          .isEmpty();
    }
  }

  /** The target wants a tenth less in each step; fits lag, and the weights soon ask for less. */
  @Test
  void aModeThatTheTargetDoesNotHaveMayGo() {
    for (int step = 0; step < 12; step++) {
      float[] drawn = draw(0.3 * Math.pow(0.9, step));
      assertThat(watch.see(drawn, weights(drawn, 0.9 / 0.93), all(drawn), 0.8))
          .as("seed %d, step %d", SEED, step)
          .isEmpty();
    }
  }

  @Test
  void aModeThatIsGoneAtOnceIsReported() {
    see(draw(0.004));
    assertThat(see(draw(0))).singleElement().matches(loss -> loss.drawn() < 1e-4);
  }

  @Test
  void whatTheWeightsLetGoIsNotMissed() {
    float[] first = draw(0.05);
    watch.see(first, weights(first, 0.4), all(first), 1);
    assertThat(see(draw(0.02))).isEmpty();
  }

  @Test
  void whatTheWeightsAskForAndDoesNotComeIsMissed() {
    float[] first = draw(0.01);
    watch.see(first, weights(first, 3), all(first), 1);
    assertThat(see(draw(0.01))).hasSize(1);
  }

  /** Rows of weight e^{2x}, x normal: 55 times the variance of equal ones. */
  @Test
  void weightsThatRestOnFewRowsAreNotTakenForCertain() {
    float[] first = draw(0.004);
    double[] weights = ones(first);
    for (int row = 0; row < weights.length; row++) {
      weights[row] = Math.exp(2 * random.nextGaussian());
    }
    watch.see(first, weights, all(first), 1);
    // 80 rows are worth one or two.
    assertThat(see(draw(0.001))).as("seed %d", SEED).isEmpty();
  }

  @Test
  void rowsWithoutADensityAreInNoBasin() {
    for (int step = 0; step < 12; step++) {
      float[] drawn = draw(0.3);
      boolean[] counts = all(drawn);
      double[] weights = ones(drawn);
      for (int row = 0; row < counts.length; row++) {
        counts[row] = row % 10 != 0;
        weights[row] = counts[row] ? 1 : 0;
      }
      assertThat(watch.see(drawn, weights, counts, 1)).as("step %d", step).isEmpty();
    }
  }

  @Test
  void chanceAndSmallShiftsAreNoLoss() {
    for (int step = 0; step < 40; step++) {
      // A basin of ten rows more or less; and a hill that moves by a tenth of its width.
      assertThat(see(draw(0.0008 + 0.0002 * (step % 2))))
          .as("seed %d, step %d", SEED, step)
          .isEmpty();
    }
  }

  @Test
  void otherShapesAreRefused() {
    assertThatThrownBy(() -> watch.see(new float[3], new double[2], new boolean[2], 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 rows of 2 coordinates");
    assertThatThrownBy(() -> watch.see(new float[4], new double[2], new boolean[1], 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Aims at what was drawn, along a path of small steps. */
  private List<ModeWatch.Loss> see(float[] drawn) {
    return watch.see(drawn, ones(drawn), all(drawn), 1);
  }

  private float[] draw(double rare) {
    return draw(ROWS, rare);
  }

  private float[] draw(int rows, double rare) {
    float[] u = new float[2 * rows];
    for (int row = 0; row < rows; row++) {
      double centre = random.nextDouble() < rare ? 1 : 0.4;
      double torsion = centre + 0.05 * random.nextGaussian();
      u[2 * row] = (float) (torsion - Math.floor(torsion));
      u[2 * row + 1] = (float) Math.min(1, Math.max(0, 0.5 + 0.1 * random.nextGaussian()));
    }
    return u;
  }

  /** Rows of the rare mode weigh so much, all others 1. */
  private static double[] weights(float[] u, double rare) {
    double[] weights = ones(u);
    for (int row = 0; row < weights.length; row++) {
      weights[row] = u[2 * row] > 0.7 || u[2 * row] < 0.1 ? rare : 1;
    }
    return weights;
  }

  private static double[] ones(float[] u) {
    double[] ones = new double[u.length / 2];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static boolean[] all(float[] u) {
    boolean[] all = new boolean[u.length / 2];
    Arrays.fill(all, true);
    return all;
  }
}
