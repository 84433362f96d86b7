package dev.cmt.flow.fast;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import dev.cmt.flow.FlowUnavailableException;
import dev.cmt.flow.coupling.Coupling.LinearLayer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.FloatPointer;

/**
 * The choice of a {@link MatrixProduct}: that of the system property {@value #PROPERTY} or else MKL
 * on Intel's processors and our own on others, where MKL is slow, and in bundles without libtorch.
 * The choice changes results in their last bits, so by default it depends on the processor and the
 * bundle alone and never on a stopwatch; the property's value {@code race} measures instead. Each
 * must agree with float64 first.
 */
final class MatrixProductRace {
  /** System property: {@code mkl}, {@code own}, {@code race}, or as its absence {@code auto}. */
  static final String PROPERTY = "cmt.gemm";

  /** Greatest relative error of a product; float32 sums of some hundred terms reach 1e-6. */
  static final double TOLERANCE = 1e-5;

  private static final int ROWS = 256;
  private static final int ROUNDS = 6;

  /** MKL keeps its place unless the other is clearly faster, so that noise does not flip bits. */
  private static final double CLEARLY_FASTER = 0.9;

  private MatrixProductRace() {}

  /**
   * Chooses for a conditioner.
   *
   * @param layers the conditioner's linear layers
   * @throws IllegalArgumentException if the property has another value
   * @throws FlowUnavailableException if the property asks for MKL and it is not there, or if a
   *     product is inaccurate on this host
   */
  static MatrixProduct choose(InstructionSet set, List<LinearLayer> layers) {
    String wanted = System.getProperty(PROPERTY, "auto");
    MatrixProduct chosen =
        switch (wanted.toLowerCase(Locale.ROOT)) {
          case "own" -> MatrixProduct.OWN;
          case "mkl" -> requireMkl();
          case "auto" -> ofProcessor();
          case "race" -> fastest(set, layers);
          default ->
              throw new IllegalArgumentException(
                  "The system property %s (%s) must be auto, mkl, own or race."
                      .formatted(PROPERTY, wanted));
        };
    double error = relativeError(set, chosen);
    if (!(error <= TOLERANCE)) {
      throw new FlowUnavailableException(
          "The matrix product %s has a relative error of %.1e on this host; at most %.0e is allowed. Set the system property %s to the other of mkl and own."
              .formatted(chosen, error, TOLERANCE, PROPERTY));
    }
    return chosen;
  }

  private static MatrixProduct requireMkl() {
    startPyTorch();
    if (!MatrixProduct.MKL.available()) {
      throw new FlowUnavailableException(
          "The system property %s asks for mkl, but DJL's libtorch on this host has none; set it to own."
              .formatted(PROPERTY));
    }
    return MatrixProduct.MKL;
  }

  /** Without it there is no MKL. */
  static void startPyTorch() {
    try {
      Engine.getEngine("PyTorch");
    } catch (EngineException | IllegalArgumentException e) {
      throw new FlowUnavailableException(
          "DJL's PyTorch engine, whose MKL computes matrix products, did not start; set the system property %s to own to do without."
              .formatted(PROPERTY),
          e);
    }
  }

  private static MatrixProduct ofProcessor() {
    if (!Engine.hasEngine("PyTorch")) {
      return MatrixProduct.OWN; // a bundle without libtorch
    }
    startPyTorch();
    return FlowNative.Kernel.intelProcessor() && MatrixProduct.MKL.available()
        ? MatrixProduct.MKL
        : MatrixProduct.OWN;
  }

  private static MatrixProduct fastest(InstructionSet set, List<LinearLayer> layers) {
    startPyTorch();
    if (!MatrixProduct.MKL.available()) {
      return MatrixProduct.OWN;
    }
    double[] best = bestSeconds(set, layers);
    return best[MatrixProduct.OWN.ordinal()] < CLEARLY_FASTER * best[MatrixProduct.MKL.ordinal()]
            && relativeError(set, MatrixProduct.OWN) <= TOLERANCE
        ? MatrixProduct.OWN
        : MatrixProduct.MKL;
  }

  /**
   * Best time of one pass forward and back through all layers, by {@link MatrixProduct}. They take
   * turns, so that other load on the machine touches both.
   */
  private static double[] bestSeconds(InstructionSet set, List<LinearLayer> layers) {
    int widest = 1;
    int weights = 1;
    for (LinearLayer layer : layers) {
      widest = Math.max(widest, Math.max(layer.inputs(), layer.outputs()));
      weights = Math.max(weights, layer.inputs() * layer.outputs());
    }
    double[] best = new double[MatrixProduct.values().length];
    Arrays.fill(best, Double.POSITIVE_INFINITY);
    // All zeros: products take as long as of other numbers, and none grows from round to round.
    try (FloatPointer x = new FloatPointer(new float[widest * ROWS]);
        FloatPointer y = new FloatPointer(new float[widest * ROWS]);
        FloatPointer w = new FloatPointer(new float[weights]);
        FloatPointer slope = new FloatPointer(new float[weights])) {
      for (int round = 0; round < ROUNDS; round++) {
        for (MatrixProduct product : MatrixProduct.values()) {
          long start = System.nanoTime();
          for (LinearLayer layer : layers) {
            int in = layer.inputs();
            int out = layer.outputs();
            multiply(set, product, false, false, out, ROWS, in, w, x, y);
            multiply(set, product, false, true, out, in, ROWS, y, x, slope);
            multiply(set, product, true, false, in, ROWS, out, w, y, x);
          }
          double seconds = (System.nanoTime() - start) * 1e-9;
          best[product.ordinal()] = Math.min(best[product.ordinal()], seconds);
        }
      }
    }
    return best;
  }

  /**
   * Greatest error of a product in any of the three forms that layers use, relative to the greatest
   * element, against sums in float64. The sizes divide no tile or panel.
   */
  static double relativeError(InstructionSet set, MatrixProduct product) {
    boolean[][] forms = {{false, false}, {false, true}, {true, false}};
    int m = 67;
    int n = 75;
    int k = 301;
    double worst = 0;
    for (boolean[] form : forms) {
      float[] a = numbers(m * k, 1);
      float[] b = numbers(k * n, 2);
      float[] c = new float[m * n];
      try (FloatPointer pa = new FloatPointer(a);
          FloatPointer pb = new FloatPointer(b);
          FloatPointer pc = new FloatPointer(c)) {
        multiply(set, product, form[0], form[1], m, n, k, pa, pb, pc);
        pc.get(c);
      }
      double greatest = 0;
      double error = 0;
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          double exact = 0;
          for (int l = 0; l < k; l++) {
            double left = form[0] ? a[l * m + i] : a[i * k + l];
            double right = form[1] ? b[j * k + l] : b[l * n + j];
            exact += left * right;
          }
          greatest = Math.max(greatest, Math.abs(exact));
          double difference = Math.abs(exact - c[i * n + j]);
          // Written so that a NaN counts as infinitely wrong.
          error = difference <= error ? error : Double.isNaN(difference) ? 1e300 : difference;
        }
      }
      worst = Math.max(worst, error / greatest);
    }
    return worst;
  }

  private static void multiply(
      InstructionSet set,
      MatrixProduct product,
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      FloatPointer a,
      FloatPointer b,
      FloatPointer c) {
    FlowNative.Kernel.multiply(
        set.ordinal(), product.ordinal(), transposeA, transposeB, m, n, k, a, b, 0, c);
  }

  /** Numbers in [−1, 1) without a pattern that a product could get right by chance. */
  private static float[] numbers(int count, int seed) {
    float[] values = new float[count];
    int state = seed;
    for (int i = 0; i < count; i++) {
      state = state * 1664525 + 1013904223;
      values[i] = state * 0x1p-31f;
    }
    return values;
  }
}
