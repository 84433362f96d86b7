package dev.cmt.flow.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.flow.ControlVariate;
import dev.cmt.flow.Fit;
import dev.cmt.flow.FitSlice;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.TrainingStep;
import dev.cmt.flow.base.BaseDistribution;
import dev.cmt.flow.base.CounterRandom;
import dev.cmt.flow.coupling.FlowLayout;
import dev.cmt.flow.fast.Fixture;
import dev.cmt.flow.fast.NativeFlow;
import dev.cmt.flow.optim.AdamStep;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What every engine promises, of the CUDA sources. */
class CudaFlowTest {
  private static final int ROWS = 77;
  private static final FlowLayout MOLECULE = Fixture.MOLECULE.layout();

  static Stream<CudaUnderTest> here() {
    return CudaUnderTest.here();
  }

  @ParameterizedTest
  @MethodSource("here")
  void densityUndoesSampling(CudaUnderTest engine) {
    for (Fixture fixture : Fixture.values()) {
      FlowLayout layout = fixture.layout();
      float[] u = new float[ROWS * layout.architecture().dimension()];
      double[] sampled = new double[ROWS];
      double[] evaluated = new double[ROWS];
      try (CudaFlow flow = engine.bent(layout)) {
        flow.sample(9, 1, 50, ROWS, u, sampled);
        flow.logDensity(u, ROWS, evaluated);
      }
      assertThat(evaluated).as("%s", fixture).containsExactly(sampled, within(1e-4));
      for (float value : u) {
        assertThat(value).isBetween(0f, 1f);
      }
    }
  }

  /** At the identity a sample is its noise, so that this compares the noise with Java's. */
  @ParameterizedTest
  @MethodSource("here")
  void noiseIsThatOfTheBase(CudaUnderTest engine) {
    int rows = 1000;
    FlowLayout layout = Fixture.MOLECULE.layout();
    int dimension = layout.architecture().dimension();
    BaseDistribution base = new BaseDistribution(layout.architecture().channels());
    float[] expected = new float[rows * dimension];
    base.sample(-4, 7, 1L << 33, rows, expected);
    float[] u = new float[expected.length];
    double[] logDensity = new double[rows];
    try (CudaFlow flow = engine.open(layout)) {
      flow.importState(Fixture.state(layout.initialParameters(1)));
      flow.sample(-4, 7, 1L << 33, rows, u, logDensity);
    }
    double shift = 0;
    for (int pair = 0; pair < layout.pairs().size(); pair++) {
      shift += layout.shift(pair);
    }
    for (int row = 0; row < rows; row++) {
      // Each of pairs · dimension slopes is 1 to float32 rounding.
      assertThat(logDensity[row])
          .isCloseTo(base.logDensity(expected, row * dimension), within(5e-5));
      for (int column = 0; column < dimension; column++) {
        int i = row * dimension + column;
        boolean circular = Arrays.binarySearch(layout.circularColumns(), column) >= 0;
        double wanted = circular ? (expected[i] + shift) % 1 : expected[i];
        double distance = Math.abs(u[i] - wanted);
        assertThat(circular ? Math.min(distance, 1 - distance) : distance).isLessThan(2e-6);
      }
    }
  }

  /** Rows of one pass, of several, and of one that is not full. */
  @ParameterizedTest
  @MethodSource("here")
  void rowsDoNotDependOnTheirBatch(CudaUnderTest engine) {
    FlowLayout layout = Fixture.RING.layout();
    int rows = 2 * 8192 + 5;
    float[] whole = new float[rows * 3];
    double[] wholeLog = new double[rows];
    float[] part = new float[30 * 3];
    double[] partLog = new double[30];
    double[] evaluated = new double[rows];
    try (CudaFlow flow = engine.bent(layout)) {
      flow.sample(1, 2, 100, rows, whole, wholeLog);
      flow.sample(1, 2, 100 + 8180, 30, part, partLog);
      flow.logDensity(whole, rows, evaluated);
    }
    assertThat(part).containsExactly(Arrays.copyOfRange(whole, 8180 * 3, 8210 * 3), within(1e-5f));
    assertThat(partLog).containsExactly(Arrays.copyOfRange(wholeLog, 8180, 8210), within(1e-4));
    assertThat(evaluated).containsExactly(wholeLog, within(1e-4));
  }

  @ParameterizedTest
  @MethodSource("here")
  void clampsPointsAndKeepsNaN(CudaUnderTest engine) {
    int dimension = MOLECULE.architecture().dimension();
    float[] edge = Fixture.points(MOLECULE, 3);
    float[] outside = edge.clone();
    Arrays.fill(edge, dimension, dimension + 3, 1);
    Arrays.fill(outside, dimension, dimension + 3, 1.5f);
    edge[2 * dimension] = 0;
    outside[2 * dimension] = -3;
    double[] expected = new double[3];
    double[] clamped = new double[3];
    double[] broken = new double[3];
    try (CudaFlow flow = engine.bent(MOLECULE)) {
      flow.logDensity(edge, 3, expected);
      flow.logDensity(outside, 3, clamped);
      outside[dimension] = Float.NaN;
      flow.logDensity(outside, 3, broken);
      flow.logDensity(edge, 3, clamped);
    }
    assertThat(clamped).isEqualTo(expected);
    assertThat(broken[0]).isEqualTo(expected[0]);
    assertThat(broken[1]).isNaN();
    assertThat(broken[2]).isEqualTo(expected[2]);
  }

  @ParameterizedTest
  @MethodSource("here")
  void aParameterThatIsNotANumberShows(CudaUnderTest engine) {
    float[] parameters = MOLECULE.initialParameters(1);
    parameters[parameters.length - 1] = Float.NaN;
    double[] logDensity = new double[ROWS];
    try (CudaFlow flow = engine.open(MOLECULE)) {
      flow.importState(Fixture.state(parameters));
      flow.logDensity(Fixture.points(MOLECULE, ROWS), ROWS, logDensity);
    }
    assertThat(logDensity).contains(Double.NaN);
  }

  /** Warm-up, cosine, its end, clip and decay: ten steps as Java's float64 formulas do them. */
  @ParameterizedTest
  @MethodSource("here")
  void trainingIsAdamOnTheClippedGradient(CudaUnderTest engine) {
    FlowLayout layout = Fixture.PLANE.layout();
    OptimizerSettings settings = new OptimizerSettings(1e-2, 1e-2, 0.5, 3, 8);
    float[] u = Fixture.points(layout, ROWS);
    double[] weights = Fixture.weights(ROWS);
    double[] p = Fixture.doubles(Fixture.bent(layout).parameters());
    double[] m = new double[p.length];
    double[] v = new double[p.length];
    try (CudaFlow flow = engine.bent(layout);
        CudaFlow probe = engine.open(layout)) {
      for (int t = 0; t < 10; t++) {
        double[] gradient = gradient(probe, flow.exportState().parameters(), u, weights);
        double norm = Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
        assertThat(norm).as("must exceed the clip to test it").isGreaterThan(0.5);
        TrainingStep step = flow.train(u, weights, ROWS, settings);
        assertThat(step.applied()).isTrue();
        assertThat(step.gradientNorm()).isCloseTo(norm, within(1e-6 * norm));
        AdamStep.after(settings, t, t, norm).apply(p, gradient, m, v);
        FlowState state = flow.exportState();
        assertThat(state.appliedUpdates()).isEqualTo(t + 1);
        assertThat(state.scheduleStep()).isEqualTo(t + 1);
        // A few roundings of float32 a step; where m and v are both near 0 their ratio is free.
        assertThat(Fixture.greatestDifference(state.firstMoment(), m)).isLessThan(1e-7);
        assertThat(Fixture.greatestDifference(state.secondMoment(), v)).isLessThan(1e-9);
        assertThat(Fixture.greatestDifference(state.parameters(), p)).isLessThan(1e-5);
        p = Fixture.doubles(state.parameters());
      }
      double[] before = p;
      flow.train(u, weights, ROWS, settings);
      assertThat(Fixture.greatestDifference(flow.exportState().parameters(), before))
          .as("the cosine has reached 0")
          .isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("here")
  void skipsAStepThatIsNotFiniteAndGoesOn(CudaUnderTest engine) {
    OptimizerSettings settings = new OptimizerSettings(1e-3, 1e-2, 0.5, 0, 100);
    float[] u = Fixture.points(MOLECULE, ROWS);
    float[] broken = u.clone();
    broken[ROWS] = Float.NaN;
    double[] weights = Fixture.weights(ROWS);
    try (CudaFlow flow = engine.bent(MOLECULE);
        CudaFlow other = engine.bent(MOLECULE)) {
      flow.train(u, weights, ROWS, settings);
      FlowState before = flow.exportState();
      TrainingStep step = flow.train(broken, weights, ROWS, settings);
      assertThat(step.applied()).isFalse();
      assertThat(step.loss()).isNaN();
      FlowState after = flow.exportState();
      assertSame(
          after,
          new FlowState(before.parameters(), before.firstMoment(), before.secondMoment(), 1, 2));
      // Nothing of the broken step lingers.
      other.importState(after);
      assertThat(flow.train(u, weights, ROWS, settings))
          .isEqualTo(other.train(u, weights, ROWS, settings));
      assertSame(flow.exportState(), other.exportState());
    }
  }

  @ParameterizedTest
  @MethodSource("here")
  void theSameCallGivesTheSameBitsWhateverCameBetween(CudaUnderTest engine) {
    OptimizerSettings settings = new OptimizerSettings(1e-3, 1e-2, 0.5, 0, 100);
    float[] u = Fixture.points(MOLECULE, 300);
    double[] weights = Fixture.weights(300);
    double[] first = new double[300];
    double[] second = new double[300];
    try (CudaFlow flow = engine.bent(MOLECULE);
        CudaFlow other = engine.bent(MOLECULE)) {
      flow.logDensity(u, 300, first);
      TrainingStep step = flow.train(u, weights, 300, settings);
      FlowState trained = flow.exportState();
      flow.train(u, weights, 1, settings);
      flow.logDensity(u, 31, new double[31]);
      flow.importState(Fixture.bent(MOLECULE));
      flow.logDensity(u, 300, second);
      assertThat(second).isEqualTo(first);
      assertThat(flow.train(u, weights, 300, settings)).isEqualTo(step);
      assertThat(other.train(u, weights, 300, settings)).isEqualTo(step);
      assertSame(flow.exportState(), trained);
      assertSame(other.exportState(), trained);
    }
  }

  /** A GPU takes items in any order, and the work of a stream as long as nobody waits for it. */
  @ParameterizedTest
  @EnumSource
  void theOrderOfWorkDoesNotMatter(Fixture fixture) {
    OptimizerSettings settings = new OptimizerSettings(1e-3, 1e-2, 0.5, 0, 100);
    FlowLayout layout = fixture.layout();
    float[] u = Fixture.points(layout, ROWS);
    float[] drawn = new float[u.length];
    float[] drawnContrary = new float[u.length];
    double[] logDensity = new double[ROWS];
    double[] logDensityContrary = new double[ROWS];
    try (CudaFlow forwards = onDouble(layout, DeviceDouble.FORWARDS);
        CudaFlow contrary = onDouble(layout, DeviceDouble.CONTRARY)) {
      forwards.importState(Fixture.bent(layout));
      contrary.importState(Fixture.bent(layout));
      double[] weights = Fixture.weights(ROWS);
      double[] zeros = new double[ROWS];
      int[] rows = IntStream.range(0, 4 * 19).map(i -> i * 31 % ROWS).toArray();
      try (Fit fit = forwards.fit(u, weights, zeros, ROWS);
          Fit other = contrary.fit(u, weights, zeros, ROWS)) {
        assertThat(other.train(rows, 19, true, ControlVariate.START, settings))
            .isEqualTo(fit.train(rows, 19, true, ControlVariate.START, settings));
      }
      assertThat(contrary.train(u, weights, ROWS, settings))
          .isEqualTo(forwards.train(u, weights, ROWS, settings));
      assertSame(contrary.exportState(), forwards.exportState());
      forwards.sample(1, 2, 3, ROWS, drawn, logDensity);
      contrary.sample(1, 2, 3, ROWS, drawnContrary, logDensityContrary);
    }
    assertThat(drawnContrary).isEqualTo(drawn);
    assertThat(logDensityContrary).isEqualTo(logDensity);
  }

  /** Batches that fill neither a vector, nor a block of rows, nor a block of a sum. */
  @ParameterizedTest
  @MethodSource("here")
  void trainsOnAnyBatchSizeAsTheCpuDoes(CudaUnderTest engine) {
    OptimizerSettings settings = new OptimizerSettings(1e-3, 1e-2, 1e30, 0, 100);
    for (Fixture fixture : Fixture.values()) {
      FlowLayout layout = fixture.layout();
      try (CudaFlow flow = engine.open(layout);
          NativeFlow cpu = NativeFlow.open(layout, 1)) {
        for (int rows : new int[] {1, 2, 15, 16, 17, 333}) {
          float[] u = Fixture.points(layout, rows);
          double[] weights = Fixture.weights(rows);
          flow.importState(Fixture.bent(layout));
          cpu.importState(Fixture.bent(layout));
          TrainingStep found = flow.train(u, weights, rows, settings);
          TrainingStep expected = cpu.train(u, weights, rows, settings);
          assertThat(found.loss()).isCloseTo(expected.loss(), within(1e-4));
          assertThat(found.gradientNorm())
              .isCloseTo(expected.gradientNorm(), within(1e-4 * expected.gradientNorm()));
        }
      }
    }
  }

  /** A fit on the device's buffer against one that hands minibatches to the CPU's engine. */
  @ParameterizedTest
  @MethodSource("here")
  void fitsAsTheCpuDoes(CudaUnderTest engine) {
    int rows = 120;
    int[] minibatches = new int[8 * 30];
    double[] draws = new double[minibatches.length];
    CounterRandom.uniforms(11, 0, draws);
    for (int k = 0; k < draws.length; k++) {
      minibatches[k] = (int) (rows * draws[k]);
    }
    OptimizerSettings settings = new OptimizerSettings(1e-3, 1e-5, 100, 2, 100);
    float[] u = new float[rows * MOLECULE.architecture().dimension()];
    double[] weights = Fixture.weights(rows);
    double[] logProposal = new double[rows];
    try (CudaFlow flow = engine.bent(MOLECULE);
        NativeFlow cpu = NativeFlow.open(MOLECULE, 1)) {
      cpu.importState(Fixture.bent(MOLECULE));
      cpu.sample(4, 0, 0, rows, u, logProposal);
      try (Fit fit = flow.fit(u, weights, logProposal, rows);
          Fit expected = cpu.fit(u, weights, logProposal, rows)) {
        for (boolean controlled : new boolean[] {true, false}) {
          FitSlice slice = fit.train(minibatches, 30, controlled, ControlVariate.START, settings);
          FitSlice wanted =
              expected.train(minibatches, 30, controlled, ControlVariate.START, settings);
          for (int step = 0; step < 8; step++) {
            TrainingStep found = slice.steps().get(step);
            TrainingStep other = wanted.steps().get(step);
            // Float32 rounding through eight updates.
            assertThat(found.loss()).isCloseTo(other.loss(), within(1e-3));
            assertThat(found.gradientNorm())
                .isCloseTo(other.gradientNorm(), within(1e-3 * other.gradientNorm()));
            assertThat(found.weightRatio()).isCloseTo(other.weightRatio(), within(1e-3));
            assertThat(found.squaredRatio()).isCloseTo(other.squaredRatio(), within(2e-3));
          }
          assertThat(slice.variate().coefficient())
              .isCloseTo(wanted.variate().coefficient(), within(1e-3))
              .isBetween(0.1, 0.99);
        }
      }
    }
  }

  /** A graph belongs to its batch size; neither does the floor of benchmarks leave a trace. */
  @ParameterizedTest
  @MethodSource("here")
  void fitsWithOneBatchSizeAfterTheOther(CudaUnderTest engine) {
    OptimizerSettings settings = new OptimizerSettings(1e-3, 1e-5, 100, 0, 100);
    float[] u = Fixture.points(MOLECULE, ROWS);
    double[] weights = Fixture.weights(ROWS);
    double[] zeros = new double[ROWS];
    int[] rows = IntStream.range(0, 60).map(i -> i * 31 % ROWS).toArray();
    try (CudaFlow flow = engine.bent(MOLECULE);
        CudaFlow fresh = engine.open(MOLECULE);
        Fit fit = flow.fit(u, weights, zeros, ROWS);
        Fit other = fresh.fit(u, weights, zeros, ROWS)) {
      for (int batch : new int[] {20, 12, 20, 15}) {
        flow.multiplyOnly(batch, batch == 20);
        FlowState before = flow.exportState();
        FitSlice slice = fit.train(rows, batch, true, ControlVariate.START, settings);
        flow.multiplyOnly(batch, true);
        // Of another batch size, so that the one to come is new to it.
        fresh.train(u, weights, 3, settings);
        fresh.importState(before);
        assertThat(slice)
            .as("batch of %d", batch)
            .isEqualTo(other.train(rows, batch, true, ControlVariate.START, settings));
        assertSame(flow.exportState(), fresh.exportState());
      }
    }
  }

  /** Sides that are no multiple of a vector are padded on the device; nobody else sees it. */
  @ParameterizedTest
  @MethodSource("here")
  void stateComesBackAsItWent(CudaUnderTest engine) {
    for (Fixture fixture : Fixture.values()) {
      FlowLayout layout = fixture.layout();
      float[] parameters = layout.initialParameters(3);
      float[] first = Fixture.bent(layout).parameters();
      float[] second = first.clone();
      for (int i = 0; i < second.length; i++) {
        second[i] = i;
      }
      FlowState state = new FlowState(parameters, first, second, 1L << 40, (1L << 40) + 7);
      try (CudaFlow flow = engine.open(layout)) {
        flow.importState(state);
        assertSame(flow.exportState(), state);
      }
    }
  }

  /** TF32 keeps 10 bits of each factor, BF16 7: 2⁻¹¹ and 2⁻⁸ of it at most, over few layers. */
  @Test
  void roundsFactorsAsAsked() {
    double[] exact = logDensities(CudaProducts.FP32);
    double tf32 = rootMeanSquare(exact, logDensities(CudaProducts.TF32));
    double bf16 = rootMeanSquare(exact, logDensities(CudaProducts.BF16));
    System.out.printf(
        "cuda: log q off by %.1e with tf32, %.1e with bf16 (rms, nats)%n", tf32, bf16);
    assertThat(tf32).isBetween(1e-5, 5e-3);
    assertThat(bf16).isBetween(4 * tf32, 16 * tf32);
  }

  private static double[] logDensities(CudaProducts products) {
    double[] logDensity = new double[ROWS];
    float[] u = new float[ROWS * MOLECULE.architecture().dimension()];
    try (CudaFlow flow = CudaUnderTest.DOUBLE.open(MOLECULE, products);
        CudaFlow exact = CudaUnderTest.DOUBLE.bent(MOLECULE)) {
      flow.importState(Fixture.bent(MOLECULE));
      exact.sample(3, 0, 0, ROWS, u, logDensity);
      flow.logDensity(u, ROWS, logDensity);
    }
    return logDensity;
  }

  private static CudaFlow onDouble(FlowLayout layout, int device) {
    return CudaFlow.open(layout, device, CudaProducts.FP32, DeviceDouble.library());
  }

  /** What a first step leaves in Adam's first moment. */
  private static double[] gradient(
      CudaFlow probe, float[] parameters, float[] u, double[] weights) {
    probe.importState(Fixture.state(parameters));
    probe.train(u, weights, ROWS, new OptimizerSettings(1e-3, 0, 1e30, 0, 10));
    return Arrays.stream(Fixture.doubles(probe.exportState().firstMoment()))
        .map(m -> m / (float) (1 - AdamStep.BETA1))
        .toArray();
  }

  private static double rootMeanSquare(double[] a, double[] b) {
    double square = 0;
    for (int i = 0; i < a.length; i++) {
      square += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(square / a.length);
  }

  private static void assertSame(FlowState found, FlowState expected) {
    assertThat(found.parameters()).isEqualTo(expected.parameters());
    assertThat(found.firstMoment()).isEqualTo(expected.firstMoment());
    assertThat(found.secondMoment()).isEqualTo(expected.secondMoment());
    assertThat(found.appliedUpdates()).isEqualTo(expected.appliedUpdates());
    assertThat(found.scheduleStep()).isEqualTo(expected.scheduleStep());
  }
}
