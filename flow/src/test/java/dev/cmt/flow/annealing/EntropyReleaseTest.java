package dev.cmt.flow.annealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EntropyReleaseTest {
  /**
   * Whole runs between isotropic Gaussians, whose steps have a closed form: KL and entropy of d
   * coordinates are d times those of one, so each coordinate has a d-th of the bounds.
   */
  @ParameterizedTest
  @CsvSource({
    // coordinates, steps, part, entropy to lose in nats for each coordinate
    "60, 200, 0.5, 1.26",
    "178, 400, 0.5, 1.30",
    "60, 120, 0.25, 1.26",
    "60, 200, 0.5, 0.8",
    "60, 200, 0.5, 2.2",
    "10, 100, 0.7, 1.3"
  })
  void theConstraintLetsGoWhenItShall(int dimension, int steps, double fraction, double nats) {
    EntropyBound schedule = new EntropyRelease(dimension, steps, fraction);
    double sd = Math.exp(nats);
    AnnealingPath path = AnnealingPath.start();
    int release = -1;
    double spent = 0;
    for (int step = 0; step < steps; step++) {
      GaussianStep gaussian = new GaussianStep(0, sd, 0, 1, 0);
      Bounds bounds = new Bounds(1.0 / dimension, schedule.at(step, path) / dimension);
      double[] multipliers = gaussian.multipliers(bounds);
      path = path.next(multipliers[0], multipliers[1]);
      double drop = gaussian.entropyDrop(multipliers[0], multipliers[1]);
      spent += drop;
      sd *= Math.exp(-drop);
      if (multipliers[1] > 0) {
        release = step + 1;
      }
    }

    assertThat(release).isCloseTo((int) (fraction * steps), within((int) (0.1 * steps)));
    assertThat(spent).isCloseTo(nats, within(1e-3));
  }

  @Test
  void theBoundSpreadsWhatIsLeftOverTheStepsThatAreLeft() {
    EntropyBound schedule = new EntropyRelease(60, 200, 0.5);

    assertThat(schedule.at(0, AnnealingPath.start())).isCloseTo(0.84, within(1e-12));
    // 30 log 4 nats in 40 steps
    assertThat(schedule.at(60, new AnnealingPath(1, 0.25)))
        .isCloseTo(30 * Math.log(4) / 40, within(1e-12));
  }

  @Test
  void theBoundStaysFiniteAndAwakeOnceTheTargetIsReached() {
    EntropyBound schedule = new EntropyRelease(60, 200, 0.5);

    assertThat(schedule.at(90, new AnnealingPath(1, 1))).isCloseTo(0.28, within(1e-12));
    assertThat(schedule.at(150, new AnnealingPath(1, 1))).isCloseTo(0.84, within(1e-12));
    assertThat(schedule.at(150, new AnnealingPath(1, 0.01))).isCloseTo(2.52, within(1e-12));
    assertThat(schedule.at(100, new AnnealingPath(0.6, 0))).isCloseTo(2.52, within(1e-12));
  }

  @Test
  void aConstantStaysConstant() {
    EntropyBound constant = EntropyBound.constant(0.8);

    assertThat(constant.at(0, AnnealingPath.start())).isEqualTo(0.8);
    assertThat(constant.at(100, new AnnealingPath(1, 0.5))).isEqualTo(0.8);
  }

  @Test
  void whatMakesNoScheduleIsRefused() {
    assertThatThrownBy(() -> new EntropyRelease(60, 200, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(0.0) in (0, 1]");
    assertThatThrownBy(() -> new EntropyRelease(0, 200, 0.5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new EntropyRelease(60, 0, 0.5))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
