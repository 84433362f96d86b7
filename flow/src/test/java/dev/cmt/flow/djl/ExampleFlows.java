package dev.cmt.flow.djl;

import dev.cmt.flow.Activation;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowChannel;
import dev.cmt.flow.Flows;
import dev.cmt.flow.coupling.FlowLayout;
import java.util.List;
import java.util.Random;

/** Small flows that have every kind of coordinate. */
final class ExampleFlows {
  static final FlowArchitecture MIXED =
      new FlowArchitecture(
          List.of(
              new FlowChannel("bonds", 3, false, true),
              new FlowChannel("angles", 2, false, true),
              new FlowChannel("torsions", 4, true, false)),
          2,
          List.of(12, 10),
          Activation.SILU,
          true,
          5,
          321);

  /** The paper's choices of activation: ReLU, none after the first layer. */
  static final FlowArchitecture PAPER_LIKE =
      new FlowArchitecture(MIXED.channels(), 2, List.of(12, 10), Activation.RELU, false, 8, 321);

  private ExampleFlows() {}

  static FlowArchitecture plane(boolean circular) {
    return new FlowArchitecture(
        List.of(new FlowChannel("plane", 2, circular, !circular)),
        2,
        List.of(16),
        Activation.SILU,
        true,
        6,
        7);
  }

  /** At the identity. */
  static DjlFlow fresh(FlowArchitecture architecture, Precision precision) {
    FlowLayout layout = new FlowLayout(architecture);
    DjlFlow flow = DjlFlow.open(layout, precision, "cpu", 1);
    flow.importState(Flows.initialState(layout, 5));
    return flow;
  }

  /**
   * Far from the identity: normal noise of 0.2 on every parameter, which spreads log-determinants
   * over some 10 nats. At 0.3 they reach −30, and float32 rounding times such slopes exceeds 1e-5.
   */
  static DjlFlow perturbed(FlowArchitecture architecture, Precision precision) {
    DjlFlow flow = fresh(architecture, precision);
    double[] parameters = flow.parameters();
    Random random = new Random(99);
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] += 0.2 * random.nextGaussian();
    }
    flow.setParameters(parameters);
    return flow;
  }

  static double[] uniforms(long seed, int count) {
    return new Random(seed).doubles(count).toArray();
  }

  static float[] uniformFloats(long seed, int count) {
    double[] wide = uniforms(seed, count);
    float[] narrow = new float[count];
    for (int i = 0; i < count; i++) {
      narrow[i] = (float) wide[i];
    }
    return narrow;
  }
}
