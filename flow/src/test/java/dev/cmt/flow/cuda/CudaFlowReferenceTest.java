package dev.cmt.flow.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.cmt.flow.Activation;
import dev.cmt.flow.Flow;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.coupling.Coupling;
import dev.cmt.flow.coupling.Coupling.LinearLayer;
import dev.cmt.flow.coupling.FlowLayout;
import dev.cmt.flow.djl.DjlFlow;
import dev.cmt.flow.djl.Precision;
import dev.cmt.flow.fast.Fixture;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Densities, samples and gradients of the CUDA sources against the reference engine in float64. */
class CudaFlowReferenceTest {
  private static final int ROWS = 203;
  private static final int GRADIENT_ROWS = 37;
  private static final double CONTROL = 0.7;

  /** ReLU after the first layer too; and SiLU with the first layer linear, in the bins of ReLU. */
  private static final List<FlowLayout> LAYOUTS =
      List.of(
          Fixture.MOLECULE.layout(),
          Fixture.PLANE.layout(),
          Fixture.RING.layout(),
          like(Fixture.MOLECULE, Activation.RELU, true),
          like(Fixture.MOLECULE, Activation.SILU, false));

  static Stream<Arguments> flows() {
    return CudaUnderTest.here()
        .flatMap(engine -> LAYOUTS.stream().map(layout -> Arguments.of(engine, layout)));
  }

  @Test
  void runsOnAGpuToo() {
    CudaUnderTest.whyNoGpu()
        .ifPresent(
            why -> {
              System.out.println("cuda: not run on a GPU, but on the host's double of one: " + why);
              abort(why);
            });
  }

  @ParameterizedTest
  @MethodSource("flows")
  void densitiesAndSamplesAgreeWithFloat64(CudaUnderTest engine, FlowLayout layout) {
    float[] u = Fixture.points(layout, ROWS);
    float[] expectedSample = new float[u.length];
    double[] expectedSampleLog = new double[ROWS];
    double[] expected = new double[ROWS];
    try (DjlFlow reference = DjlFlow.open(layout, Precision.FLOAT64, "cpu", 1)) {
      reference.importState(Fixture.bent(layout));
      reference.logDensity(u, ROWS, expected);
      reference.sample(5, 3, 1000, ROWS, expectedSample, expectedSampleLog);
    }
    double[] found = new double[ROWS];
    float[] sample = new float[u.length];
    double[] sampleLog = new double[ROWS];
    try (CudaFlow flow = engine.bent(layout)) {
      flow.logDensity(u, ROWS, found);
      flow.sample(5, 3, 1000, ROWS, sample, sampleLog);
    }
    for (int row = 0; row < ROWS; row++) {
      // Float32 rounds the slope of each of some hundred splines by 1e-7 to 1e-6 of itself; plain
      // columns far out in the base have log-densities of −500.
      assertThat(found[row])
          .as("row %d", row)
          .isCloseTo(expected[row], within(5e-6 * (20 + Math.abs(expected[row]))));
      assertThat(sampleLog[row]).as("row %d", row).isCloseTo(expectedSampleLog[row], within(1e-4));
    }
    int dimension = layout.architecture().dimension();
    for (int i = 0; i < sample.length; i++) {
      double distance = Math.abs(sample[i] - expectedSample[i]);
      boolean circular = Arrays.binarySearch(layout.circularColumns(), i % dimension) >= 0;
      assertThat(circular ? Math.min(distance, 1 - distance) : distance)
          .as("value %d", i)
          .isLessThan(1e-5);
    }
  }

  /** The project's bound for float32 gradients: 1e-4, here of the greatest in each layer. */
  @ParameterizedTest
  @MethodSource("flows")
  void gradientsAgreeWithFloat64(CudaUnderTest engine, FlowLayout layout) {
    float[] u = Fixture.points(layout, GRADIENT_ROWS);
    double[] logProposal = new double[GRADIENT_ROWS];
    double[] moves = Fixture.weights(GRADIENT_ROWS);
    float[] expected;
    try (DjlFlow reference = DjlFlow.open(layout, Precision.FLOAT64, "cpu", 1)) {
      reference.importState(Fixture.bent(layout));
      reference.logDensity(u, GRADIENT_ROWS, logProposal);
      for (int row = 0; row < GRADIENT_ROWS; row++) {
        logProposal[row] += moves[row] - 1;
      }
      expected = gradient(reference, layout, u, logProposal);
    }
    float[] found;
    try (CudaFlow flow = engine.open(layout)) {
      found = gradient(flow, layout, u, logProposal);
    }
    for (List<Coupling> pair : layout.pairs()) {
      for (Coupling coupling : pair) {
        for (LinearLayer layer : coupling.layers()) {
          requireClose(found, expected, layer.weightOffset(), layer.biasOffset(), layer);
          requireClose(
              found, expected, layer.biasOffset(), layer.biasOffset() + layer.outputs(), layer);
        }
      }
    }
  }

  /**
   * What a first step leaves of the gradient in Adam's first moment, neither clipped nor decayed.
   */
  private static float[] gradient(Flow flow, FlowLayout layout, float[] u, double[] logProposal) {
    flow.importState(Fixture.bent(layout));
    flow.train(
        u,
        Fixture.weights(GRADIENT_ROWS),
        logProposal,
        CONTROL,
        GRADIENT_ROWS,
        new OptimizerSettings(1e-3, 0, 1e30, 0, 10));
    FlowState after = flow.exportState();
    assertThat(after.appliedUpdates()).isEqualTo(1);
    return after.firstMoment();
  }

  private static void requireClose(
      float[] found, float[] expected, int from, int to, LinearLayer layer) {
    double scale = 0;
    double error = 0;
    for (int i = from; i < to; i++) {
      scale = Math.max(scale, Math.abs(expected[i]));
      error = Math.max(error, Math.abs(found[i] - (double) expected[i]));
    }
    assertThat(scale).as(layer.toString()).isPositive();
    assertThat(error / scale).as("%s from %d", layer, from).isLessThan(1e-4);
  }

  private static FlowLayout like(Fixture fixture, Activation activation, boolean first) {
    FlowArchitecture of = fixture.layout().architecture();
    return new FlowLayout(
        new FlowArchitecture(
            of.channels(),
            of.pairs(),
            of.hiddenWidths(),
            activation,
            first,
            of.bins(),
            of.maskSeed()));
  }
}
