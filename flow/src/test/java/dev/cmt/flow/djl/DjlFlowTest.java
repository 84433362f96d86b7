package dev.cmt.flow.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.FlowUnavailableException;
import dev.cmt.flow.base.BaseDistribution;
import dev.cmt.flow.coupling.Coupling;
import dev.cmt.flow.coupling.FlowLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DjlFlowTest {
  static List<FlowArchitecture> architectures() {
    return List.of(
        ExampleFlows.MIXED,
        ExampleFlows.PAPER_LIKE,
        ExampleFlows.plane(false),
        ExampleFlows.plane(true));
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void toDataUndoesToBase(FlowArchitecture architecture) {
    int rows = 200;
    double[] u = ExampleFlows.uniforms(1, rows * architecture.dimension());
    for (Precision precision : Precision.values()) {
      // Float32: the project's 1e-5. Float64: rounding times the steepest inverse slopes.
      double tolerance = precision == Precision.FLOAT32 ? 1e-5 : 1e-12;
      try (DjlFlow flow = ExampleFlows.perturbed(architecture, precision)) {
        double[] back = flow.toData(flow.toBase(u, rows)[0], rows);
        assertThat(back).hasSize(u.length);
        for (int i = 0; i < u.length; i++) {
          assertThat(back[i])
              .as("coordinate %d, %s", i, precision)
              .isCloseTo(u[i], within(tolerance));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void logSlopesAreTheLogDeterminantOfANumericalJacobian(FlowArchitecture architecture) {
    int d = architecture.dimension();
    double h = 1e-6;
    try (DjlFlow flow = ExampleFlows.perturbed(architecture, Precision.FLOAT64)) {
      for (int seed = 10; seed < 15; seed++) {
        double[] u = ExampleFlows.uniforms(seed, d);
        double[] shifted = new double[2 * d * d];
        for (int i = 0; i < d; i++) {
          System.arraycopy(u, 0, shifted, 2 * i * d, d);
          System.arraycopy(u, 0, shifted, (2 * i + 1) * d, d);
          shifted[2 * i * d + i] += h;
          shifted[(2 * i + 1) * d + i] -= h;
        }
        double[] z = flow.toBase(shifted, 2 * d)[0];
        double[][] jacobian = new double[d][d];
        for (int i = 0; i < d; i++) {
          for (int j = 0; j < d; j++) {
            double difference = z[2 * i * d + j] - z[(2 * i + 1) * d + j];
            // A circular coordinate may pass from 1 to 0 between the two points.
            difference -= Math.rint(difference);
            jacobian[j][i] = difference / (2 * h);
          }
        }
        assertThat(flow.toBase(u, 1)[1][0])
            .as("seed %d", seed)
            .isCloseTo(logAbsDeterminant(jacobian), within(1e-6));
      }
    }
  }

  /** Every layer of both couplings of the first and last pair, weights and biases. */
  @ParameterizedTest
  @MethodSource("architectures")
  void gradientsAgreeWithFiniteDifferences(FlowArchitecture architecture) {
    int rows = 20;
    float[] u = ExampleFlows.uniformFloats(3, rows * architecture.dimension());
    double[] weights = ExampleFlows.uniforms(4, rows);
    FlowLayout layout = new FlowLayout(architecture);
    try (DjlFlow flow = ExampleFlows.perturbed(architecture, Precision.FLOAT64)) {
      double[] parameters = flow.parameters();
      double[] gradient = flow.gradient(u, weights, rows);
      double h = 1e-6;
      for (List<Coupling> pair : layout.pairs()) {
        for (Coupling coupling : pair) {
          for (Coupling.LinearLayer layer : coupling.layers()) {
            int size = layer.outputs() * (layer.inputs() + 1);
            for (int probe : new int[] {0, size / 3, size / 2, size - layer.outputs(), size - 1}) {
              int index = layer.weightOffset() + probe;
              double[] moved = parameters.clone();
              moved[index] += h;
              double above = loss(flow, moved, u, weights, rows);
              moved[index] -= 2 * h;
              double below = loss(flow, moved, u, weights, rows);
              // Rounding of the loss over h is 1e-9; ReLU kinks within h of a point are rarer.
              assertThat(gradient[index])
                  .as("parameter %d", index)
                  .isCloseTo((above - below) / (2 * h), within(1e-7));
            }
          }
        }
      }
      assertThat(Arrays.stream(gradient).map(Math::abs).max().orElseThrow()).isGreaterThan(1e-2);
    }
  }

  @Test
  void startsAsItsBaseDistribution() {
    int rows = 100;
    int d = ExampleFlows.MIXED.dimension();
    BaseDistribution base = new BaseDistribution(ExampleFlows.MIXED.channels());
    float[] u = ExampleFlows.uniformFloats(8, rows * d);
    double[] logDensity = new double[rows];
    for (Precision precision : Precision.values()) {
      try (DjlFlow flow = ExampleFlows.fresh(ExampleFlows.MIXED, precision)) {
        flow.logDensity(u, rows, logDensity);
        for (int row = 0; row < rows; row++) {
          // Float64: the initial bias is a float32, so that slopes miss 1 by up to 3e-8.
          assertThat(logDensity[row])
              .isCloseTo(
                  base.logDensity(u, row * d),
                  within(precision == Precision.FLOAT32 ? 2e-5 : 5e-7));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void densityIntegratesToOne(boolean circular) {
    int n = 200;
    float[] u = new float[2 * n * n];
    for (int i = 0; i < n * n; i++) {
      u[2 * i] = (float) ((i / n + 0.5) / n);
      u[2 * i + 1] = (float) ((i % n + 0.5) / n);
    }
    double[] logDensity = new double[n * n];
    try (DjlFlow flow = ExampleFlows.perturbed(ExampleFlows.plane(circular), Precision.FLOAT64)) {
      flow.logDensity(u, n * n, logDensity);
    }
    double sum = Arrays.stream(logDensity).map(Math::exp).sum() / ((double) n * n);
    // Midpoint rule on a density whose slope has kinks at knots: falling as 1/n².
    assertThat(sum).isCloseTo(1, within(1e-3));
  }

  @Test
  void densityIsContinuousAcrossTheSeamOfCircularCoordinates() {
    int d = ExampleFlows.MIXED.dimension();
    int rows = 2;
    try (DjlFlow flow = ExampleFlows.perturbed(ExampleFlows.MIXED, Precision.FLOAT64)) {
      for (int column = 5; column < d; column++) {
        float[] row = ExampleFlows.uniformFloats(column, d);
        float[] u = Arrays.copyOf(row, 2 * d);
        System.arraycopy(row, 0, u, d, d);
        u[column] = 0;
        u[d + column] = Math.nextDown(1f);
        double[] logDensity = new double[rows];
        flow.logDensity(u, rows, logDensity);
        // The points are 6e-8 apart; log-densities here change by at most some hundreds per unit.
        assertThat(logDensity[0]).as("column %d", column).isCloseTo(logDensity[1], within(1e-4));
      }
    }
  }

  @Test
  void samplesDependOnTheirKeyAndCarryTheirOwnDensity() {
    int d = ExampleFlows.MIXED.dimension();
    try (DjlFlow flow = ExampleFlows.perturbed(ExampleFlows.MIXED, Precision.FLOAT32)) {
      float[] u = new float[100 * d];
      double[] logDensity = new double[100];
      flow.sample(5, 3, 0, 100, u, logDensity);
      float[] again = new float[100 * d];
      double[] logDensityAgain = new double[100];
      flow.sample(5, 3, 0, 100, again, logDensityAgain);
      assertThat(again).isEqualTo(u);
      assertThat(logDensityAgain).isEqualTo(logDensity);

      float[] tail = new float[40 * d];
      double[] tailDensity = new double[40];
      flow.sample(5, 3, 60, 40, tail, tailDensity);
      for (int i = 0; i < tail.length; i++) {
        // Matrix products of another shape may round otherwise.
        assertThat(tail[i]).isCloseTo(u[60 * d + i], within(1e-5f));
      }

      double[] recomputed = new double[100];
      flow.logDensity(u, 100, recomputed);
      for (int row = 0; row < 100; row++) {
        assertThat(recomputed[row]).isCloseTo(logDensity[row], within(5e-4));
      }
      for (float value : u) {
        assertThat(value).isBetween(0f, 1f);
      }
    }
  }

  @Test
  void batchesAboveOnePassAgreeWithSmallOnes() {
    int d = ExampleFlows.MIXED.dimension();
    int rows = 2060;
    float[] u = ExampleFlows.uniformFloats(2, rows * d);
    double[] all = new double[rows];
    double[] last = new double[10];
    try (DjlFlow flow = ExampleFlows.perturbed(ExampleFlows.MIXED, Precision.FLOAT64)) {
      flow.logDensity(u, rows, all);
      flow.logDensity(Arrays.copyOfRange(u, (rows - 10) * d, rows * d), 10, last);
    }
    for (int row = 0; row < 10; row++) {
      assertThat(last[row]).isCloseTo(all[rows - 10 + row], within(1e-9));
    }
  }

  @Test
  void rowsThatAreNotNumbersStayToThemselves() {
    int d = ExampleFlows.MIXED.dimension();
    float[] u = ExampleFlows.uniformFloats(2, 3 * d);
    u[d + 6] = Float.NaN;
    double[] logDensity = new double[3];
    try (DjlFlow flow = ExampleFlows.perturbed(ExampleFlows.MIXED, Precision.FLOAT32)) {
      flow.logDensity(u, 3, logDensity);
    }
    assertThat(logDensity[1]).isNaN();
    assertThat(logDensity[0]).isFinite();
    assertThat(logDensity[2]).isFinite();
  }

  @Test
  void statesPassBitForBitBetweenFlows() {
    try (DjlFlow from = ExampleFlows.perturbed(ExampleFlows.MIXED, Precision.FLOAT32);
        DjlFlow to = ExampleFlows.fresh(ExampleFlows.MIXED, Precision.FLOAT32)) {
      FlowState state = from.exportState();
      FlowState marked =
          new FlowState(
              state.parameters(),
              ExampleFlows.uniformFloats(1, from.parameterCount()),
              ExampleFlows.uniformFloats(2, from.parameterCount()),
              17,
              19);
      to.importState(marked);
      assertThat(to.exportState()).usingRecursiveComparison().isEqualTo(marked);
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    try (DjlFlow flow = ExampleFlows.fresh(ExampleFlows.MIXED, Precision.FLOAT32)) {
      int count = flow.parameterCount();
      assertThatThrownBy(
              () ->
                  flow.importState(
                      new FlowState(new float[3], new float[count], new float[count], 0, 0)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("parameters of the state (3 numbers) must be " + count);
      assertThatThrownBy(() -> flow.logDensity(new float[5], 1, new double[1]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("9 coordinates a row");
      flow.close();
      assertThatThrownBy(flow::exportState)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
  }

  @Test
  void saysWhatADeviceThatIsNotThereNeeds() {
    FlowLayout layout = new FlowLayout(ExampleFlows.MIXED);
    assertThatThrownBy(() -> DjlFlow.open(layout, Precision.FLOAT32, "gpu:99", 1))
        .isInstanceOf(FlowUnavailableException.class)
        .hasMessageContaining("gpu:99")
        .hasMessageContaining("PyTorch 2.7.1")
        .hasMessageContaining("GPUs")
        .hasMessageContaining("PYTORCH_LIBRARY_PATH");
    assertThatThrownBy(() -> DjlFlow.open(layout, Precision.FLOAT32, "cuda", 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cpu or gpu:N");
  }

  private static double loss(
      DjlFlow flow, double[] parameters, float[] u, double[] weights, int rows) {
    flow.setParameters(parameters);
    double[] logDensity = new double[rows];
    flow.logDensity(u, rows, logDensity);
    double sum = 0;
    for (int row = 0; row < rows; row++) {
      sum -= weights[row] * logDensity[row] / rows;
    }
    return sum;
  }

  /** By Gaussian elimination with partial pivoting. */
  private static double logAbsDeterminant(double[][] a) {
    double sum = 0;
    for (int column = 0; column < a.length; column++) {
      int pivot = column;
      for (int row = column; row < a.length; row++) {
        pivot = Math.abs(a[row][column]) > Math.abs(a[pivot][column]) ? row : pivot;
      }
      double[] swapped = a[column];
      a[column] = a[pivot];
      a[pivot] = swapped;
      sum += Math.log(Math.abs(a[column][column]));
      for (int row = column + 1; row < a.length; row++) {
        double factor = a[row][column] / a[column][column];
        for (int k = column; k < a.length; k++) {
          a[row][k] -= factor * a[column][k];
        }
      }
    }
    return sum;
  }
}
