package dev.cmt.flow.fast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.flow.FlowState;
import dev.cmt.flow.base.CounterRandom;
import dev.cmt.flow.coupling.Coupling;
import dev.cmt.flow.coupling.Coupling.LinearLayer;
import dev.cmt.flow.coupling.FlowLayout;
import dev.cmt.flow.djl.DjlFlow;
import dev.cmt.flow.djl.Precision;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Densities, samples and gradients on every instruction set and with every matrix product that runs
 * here, against the reference engine in float64. Gradients are compared with central differences of
 * its loss, so that no automatic differentiation stands between.
 */
class NativeFlowReferenceTest {
  private static final int ROWS = 203;
  private static final int GRADIENT_ROWS = 24;
  private static final double CONTROL = 0.7;

  @ParameterizedTest
  @EnumSource
  void densitiesAndSamplesAgreeWithFloat64(Fixture fixture) {
    FlowLayout layout = fixture.layout();
    float[] u = Fixture.points(layout, ROWS);
    float[] sample = new float[u.length];
    double[] sampleLog = new double[ROWS];
    double[] logDensity = new double[ROWS];
    try (DjlFlow reference = DjlFlow.open(layout, Precision.FLOAT64, "cpu", 1)) {
      reference.importState(Fixture.bent(layout));
      reference.logDensity(u, ROWS, logDensity);
      reference.sample(5, 3, 1000, ROWS, sample, sampleLog);
    }
    Fixture.engines()
        .forEach(
            engine -> {
              try (NativeFlow flow = engine.open(layout, 2)) {
                flow.importState(Fixture.bent(layout));
                checkDensities(flow, engine, u, logDensity);
                checkSamples(flow, engine, layout, sample, sampleLog);
              }
            });
  }

  /** The project's bound for float32 gradients: 1e-4, here of the greatest in each layer. */
  @ParameterizedTest
  @EnumSource
  void gradientsAgreeWithCentralDifferencesInFloat64(Fixture fixture) {
    FlowLayout layout = fixture.layout();
    float[] u = Fixture.points(layout, GRADIENT_ROWS);
    double[] weights = Fixture.weights(GRADIENT_ROWS);
    double[] logProposal = nearby(layout, u);
    List<float[]> gradients =
        Fixture.engines()
            .map(
                engine -> {
                  try (NativeFlow flow = engine.open(layout, 2)) {
                    flow.importState(Fixture.bent(layout));
                    return flow.gradient(u, weights, logProposal, CONTROL, GRADIENT_ROWS);
                  }
                })
            .toList();
    float[] gradient = gradients.get(0);
    try (DjlFlow reference = DjlFlow.open(layout, Precision.FLOAT64, "cpu", 1)) {
      for (List<Coupling> pair : layout.pairs()) {
        for (Coupling coupling : pair) {
          for (LinearLayer layer : coupling.layers()) {
            int end = layer.biasOffset() + layer.outputs();
            int steepest =
                IntStream.range(layer.weightOffset(), end)
                    .reduce((i, j) -> Math.abs(gradient[j]) > Math.abs(gradient[i]) ? j : i)
                    .orElseThrow();
            double scale = Math.abs(gradient[steepest]);
            assertThat(scale).as(layer.toString()).isPositive();
            for (int i : new int[] {steepest, anyOf(layer)}) {
              assertThat(gradient[i])
                  .as("parameter %d of %s", i, layer)
                  .isCloseTo(
                      (float) centralDifference(reference, layout, i, u, weights, logProposal),
                      within((float) (1e-4 * scale)));
            }
            for (float[] other : gradients) {
              for (int i = layer.weightOffset(); i < end; i++) {
                assertThat((double) Math.abs(other[i] - gradient[i])).isLessThan(1e-4 * scale);
              }
            }
          }
        }
      }
    }
  }

  private static int anyOf(LinearLayer layer) {
    double[] draw = new double[1];
    CounterRandom.uniforms(99, layer.weightOffset(), draw);
    return layer.weightOffset() + (int) (draw[0] * (layer.inputs() + 1) * layer.outputs());
  }

  private static double centralDifference(
      DjlFlow reference,
      FlowLayout layout,
      int parameter,
      float[] u,
      double[] weights,
      double[] logProposal) {
    FlowState state = Fixture.bent(layout);
    float[] parameters = state.parameters();
    float centre = parameters[parameter];
    double[] losses = new double[2];
    // So small that next to no row has a kink or knot between the two.
    float[] places = {centre - 1e-6f, centre + 1e-6f};
    for (int side = 0; side < 2; side++) {
      parameters[parameter] = places[side];
      reference.importState(state);
      double[] logDensity = new double[GRADIENT_ROWS];
      reference.logDensity(u, GRADIENT_ROWS, logDensity);
      for (int row = 0; row < GRADIENT_ROWS; row++) {
        double ratio = Math.exp(logDensity[row] - logProposal[row]);
        losses[side] += (CONTROL * ratio - weights[row] * logDensity[row]) / GRADIENT_ROWS;
      }
    }
    return (losses[1] - losses[0]) / ((double) places[1] - places[0]);
  }

  /** Log-densities of a proposal the flow has moved away from, by ratios of 1/3 to 3. */
  private static double[] nearby(FlowLayout layout, float[] u) {
    double[] logProposal = new double[GRADIENT_ROWS];
    try (DjlFlow reference = DjlFlow.open(layout, Precision.FLOAT64, "cpu", 1)) {
      reference.importState(Fixture.bent(layout));
      reference.logDensity(u, GRADIENT_ROWS, logProposal);
    }
    double[] moves = Fixture.weights(GRADIENT_ROWS);
    for (int row = 0; row < GRADIENT_ROWS; row++) {
      logProposal[row] += moves[row] - 1;
    }
    return logProposal;
  }

  /** Float32 rounds the slope of each of some hundred splines by 1e-7 to 1e-6 of itself. */
  private static void checkDensities(
      NativeFlow flow, Fixture.Engine engine, float[] u, double[] expected) {
    double[] found = new double[ROWS];
    flow.logDensity(u, ROWS, found);
    for (int row = 0; row < ROWS; row++) {
      // Plain columns far out in the base have log-densities of −500, rounded with their offsets.
      double tolerance = 5e-6 * (20 + Math.abs(expected[row]));
      assertThat(Math.abs(found[row] - expected[row]))
          .as("%s row %d", engine, row)
          .isLessThan(tolerance);
    }
  }

  private static void checkSamples(
      NativeFlow flow,
      Fixture.Engine engine,
      FlowLayout layout,
      float[] expected,
      double[] expectedLog) {
    float[] found = new float[expected.length];
    double[] foundLog = new double[ROWS];
    flow.sample(5, 3, 1000, ROWS, found, foundLog);
    int dimension = layout.architecture().dimension();
    for (int i = 0; i < found.length; i++) {
      double distance = Math.abs(found[i] - expected[i]);
      boolean circular = Arrays.binarySearch(layout.circularColumns(), i % dimension) >= 0;
      assertThat(circular ? Math.min(distance, 1 - distance) : distance)
          .as("%s value %d", engine, i)
          .isLessThan(1e-5);
    }
    for (int row = 0; row < ROWS; row++) {
      assertThat(Math.abs(foundLog[row] - expectedLog[row]))
          .as("%s row %d", engine, row)
          .isLessThan(1e-4);
    }
  }
}
