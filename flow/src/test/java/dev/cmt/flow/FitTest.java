package dev.cmt.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.flow.cuda.DeviceDouble;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every engine promises of a fit. */
class FitTest {
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
  private static final OptimizerSettings SETTINGS = new OptimizerSettings(5e-4, 1e-5, 1, 2, 50);
  private static final int ROWS = 90;
  private static final int BATCH = 16;
  private static final int STEPS = 12;

  private static AutoCloseable cuda;

  private final Random random = new Random(20261);
  private final float[] u = new float[ROWS * ARCHITECTURE.dimension()];
  private final double[] weights = new double[ROWS];
  private final double[] logProposal = new double[ROWS];
  private final int[] minibatches = new int[STEPS * BATCH];

  FitTest() {
    for (int i = 0; i < u.length; i++) {
      u[i] = (float) Math.min(1, Math.max(0, 0.5 + 0.2 * random.nextGaussian()));
    }
    for (int row = 0; row < ROWS; row++) {
      weights[row] = 2 * random.nextDouble();
    }
    try (Flow flow = open(FlowEngine.NATIVE)) {
      flow.logDensity(u, ROWS, logProposal);
    }
    for (int row = 0; row < ROWS; row++) {
      logProposal[row] += 0.5 * random.nextGaussian();
    }
    for (int k = 0; k < minibatches.length; k++) {
      minibatches[k] = 1 + random.nextInt(ROWS - 1);
    }
    // One step in the middle is not applied.
    u[0] = Float.NaN;
    minibatches[7 * BATCH + 3] = 0;
  }

  @BeforeAll
  static void playTheGpu() {
    cuda = DeviceDouble.asTheLibrary();
  }

  @AfterAll
  static void stopPlaying() throws Exception {
    cuda.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = FlowEngine.class,
      names = {"NATIVE", "DJL", "CUDA"})
  void anyCutGivesTheBitsOfSingleSteps(FlowEngine engine) {
    for (boolean controlled : new boolean[] {true, false}) {
      Outcome single = oneByOne(engine, controlled);
      assertThat(single.steps).extracting(TrainingStep::applied).containsOnlyOnce(false);
      assertThat(single.variate.coefficient()).isBetween(0.01, 0.99);
      for (int[] cut : new int[][] {{STEPS}, {1, 2, 5, 4}, {7, 1, 4}}) {
        assertThat(fitted(engine, controlled, cut))
            .as("%s, controlled %s, cut %s", engine, controlled, Arrays.toString(cut))
            .isEqualTo(single);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = FlowEngine.class,
      names = {"NATIVE", "DJL", "CUDA"})
  void theFlowAnswersBetweenTheSlices(FlowEngine engine) {
    Outcome undisturbed = fitted(engine, true, STEPS);
    float[] drawn = new float[u.length];
    try (Flow flow = open(engine);
        Fit fit = flow.fit(u, weights, logProposal, ROWS)) {
      FitSlice first = train(fit, 0, 5, true, ControlVariate.START);
      flow.sample(1, 2, 0, ROWS, drawn, new double[ROWS]);
      FlowState kept = flow.exportState();
      train(fit, 5, 3, true, first.variate());
      flow.importState(kept);
      FitSlice second = train(fit, 5, STEPS - 5, true, first.variate());
      List<TrainingStep> steps = new ArrayList<>(first.steps());
      steps.addAll(second.steps());
      assertThat(new Outcome(flow.exportState(), steps, second.variate())).isEqualTo(undisturbed);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = FlowEngine.class,
      names = {"NATIVE", "DJL", "CUDA"})
  void refusesWhatCannotBe(FlowEngine engine) {
    double[] negative = weights.clone();
    negative[ROWS - 1] = -1;
    double[] infinite = logProposal.clone();
    infinite[2] = Double.NEGATIVE_INFINITY;
    try (Flow flow = open(engine)) {
      assertThatThrownBy(() -> flow.fit(u, weights, logProposal, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("must have at least 1");
      assertThatThrownBy(() -> flow.fit(u, weights, logProposal, ROWS + 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("A batch of 91 rows");
      assertThatThrownBy(() -> flow.fit(u, negative, logProposal, ROWS))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("weight of row 89 (-1.0)");
      assertThatThrownBy(() -> flow.fit(u, weights, infinite, ROWS))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("log-proposal of row 2 (-Infinity)");
      Fit fit = flow.fit(u, weights, logProposal, ROWS);
      for (int[] rows : new int[][] {{}, {1, 2, 3}}) {
        assertThatThrownBy(() -> fit.train(rows, 2, true, ControlVariate.START, SETTINGS))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("(%d) must be a multiple of the batch size (2)", rows.length);
      }
      for (int row : new int[] {-1, ROWS}) {
        int[] rows = {1, 2, 3, row};
        assertThatThrownBy(() -> fit.train(rows, 2, true, ControlVariate.START, SETTINGS))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("Row 1 of minibatch 1 (%d)", row)
            .hasMessageContaining("from 0 to 89");
      }
      assertThat(flow.exportState().scheduleStep()).isZero();
      fit.close();
      fit.close();
      assertThatThrownBy(() -> train(fit, 0, 1, true, ControlVariate.START))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("fit was closed");
      try (Fit next = flow.fit(u, weights, logProposal, ROWS)) {
        flow.close();
        assertThatThrownBy(() -> train(next, 0, 1, true, ControlVariate.START))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("flow was closed");
      }
    }
  }

  /** All that a fit leaves behind; arrays count by their values. */
  private record Outcome(FlowState state, List<TrainingStep> steps, ControlVariate variate) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Outcome that
          && Arrays.equals(state.parameters(), that.state.parameters())
          && Arrays.equals(state.firstMoment(), that.state.firstMoment())
          && Arrays.equals(state.secondMoment(), that.state.secondMoment())
          && state.appliedUpdates() == that.state.appliedUpdates()
          && state.scheduleStep() == that.state.scheduleStep()
          && steps.equals(that.steps)
          && variate.equals(that.variate);
    }

    @Override
    public int hashCode() {
      return steps.hashCode();
    }
  }

  /** The same fit through {@link Flow#train}, with minibatches gathered here. */
  private Outcome oneByOne(FlowEngine engine, boolean controlled) {
    int dimension = ARCHITECTURE.dimension();
    List<TrainingStep> steps = new ArrayList<>();
    ControlVariate variate = ControlVariate.START;
    try (Flow flow = open(engine)) {
      for (int step = 0; step < STEPS; step++) {
        float[] batch = new float[BATCH * dimension];
        double[] batchWeights = new double[BATCH];
        double[] batchProposal = new double[BATCH];
        for (int k = 0; k < BATCH; k++) {
          int row = minibatches[step * BATCH + k];
          System.arraycopy(u, row * dimension, batch, k * dimension, dimension);
          batchWeights[k] = weights[row];
          batchProposal[k] = logProposal[row];
        }
        double control = controlled ? variate.coefficient() : 0;
        steps.add(flow.train(batch, batchWeights, batchProposal, control, BATCH, SETTINGS));
        variate = variate.after(steps.get(step));
      }
      return new Outcome(flow.exportState(), steps, variate);
    }
  }

  private Outcome fitted(FlowEngine engine, boolean controlled, int... cut) {
    List<TrainingStep> steps = new ArrayList<>();
    ControlVariate variate = ControlVariate.START;
    try (Flow flow = open(engine);
        Fit fit = flow.fit(u, weights, logProposal, ROWS)) {
      for (int count : cut) {
        FitSlice slice = train(fit, steps.size(), count, controlled, variate);
        steps.addAll(slice.steps());
        variate = slice.variate();
      }
      return new Outcome(flow.exportState(), steps, variate);
    }
  }

  private FitSlice train(
      Fit fit, int first, int count, boolean controlled, ControlVariate variate) {
    int[] rows = Arrays.copyOfRange(minibatches, first * BATCH, (first + count) * BATCH);
    return fit.train(rows, BATCH, controlled, variate, SETTINGS);
  }

  private static Flow open(FlowEngine engine) {
    return Flows.open(ARCHITECTURE, engine, engine == FlowEngine.CUDA ? "gpu:0" : "cpu", 1, 3);
  }
}
