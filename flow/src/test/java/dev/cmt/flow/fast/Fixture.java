package dev.cmt.flow.fast;

import dev.cmt.flow.Activation;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowChannel;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.base.CounterRandom;
import dev.cmt.flow.coupling.FlowLayout;
import java.util.List;
import java.util.stream.Stream;

/** Small flows that between them take every branch of the kernel. */
public enum Fixture {
  /** All channels, the paper's activation and bins. */
  MOLECULE(
      new FlowArchitecture(
          List.of(
              new FlowChannel("bonds", 5, false, true),
              new FlowChannel("angles", 4, false, true),
              new FlowChannel("torsions", 5, true, false)),
          3,
          List.of(48, 40, 32),
          Activation.RELU,
          false,
          8,
          321)),
  /** Two plain coordinates: one column a coupling. */
  PLANE(
      new FlowArchitecture(
          List.of(new FlowChannel("plane", 2, false, false)),
          8,
          List.of(64, 64),
          Activation.SILU,
          true,
          16,
          7)),
  /** Circular coordinates alone, bins no compiler knows, a single hidden layer. */
  RING(
      new FlowArchitecture(
          List.of(new FlowChannel("ring", 3, true, false)),
          2,
          List.of(20),
          Activation.SILU,
          false,
          5,
          11));

  private static final long SEED = 20260;

  /** Gives slopes between some tenth and ten; more would test float32 rather than us. */
  private static final double BEND = 0.12;

  private final FlowLayout layout;

  Fixture(FlowArchitecture architecture) {
    layout = new FlowLayout(architecture);
  }

  public FlowLayout layout() {
    return layout;
  }

  /** Every engine that runs here. */
  static Stream<Engine> engines() {
    startPyTorch();
    return Stream.of(InstructionSet.values())
        .filter(InstructionSet::supported)
        .flatMap(
            set ->
                Stream.of(MatrixProduct.values())
                    .filter(MatrixProduct::available)
                    .map(product -> new Engine(set, product)));
  }

  /** An instruction set and who multiplies matrices. */
  record Engine(InstructionSet set, MatrixProduct product) {
    NativeFlow open(FlowLayout layout, int threads) {
      return NativeFlow.open(layout, threads, set, product);
    }
  }

  private static void startPyTorch() {
    ai.djl.engine.Engine.getEngine("PyTorch");
  }

  /** Parameters that bend every spline, moments at zero. */
  public static FlowState bent(FlowLayout layout) {
    float[] parameters = layout.initialParameters(SEED);
    double[] noise = uniforms(parameters.length, 1);
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] += (float) (BEND * (2 * noise[i] - 1));
    }
    return state(parameters);
  }

  /** Parameters with moments at zero. */
  public static FlowState state(float[] parameters) {
    return new FlowState(
        parameters, new float[parameters.length], new float[parameters.length], 0, 0);
  }

  /** {@code [rows][dimension]} uniform points. */
  public static float[] points(FlowLayout layout, int rows) {
    double[] draws = uniforms(rows * layout.architecture().dimension(), 2);
    float[] points = new float[draws.length];
    for (int i = 0; i < draws.length; i++) {
      points[i] = (float) draws[i];
    }
    return points;
  }

  /** Importance weights between 0 and 2. */
  public static double[] weights(int rows) {
    double[] weights = uniforms(rows, 3);
    for (int i = 0; i < rows; i++) {
      weights[i] *= 2;
    }
    return weights;
  }

  /** The same numbers in float64. */
  public static double[] doubles(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  /** NaN if there is one: an assertion for each number would take most of the test's time. */
  public static double greatestDifference(float[] found, double[] expected) {
    double greatest = 0;
    for (int i = 0; i < expected.length; i++) {
      greatest = Math.max(greatest, Math.abs(found[i] - expected[i]));
    }
    return greatest;
  }

  private static double[] uniforms(int count, long stream) {
    double[] draws = new double[count];
    CounterRandom.uniforms(SEED, stream, draws);
    return draws;
  }
}
