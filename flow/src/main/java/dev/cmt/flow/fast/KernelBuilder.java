package dev.cmt.flow.fast;

import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.base.BaseDistribution;
import dev.cmt.flow.coupling.Coupling;
import dev.cmt.flow.coupling.FlowLayout;
import dev.cmt.flow.coupling.NativeLayers;

/** Tells the native kernel what a flow looks like. */
final class KernelBuilder {
  private KernelBuilder() {}

  /** A kernel of the given layout, all its parameters zero; the caller closes it. */
  static FlowNative.Kernel build(
      FlowLayout layout,
      BaseDistribution base,
      int shards,
      InstructionSet set,
      MatrixProduct matrixProduct) {
    FlowArchitecture architecture = layout.architecture();
    FlowNative.Kernel kernel =
        new FlowNative.Kernel(
            architecture.dimension(),
            architecture.bins(),
            layout.parameterCount(),
            base.truncatedNormalColumns(),
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
    kernel.addCoupling(
        coupling.transformed(),
        coupling.transformed().length,
        coupling.plainTransformed(),
        coupling.conditioning(),
        coupling.conditioning().length,
        coupling.plainConditioning(),
        NativeLayers.of(architecture, coupling),
        coupling.layers().size());
  }
}
