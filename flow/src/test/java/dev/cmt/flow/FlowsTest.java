package dev.cmt.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FlowsTest {
  private static final FlowArchitecture ARCHITECTURE =
      new FlowArchitecture(
          List.of(
              new FlowChannel("bonds", 4, false, true),
              new FlowChannel("torsions", 3, true, false)),
          2,
          List.of(16, 16),
          Activation.RELU,
          false,
          8,
          321);

  @Test
  void choosesTheNativeEngineOnCpu() {
    try (Flow automatic = Flows.open(ARCHITECTURE, FlowEngine.AUTO, "cpu", 1, 3);
        Flow reference = Flows.open(ARCHITECTURE, FlowEngine.DJL, "cpu", 1, 3)) {
      assertThat(automatic.engineDescription()).startsWith("native");
      assertThat(reference.engineDescription()).startsWith("djl pytorch").contains("cpu");
    }
  }

  /** The seam's promise: the same state is the same flow, and goes on being it through training. */
  @Test
  void enginesAgreeOnSamplesDensitiesAndTraining() {
    int rows = 64;
    int d = ARCHITECTURE.dimension();
    Random random = new Random(8);
    float[] data = new float[rows * d];
    double[] weights = new double[rows];
    for (int i = 0; i < data.length; i++) {
      data[i] = (float) Math.min(1, Math.max(0, 0.5 + 0.15 * random.nextGaussian()));
    }
    for (int row = 0; row < rows; row++) {
      weights[row] = 2 * random.nextDouble();
    }
    OptimizerSettings settings = new OptimizerSettings(1e-3, 1e-5, 1, 2, 50);
    try (Flow fast = Flows.open(ARCHITECTURE, FlowEngine.NATIVE, "cpu", 1, 3);
        Flow reference = Flows.open(ARCHITECTURE, FlowEngine.DJL, "cpu", 1, 3)) {
      FlowState start = moved(reference.exportState(), random);
      fast.importState(start);
      reference.importState(start);
      double[] logProposal = new double[rows];
      reference.logDensity(data, rows, logProposal);
      for (int step = 0; step < 5; step++) {
        TrainingStep a = fast.train(data, weights, logProposal, 0.8, rows, settings);
        TrainingStep b = reference.train(data, weights, logProposal, 0.8, rows, settings);
        // Float32 rounding through two conditioners and splines.
        assertThat(a.loss()).isCloseTo(b.loss(), within(1e-3));
        assertThat(a.weightRatio()).isCloseTo(b.weightRatio(), within(1e-3 * b.weightRatio()));
        assertThat(a.squaredRatio()).isCloseTo(b.squaredRatio(), within(1e-3 * b.squaredRatio()));
        assertThat(a.gradientNorm()).isCloseTo(b.gradientNorm(), within(1e-3 * b.gradientNorm()));
      }
      float[] u = new float[rows * d];
      float[] referenceU = new float[rows * d];
      double[] logDensity = new double[rows];
      double[] referenceLogDensity = new double[rows];
      fast.importState(reference.exportState());
      fast.sample(1, 2, 3, rows, u, logDensity);
      reference.sample(1, 2, 3, rows, referenceU, referenceLogDensity);
      assertThat(u).containsExactly(referenceU, within(1e-5f));
      assertThat(logDensity).containsExactly(referenceLogDensity, within(1e-3));
      fast.logDensity(data, rows, logDensity);
      reference.logDensity(data, rows, referenceLogDensity);
      assertThat(logDensity).containsExactly(referenceLogDensity, within(1e-3));
    }
  }

  @Test
  void refusesTheNativeEngineOnAGpu() {
    assertThatThrownBy(() -> Flows.open(ARCHITECTURE, FlowEngine.NATIVE, "gpu:0", 1, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gpu:0");
    assertThatThrownBy(() -> Flows.open(ARCHITECTURE, FlowEngine.AUTO, "gpu:99", 1, 3))
        .isInstanceOf(FlowUnavailableException.class);
  }

  private static FlowState moved(FlowState state, Random random) {
    float[] parameters = state.parameters().clone();
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] += (float) (0.1 * random.nextGaussian());
    }
    return new FlowState(parameters, state.firstMoment(), state.secondMoment(), 0, 0);
  }
}
