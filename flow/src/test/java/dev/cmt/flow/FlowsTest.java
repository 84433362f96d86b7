package dev.cmt.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.flow.coupling.Coupling;
import dev.cmt.flow.coupling.Coupling.LinearLayer;
import dev.cmt.flow.coupling.FlowLayout;
import dev.cmt.flow.cuda.DeviceDouble;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

  @Test
  void autoIsTheFirstGpuWhereThereIsOne() throws Exception {
    try (AutoCloseable cuda = DeviceDouble.asTheLibrary()) {
      assertThat(cuda).isNotNull();
      for (FlowEngine engine : new FlowEngine[] {FlowEngine.AUTO, FlowEngine.CUDA}) {
        try (Flow flow = Flows.open(ARCHITECTURE, engine, "auto", 1, 3)) {
          assertThat(flow.engineDescription()).startsWith("cuda gpu:0 (");
        }
      }
      try (Flow fast = Flows.open(ARCHITECTURE, FlowEngine.NATIVE, "auto", 1, 3)) {
        assertThat(fast.engineDescription()).startsWith("native cpu");
      }
    }
  }

  /** Whichever this machine has. */
  @Test
  void autoIsElseTheCpu() {
    String gpu;
    try (Flow flow = Flows.open(ARCHITECTURE, FlowEngine.AUTO, "gpu:0", 1, 3)) {
      gpu = flow.engineDescription();
    } catch (FlowUnavailableException e) {
      gpu = null;
    }
    try (Flow flow = Flows.open(ARCHITECTURE, FlowEngine.AUTO, "auto", 1, 3);
        Flow onCpu = Flows.open(ARCHITECTURE, FlowEngine.AUTO, "cpu", 1, 3)) {
      assertThat(flow.engineDescription()).isEqualTo(gpu == null ? onCpu.engineDescription() : gpu);
    }
    try (Flow reference = Flows.open(ARCHITECTURE, FlowEngine.DJL, "auto", 1, 3)) {
      assertThat(reference.engineDescription()).startsWith("djl");
    }
    if (gpu == null) {
      assertThatThrownBy(() -> Flows.open(ARCHITECTURE, FlowEngine.CUDA, "auto", 1, 3))
          .isInstanceOf(FlowUnavailableException.class);
    }
  }

  @Test
  void choosesTheCudaEngineOnAGpuWhereItWasBuilt() throws Exception {
    try (AutoCloseable cuda = DeviceDouble.asTheLibrary()) {
      assertThat(cuda).isNotNull();
      assertThat(Flows.isIncluded(FlowEngine.CUDA)).isTrue();
      for (FlowEngine engine : new FlowEngine[] {FlowEngine.AUTO, FlowEngine.CUDA}) {
        try (Flow flow = Flows.open(ARCHITECTURE, engine, "gpu:1", 1, 3)) {
          assertThat(flow.engineDescription()).startsWith("cuda gpu:1 (").endsWith("cublaslt tf32");
          assertThat(Flows.roundAlike(flow.engineDescription(), flow.engineDescription())).isTrue();
          try (Flow cpu = Flows.open(ARCHITECTURE, FlowEngine.NATIVE, "cpu", 1, 3)) {
            assertThat(Flows.roundAlike(flow.engineDescription(), cpu.engineDescription()))
                .isFalse();
          }
        }
      }
      assertThatThrownBy(() -> Flows.open(ARCHITECTURE, FlowEngine.AUTO, "gpu:99", 1, 3))
          .isInstanceOf(FlowUnavailableException.class)
          .hasMessageContaining("no GPU 99");
    }
  }

  /** The seam's promise: the same state is the same flow, and goes on being it through training. */
  @ParameterizedTest
  @EnumSource(
      value = FlowEngine.class,
      names = {"NATIVE", "CUDA"})
  void enginesAgreeOnSamplesDensitiesAndTraining(FlowEngine engine) throws Exception {
    try (AutoCloseable cuda = DeviceDouble.asTheLibrary()) {
      assertThat(cuda).isNotNull();
      String device = engine == FlowEngine.CUDA ? "gpu:0" : "cpu";
      try (Flow fast = Flows.open(ARCHITECTURE, engine, device, 1, 3);
          Flow reference = Flows.open(ARCHITECTURE, FlowEngine.DJL, "cpu", 1, 3)) {
        // Rounding to TF32 before each of some twenty products; else float32 through the splines.
        requireAgreement(fast, reference, engine == FlowEngine.CUDA ? 10 : 1);
      }
    }
  }

  private static void requireAgreement(Flow fast, Flow reference, double tolerance) {
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
    FlowState start = moved(reference.exportState(), random);
    fast.importState(start);
    reference.importState(start);
    double[] logProposal = new double[rows];
    reference.logDensity(data, rows, logProposal);
    for (int step = 0; step < 5; step++) {
      TrainingStep a = fast.train(data, weights, logProposal, 0.8, rows, settings);
      TrainingStep b = reference.train(data, weights, logProposal, 0.8, rows, settings);
      double near = 1e-3 * tolerance;
      assertThat(a.loss()).isCloseTo(b.loss(), within(near));
      assertThat(a.weightRatio()).isCloseTo(b.weightRatio(), within(near * b.weightRatio()));
      assertThat(a.squaredRatio()).isCloseTo(b.squaredRatio(), within(near * b.squaredRatio()));
      assertThat(a.gradientNorm()).isCloseTo(b.gradientNorm(), within(near * b.gradientNorm()));
      if (step == 0) {
        // Later steps begin elsewhere: Adam makes as much of a gradient's rounding as of a
        // gradient.
        requireSameGradient(
            fast.exportState(), reference.exportState(), tolerance == 1 ? 1e-4f : 2e-2f);
      }
    }
    float[] u = new float[rows * d];
    float[] referenceU = new float[rows * d];
    double[] logDensity = new double[rows];
    double[] referenceLogDensity = new double[rows];
    fast.importState(reference.exportState());
    fast.sample(1, 2, 3, rows, u, logDensity);
    reference.sample(1, 2, 3, rows, referenceU, referenceLogDensity);
    assertThat(u).containsExactly(referenceU, within(1e-5f * (float) (tolerance * tolerance)));
    assertThat(logDensity).containsExactly(referenceLogDensity, within(1e-3 * tolerance));
    fast.logDensity(data, rows, logDensity);
    reference.logDensity(data, rows, referenceLogDensity);
    assertThat(logDensity).containsExactly(referenceLogDensity, within(1e-3 * tolerance));
  }

  /**
   * After one step the first moment is a tenth of the gradient.
   *
   * @param near of the greatest in each layer: rounding of float32, or to TF32 in a row of products
   */
  private static void requireSameGradient(FlowState fast, FlowState reference, float near) {
    for (List<Coupling> pair : new FlowLayout(ARCHITECTURE).pairs()) {
      for (Coupling coupling : pair) {
        for (LinearLayer layer : coupling.layers()) {
          int end = layer.biasOffset() + layer.outputs();
          float[] expected = Arrays.copyOfRange(reference.firstMoment(), layer.weightOffset(), end);
          float greatest = 0;
          for (float one : expected) {
            greatest = Math.max(greatest, Math.abs(one));
          }
          assertThat(Arrays.copyOfRange(fast.firstMoment(), layer.weightOffset(), end))
              .as(layer.toString())
              .containsExactly(expected, within(near * greatest));
        }
      }
    }
  }

  @Test
  void refusesAnEngineOnTheOthersDevice() {
    assertThatThrownBy(() -> Flows.open(ARCHITECTURE, FlowEngine.NATIVE, "gpu:0", 1, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gpu:0");
    assertThatThrownBy(() -> Flows.open(ARCHITECTURE, FlowEngine.CUDA, "cpu", 1, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not on cpu");
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
