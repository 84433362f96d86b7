package dev.cmt.flow.fast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.flow.FlowState;
import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.TrainingStep;
import dev.cmt.flow.base.BaseDistribution;
import dev.cmt.flow.coupling.FlowLayout;
import dev.cmt.flow.optim.AdamStep;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NativeFlowTest {
  private static final int ROWS = 77;
  private static final OptimizerSettings SETTINGS = new OptimizerSettings(1e-3, 1e-2, 0.5, 0, 100);

  private static NativeFlow bent(FlowLayout layout, int threads) {
    NativeFlow flow = NativeFlow.open(layout, threads);
    flow.importState(Fixture.bent(layout));
    return flow;
  }

  @ParameterizedTest
  @EnumSource
  void densityUndoesSampling(Fixture fixture) {
    FlowLayout layout = fixture.layout();
    int dimension = layout.architecture().dimension();
    float[] z = new float[ROWS * dimension];
    new BaseDistribution(layout.architecture().channels()).sample(9, 1, 50, ROWS, z);
    float[] u = new float[z.length];
    double[] sampled = new double[ROWS];
    double[] evaluated = new double[ROWS];
    try (NativeFlow flow = bent(layout, 1)) {
      flow.sample(9, 1, 50, ROWS, u, sampled);
      flow.logDensity(u, ROWS, evaluated);
      assertCloseOnTheCube(layout, flow.toBase(u, ROWS), z, 1e-5);
    }
    assertThat(evaluated).containsExactly(sampled, within(1e-4));
    assertThat(u).isNotEqualTo(z);
    for (float value : u) {
      assertThat(value).isBetween(0f, 1f);
    }
  }

  @ParameterizedTest
  @EnumSource
  void initialParametersLeaveTheBaseApartFromShifts(Fixture fixture) {
    FlowLayout layout = fixture.layout();
    int dimension = layout.architecture().dimension();
    BaseDistribution base = new BaseDistribution(layout.architecture().channels());
    float[] expected = new float[ROWS * dimension];
    base.sample(4, 0, 0, ROWS, expected);
    double[] logBase = new double[ROWS];
    for (int row = 0; row < ROWS; row++) {
      logBase[row] = base.logDensity(expected, row * dimension);
    }
    double shift = 0;
    for (int pair = 0; pair < layout.pairs().size(); pair++) {
      shift += layout.shift(pair);
    }
    for (int row = 0; row < ROWS; row++) {
      for (int column : layout.circularColumns()) {
        int i = row * dimension + column;
        expected[i] = (float) ((expected[i] + shift) % 1);
      }
    }
    float[] u = new float[expected.length];
    double[] logDensity = new double[ROWS];
    try (NativeFlow flow = NativeFlow.open(layout, 2)) {
      flow.importState(Fixture.state(layout.initialParameters(1)));
      flow.sample(4, 0, 0, ROWS, u, logDensity);
    }
    assertCloseOnTheCube(layout, u, expected, 2e-6);
    // Each of pairs · dimension slopes is 1 to float32 rounding.
    assertThat(logDensity).containsExactly(logBase, within(5e-5));
  }

  @Test
  void theSameCallGivesTheSameBitsWhateverCameBetween() {
    FlowLayout layout = Fixture.MOLECULE.layout();
    float[] u = Fixture.points(layout, 900);
    double[] weights = Fixture.weights(900);
    double[] first = new double[900];
    double[] second = new double[900];
    try (NativeFlow flow = bent(layout, 2);
        NativeFlow other = bent(layout, 2)) {
      flow.logDensity(u, 900, first);
      float[] gradient = flow.gradient(u, weights, 900);
      flow.logDensity(u, 31, new double[31]);
      flow.gradient(u, weights, 1);
      flow.logDensity(u, 900, second);
      assertThat(second).isEqualTo(first);
      assertThat(flow.gradient(u, weights, 900)).isEqualTo(gradient);
      assertThat(other.gradient(u, weights, 900)).isEqualTo(gradient);
      for (int step = 0; step < 3; step++) {
        assertThat(flow.train(u, weights, 900, SETTINGS))
            .isEqualTo(other.train(u, weights, 900, SETTINGS));
      }
      assertThat(flow.exportState().parameters()).isEqualTo(other.exportState().parameters());
    }
  }

  /** 1300 rows are three blocks for one thread and one for each of three. */
  @Test
  void threadsAgree() {
    FlowLayout layout = Fixture.MOLECULE.layout();
    int rows = 1300;
    float[] u = Fixture.points(layout, rows);
    double[] weights = Fixture.weights(rows);
    double[] one = new double[rows];
    double[] three = new double[rows];
    try (NativeFlow alone = bent(layout, 1);
        NativeFlow shared = bent(layout, 3)) {
      alone.logDensity(u, rows, one);
      shared.logDensity(u, rows, three);
      for (int row = 0; row < rows; row++) {
        assertThat(three[row]).isCloseTo(one[row], within(2e-5 * (10 + Math.abs(one[row]))));
      }
      assertClose(shared.gradient(u, weights, rows), alone.gradient(u, weights, rows), 1e-5);
      assertThat(shared.gradient(u, weights, 2)).isNotEqualTo(shared.gradient(u, weights, 3));
      assertClose(shared.gradient(u, weights, 2), alone.gradient(u, weights, 2), 1e-5);
    }
  }

  @Test
  void rowsOfNoiseDoNotDependOnTheBatch() {
    FlowLayout layout = Fixture.MOLECULE.layout();
    int dimension = layout.architecture().dimension();
    float[] whole = new float[20 * dimension];
    float[] part = new float[5 * dimension];
    try (NativeFlow flow = bent(layout, 2)) {
      flow.sample(1, 2, 100, 20, whole, new double[20]);
      flow.sample(1, 2, 110, 5, part, new double[5]);
    }
    assertCloseOnTheCube(
        layout, part, Arrays.copyOfRange(whole, 10 * dimension, 15 * dimension), 1e-5);
  }

  @Test
  void trainingIsAdamOnTheClippedGradient() {
    FlowLayout layout = Fixture.PLANE.layout();
    float[] u = Fixture.points(layout, ROWS);
    double[] weights = Fixture.weights(ROWS);
    int count = layout.parameterCount();
    double[] p = Fixture.doubles(Fixture.bent(layout).parameters());
    double[] m = new double[count];
    double[] v = new double[count];
    try (NativeFlow flow = bent(layout, 2)) {
      for (int t = 0; t < 5; t++) {
        double[] gradient = Fixture.doubles(flow.gradient(u, weights, ROWS));
        double norm = Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
        double[] logDensity = new double[ROWS];
        flow.logDensity(u, ROWS, logDensity);
        double loss = 0;
        for (int row = 0; row < ROWS; row++) {
          loss -= weights[row] * logDensity[row] / ROWS;
        }
        TrainingStep step = flow.train(u, weights, ROWS, SETTINGS);
        assertThat(step.applied()).isTrue();
        assertThat(step.loss()).isCloseTo(loss, within(1e-5));
        assertThat(step.gradientNorm()).isCloseTo(norm, within(1e-6 * norm));
        assertThat(norm).as("must exceed the clip to test it").isGreaterThan(0.5);
        AdamStep.after(SETTINGS, t, t, norm).apply(p, gradient, m, v);
        FlowState state = flow.exportState();
        assertThat(state.appliedUpdates()).isEqualTo(t + 1);
        assertThat(state.scheduleStep()).isEqualTo(t + 1);
        // A step is at most some 1e-3; float32 keeps it and the parameter to 1e-7.
        assertThat(Fixture.greatestDifference(state.parameters(), p)).isLessThanOrEqualTo(2e-6);
        assertThat(Fixture.greatestDifference(state.firstMoment(), m)).isLessThanOrEqualTo(1e-7);
      }
    }
  }

  @Test
  void aLossThatIsNotFiniteSkipsTheUpdateButNotTheSchedule() {
    FlowLayout layout = Fixture.PLANE.layout();
    float[] u = Fixture.points(layout, ROWS);
    double[] weights = Fixture.weights(ROWS);
    weights[ROWS - 1] = Double.MAX_VALUE;
    try (NativeFlow flow = bent(layout, 2)) {
      FlowState before = flow.exportState();
      TrainingStep step = flow.train(u, weights, ROWS, SETTINGS);
      assertThat(step.applied()).isFalse();
      FlowState after = flow.exportState();
      assertThat(after.parameters()).isEqualTo(before.parameters());
      assertThat(after.secondMoment()).isEqualTo(before.secondMoment());
      assertThat(after.appliedUpdates()).isZero();
      assertThat(after.scheduleStep()).isEqualTo(1);
      weights[ROWS - 1] = 1;
      assertThat(flow.train(u, weights, ROWS, SETTINGS).applied()).isTrue();
    }
  }

  @Test
  void weightsThatWouldTeachTheOppositeAreRefused() {
    FlowLayout layout = Fixture.PLANE.layout();
    float[] u = Fixture.points(layout, ROWS);
    try (NativeFlow flow = bent(layout, 2)) {
      FlowState before = flow.exportState();
      for (double wrong : new double[] {-1e-9, Double.NaN, Double.POSITIVE_INFINITY}) {
        double[] weights = Fixture.weights(ROWS);
        weights[ROWS - 1] = wrong;
        assertThatThrownBy(() -> flow.train(u, weights, ROWS, SETTINGS))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("weight of row %d (%s)".formatted(ROWS - 1, wrong));
        // Only rows that count are looked at.
        assertThat(flow.train(u, weights, ROWS - 1, new OptimizerSettings(1, 0, 1, 1, 1)).applied())
            .isTrue();
        flow.importState(before);
      }
    }
  }

  @Test
  void trainingFitsADensity() {
    FlowLayout layout = Fixture.PLANE.layout();
    int rows = 512;
    float[] u = Fixture.points(layout, rows);
    for (int i = 0; i < u.length; i++) {
      // Density 2x in each coordinate: entropy 2 (1/2 − log 2).
      u[i] = (float) Math.sqrt(u[i]);
    }
    double[] weights = new double[rows];
    Arrays.fill(weights, 1);
    OptimizerSettings settings = new OptimizerSettings(5e-3, 0, 100, 0, 200);
    double loss = Double.NaN;
    try (NativeFlow flow = NativeFlow.open(layout, 2)) {
      flow.importState(Fixture.state(layout.initialParameters(1)));
      for (int step = 0; step < 60; step++) {
        loss = flow.train(u, weights, rows, settings).loss();
      }
    }
    assertThat(loss).isLessThan(2 * (0.5 - Math.log(2)) + 0.05);
  }

  @Test
  void valuesOutsideTheCubeAreClampedAndNaNStaysInItsRow() {
    FlowLayout layout = Fixture.MOLECULE.layout();
    int dimension = layout.architecture().dimension();
    float[] u = Fixture.points(layout, 3);
    float[] edge = u.clone();
    u[0] = -0.25f;
    edge[0] = 0;
    u[dimension - 1] = 1.5f;
    edge[dimension - 1] = 1;
    double[] clamped = new double[3];
    double[] expected = new double[3];
    try (NativeFlow flow = bent(layout, 1)) {
      flow.logDensity(edge, 3, expected);
      flow.logDensity(u, 3, clamped);
      assertThat(clamped).isEqualTo(expected);
      u[dimension] = Float.NaN;
      flow.logDensity(u, 3, clamped);
    }
    assertThat(clamped[0]).isEqualTo(expected[0]);
    assertThat(clamped[1]).isNaN();
    assertThat(clamped[2]).isEqualTo(expected[2]);
  }

  @Test
  void aParameterThatIsNotANumberShows() {
    FlowLayout layout = Fixture.MOLECULE.layout();
    float[] parameters = layout.initialParameters(1);
    parameters[parameters.length - 1] = Float.NaN;
    double[] logDensity = new double[ROWS];
    try (NativeFlow flow = NativeFlow.open(layout, 1)) {
      flow.importState(Fixture.state(parameters));
      flow.logDensity(Fixture.points(layout, ROWS), ROWS, logDensity);
    }
    assertThat(logDensity).contains(Double.NaN);
  }

  @Test
  void refusesWrongUse() {
    FlowLayout layout = Fixture.RING.layout();
    assertThatThrownBy(() -> NativeFlow.open(layout, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(0)");
    NativeFlow flow = NativeFlow.open(layout, 2);
    assertThatThrownBy(() -> flow.importState(Fixture.state(new float[3])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(3 numbers)")
        .hasMessageContaining(String.valueOf(layout.parameterCount()));
    assertThatThrownBy(() -> flow.logDensity(new float[5], 2, new double[2]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> flow.train(new float[0], new double[0], 0, SETTINGS))
        .isInstanceOf(IllegalArgumentException.class);
    flow.logDensity(new float[0], 0, new double[0]);
    flow.close();
    flow.close();
    assertThatThrownBy(flow::exportState).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> flow.logDensity(new float[3], 1, new double[1]))
        .isInstanceOf(IllegalStateException.class);
  }

  private static void assertClose(float[] found, float[] expected, double tolerance) {
    double square = 0;
    double error = 0;
    for (int i = 0; i < expected.length; i++) {
      square += expected[i] * (double) expected[i];
      error += (found[i] - (double) expected[i]) * (found[i] - (double) expected[i]);
    }
    assertThat(Math.sqrt(error / square)).isLessThan(tolerance);
  }

  private static void assertCloseOnTheCube(
      FlowLayout layout, float[] found, float[] expected, double tolerance) {
    int dimension = layout.architecture().dimension();
    for (int i = 0; i < expected.length; i++) {
      double distance = Math.abs(found[i] - expected[i]);
      if (Arrays.binarySearch(layout.circularColumns(), i % dimension) >= 0) {
        distance = Math.min(distance, 1 - distance);
      }
      assertThat(distance).as("value %d", i).isLessThan(tolerance);
    }
  }
}
