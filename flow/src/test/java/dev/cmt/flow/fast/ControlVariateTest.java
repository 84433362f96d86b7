package dev.cmt.flow.fast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.flow.ControlVariate;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.TrainingStep;
import dev.cmt.flow.coupling.FlowLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What the control variate promises: no bias, and no noise where the flow has its weights. */
class ControlVariateTest {
  private static final FlowLayout LAYOUT = Fixture.PLANE.layout();

  @Test
  void takesAllNoiseWhereTheFlowHasLearnedItsWeights() {
    int rows = 500;
    float[] u = new float[2 * rows];
    double[] logProposal = new double[rows];
    double[] ones = new double[rows];
    Arrays.fill(ones, 1);
    try (NativeFlow flow = NativeFlow.open(LAYOUT, 1)) {
      flow.importState(Fixture.bent(LAYOUT));
      flow.sample(1, 0, 0, rows, u, logProposal);
      flow.logDensity(u, rows, logProposal);
      assertThat(norm(flow.gradient(u, ones, logProposal, 0, rows))).isGreaterThan(0.05);
      assertThat(norm(flow.gradient(u, ones, logProposal, 1, rows))).isLessThan(1e-12);
    }
  }

  /**
   * Its own gradient, at parameters that have moved away from the proposal's, has the expectation
   * 0: the squared mean over blocks is no larger than the blocks' scatter explains. The ratio of
   * the two is 1 in expectation with a spread below 0.3 for so many parameters that share their
   * noise; a bias of a fiftieth of the cross-entropy's gradient would make it several times larger.
   */
  @Test
  void hasNoBias() {
    int blocks = 32;
    int rows = 8000;
    float[] u = new float[2 * rows];
    double[] logProposal = new double[rows];
    double[] zeros = new double[rows];
    double[] mean = new double[LAYOUT.parameterCount()];
    double squares = 0;
    try (NativeFlow proposal = NativeFlow.open(LAYOUT, 2);
        NativeFlow flow = NativeFlow.open(LAYOUT, 2)) {
      proposal.importState(Fixture.bent(LAYOUT));
      flow.importState(moved());
      double[] ratios = new double[2];
      for (int block = 0; block < blocks; block++) {
        proposal.sample(1, block, 0, rows, u, logProposal);
        proposal.logDensity(u, rows, logProposal);
        float[] gradient = flow.gradient(u, zeros, logProposal, 1, rows);
        for (int i = 0; i < mean.length; i++) {
          mean[i] += gradient[i] / blocks;
          squares += (double) gradient[i] * gradient[i];
        }
        double[] logDensity = new double[rows];
        flow.logDensity(u, rows, logDensity);
        for (int row = 0; row < rows; row++) {
          double ratio = ControlVariate.ratio(logDensity[row], logProposal[row]);
          ratios[0] += ratio / (rows * blocks);
          ratios[1] += ratio * ratio / (rows * blocks);
        }
      }
      assertThat(ratios[0]).as("mean ratio").isCloseTo(1, within(0.02));
      assertThat(ratios[1]).as("the flows differ").isGreaterThan(1.2);
    }
    double squaredMean = Arrays.stream(mean).map(m -> m * m).sum();
    double scatter = (squares / blocks - squaredMean) / (blocks - 1);
    assertThat(squaredMean / scatter).isLessThan(2.5);
  }

  @Test
  void coefficientFollowsTheMinibatches() {
    assertThat(ControlVariate.START.coefficient()).isEqualTo(1);
    ControlVariate noisy = ControlVariate.START.after(new TrainingStep(0, 0, 1, 31, true));
    assertThat(noisy.coefficient()).isCloseTo(0.25, within(1e-12));
    assertThat(noisy.after(new TrainingStep(Double.NaN, 0, 9, 9, false))).isEqualTo(noisy);
    assertThat(new ControlVariate(3, 2).coefficient()).isEqualTo(1);
    assertThat(ControlVariate.ratio(900, 0)).isEqualTo(ControlVariate.MAX_RATIO);
  }

  @Test
  void refusesWhatCannotBe() {
    OptimizerSettings settings = new OptimizerSettings(1e-3, 0, 1, 0, 10);
    try (NativeFlow flow = NativeFlow.open(LAYOUT, 1)) {
      flow.importState(Fixture.bent(LAYOUT));
      float[] u = {0.5f, 0.5f};
      double[] one = {1};
      assertThatThrownBy(() -> flow.train(u, one, one, 1.5, 1, settings))
          .hasMessageContaining("coefficient of the control variate (1.5)");
      assertThatThrownBy(() -> flow.train(u, one, new double[0], 1, 1, settings))
          .hasMessageContaining("one for each of 1 rows");
      assertThatThrownBy(() -> flow.train(u, one, new double[] {Double.NaN}, 1, 1, settings))
          .hasMessageContaining("log-proposal of row 0 (NaN)");
      assertThat(flow.exportState().scheduleStep()).isZero();
    }
  }

  private static FlowState moved() {
    FlowState state = Fixture.bent(LAYOUT);
    float[] parameters = state.parameters();
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] *= 0.8f;
    }
    return state;
  }

  private static double norm(float[] gradient) {
    double square = 0;
    for (float value : gradient) {
      square += (double) value * value;
    }
    return Math.sqrt(square);
  }
}
