package dev.cmt.actors.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.buffer.StepSamples;
import dev.cmt.energy.Channel;
import dev.cmt.energy.Prior;
import dev.cmt.flow.annealing.AnnealingDual;
import dev.cmt.flow.annealing.Bounds;
import dev.cmt.flow.annealing.DualSolution;
import dev.cmt.flow.annealing.ImportanceWeights;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Two torsions after a bond; the second has a mode at 0.1 beside its great one at 0.6. */
class StepWatchTest {
  private static final int ROWS = 10_000;
  private static final double OFF = Double.POSITIVE_INFINITY;

  private final Random random = new Random(3);
  private final StepWatch watch =
      new StepWatch(
          List.of(
              new Channel("bonds", 1, false, Prior.UNIFORM),
              new Channel("torsions", 2, true, Prior.UNIFORM)));

  @Test
  void aSoundPathIsSilent() {
    for (int step = 0; step < 10; step++) {
      assertThat(see(step, 0.04, 0.2)).as("step %d", step).isEmpty();
    }
  }

  @Test
  void aModeThatDoesNotArriveIsNamed() {
    see(0, 0.04, 0.2);

    assertThat(see(1, 0.01, 0.2))
        .singleElement()
        .asString()
        .contains(
            "unit coordinate 1 of the torsions",
            "of step 1 by the weights of the step before",
            "annealing.samples_per_step");
  }

  @Test
  void weightsThatRestOnFewRowsAreReported() {
    assertThat(see(0, 0.04, 12))
        .singleElement()
        .asString()
        .contains("aim of step 0 rests on few rows", "of 10000", "annealing.eps_tr");
  }

  /**
   * @param rare part of the rows in the small mode
   * @param spread standard deviation of log p̃ − log q
   */
  private List<String> see(int step, double rare, double spread) {
    float[] u = new float[3 * ROWS];
    double[] logQ = new double[ROWS];
    double[] logP = new double[ROWS];
    for (int row = 0; row < ROWS; row++) {
      double centre = random.nextDouble() < rare ? 0.1 : 0.6;
      u[3 * row] = random.nextFloat();
      u[3 * row + 1] = random.nextFloat();
      u[3 * row + 2] = (float) (centre + 0.03 * Math.max(-3, Math.min(3, random.nextGaussian())));
      logP[row] = spread * random.nextGaussian();
    }
    StepSamples samples =
        new StepSamples(step, ROWS, 3, new int[] {0}, u, logQ, logP, new double[ROWS]);
    DualSolution solution = AnnealingDual.solve(logQ, logP, new Bounds(OFF, OFF));
    return watch.see(samples, ImportanceWeights.of(logQ, logP, solution), solution);
  }
}
