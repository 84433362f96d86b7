package dev.cmt.flow.fast;

import dev.cmt.flow.Activation;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.base.BaseDistribution;
import dev.cmt.flow.coupling.Coupling;
import dev.cmt.flow.coupling.Coupling.LinearLayer;
import dev.cmt.flow.coupling.FlowLayout;
import java.util.List;
import java.util.stream.IntStream;

/** Tells the native kernel what a flow looks like. */
final class KernelBuilder {
  private static final int NO_ACTIVATION = 0;
  private static final int RELU = 1;
  private static final int SILU = 2;

  private KernelBuilder() {}

  /** A kernel of the given layout, all its parameters zero; the caller closes it. */
  static FlowNative.Kernel build(
      FlowLayout layout,
      BaseDistribution base,
      int shards,
      InstructionSet set,
      MatrixProduct matrixProduct) {
    FlowArchitecture architecture = layout.architecture();
    boolean[] normal = base.truncatedNormal();
    FlowNative.Kernel kernel =
        new FlowNative.Kernel(
            architecture.dimension(),
            architecture.bins(),
            layout.parameterCount(),
            IntStream.range(0, normal.length).filter(column -> normal[column]).toArray(),
            layout.circularColumns(),
            new double[] {
              BaseDistribution.MEAN, BaseDistribution.SIGMA, BaseDistribution.LOG_NORMALIZER
            });
    try {
      for (int pair = 0; pair < architecture.pairs(); pair++) {
        for (Coupling coupling : layout.pairs().get(pair)) {
          add(kernel, architecture, coupling);
        }
        kernel.addShift(layout.shift(pair));
      }
      kernel.start(shards, set.ordinal(), matrixProduct.ordinal());
      return kernel;
    } catch (RuntimeException | Error e) {
      kernel.close();
      throw e;
    }
  }

  private static void add(
      FlowNative.Kernel kernel, FlowArchitecture architecture, Coupling coupling) {
    List<LinearLayer> layers = coupling.layers();
    int[] numbers =
        IntStream.range(0, layers.size())
            .flatMap(
                l -> {
                  LinearLayer layer = layers.get(l);
                  return IntStream.of(
                      layer.inputs(),
                      layer.outputs(),
                      layer.weightOffset(),
                      layer.biasOffset(),
                      activation(architecture, l, layers.size()));
                })
            .toArray();
    kernel.addCoupling(
        coupling.transformed(),
        coupling.transformed().length,
        coupling.plainTransformed(),
        coupling.conditioning(),
        coupling.conditioning().length,
        coupling.plainConditioning(),
        numbers,
        layers.size());
  }

  private static int activation(FlowArchitecture architecture, int layer, int layers) {
    boolean linear = layer == layers - 1 || (layer == 0 && !architecture.firstActivation());
    return linear ? NO_ACTIVATION : architecture.activation() == Activation.RELU ? RELU : SILU;
  }
}
