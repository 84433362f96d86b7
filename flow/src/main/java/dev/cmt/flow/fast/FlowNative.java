package dev.cmt.flow.fast;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Const;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.Platform;

/** Java's view of {@code flow_kernel.h}, which says what each method does. */
@Platform(include = "flow_kernel.h", compiler = "cpp17", link = "dl")
@Namespace("cmt")
final class FlowNative {
  static {
    // JavaCPP's loader locks itself and then initialises Pointer, whose initialiser takes the
    // loader's lock: two threads
    // that begin at different ends would wait for each other for ever. So Pointer always comes
    // first.
    Pointer.totalBytes();
    Loader.load();
  }

  private FlowNative() {}

  /** The native flow; whoever allocates it closes it. */
  @Name("FlowKernel")
  static class Kernel extends Pointer {
    static {
      Loader.load();
    }

    Kernel(
        int dimension,
        int bins,
        int parameterCount,
        int[] normalColumns,
        int[] circularColumns,
        double[] base) {
      super((Pointer) null);
      allocate(
          dimension,
          bins,
          parameterCount,
          normalColumns,
          normalColumns.length,
          circularColumns,
          circularColumns.length,
          base);
    }

    private native void allocate(
        int dimension,
        int bins,
        int parameterCount,
        @Const int[] normalColumns,
        int normals,
        @Const int[] circularColumns,
        int circulars,
        @Const double[] base);

    native void addCoupling(
        @Const int[] transformed,
        int count,
        int plain,
        @Const int[] conditioning,
        int conditions,
        int plainConditions,
        @Const int[] layers,
        int layerCount);

    native void addShift(double shift);

    native void start(int shards, int isa, int gemm);

    native FloatPointer parameters();

    native FloatPointer firstMoment();

    native FloatPointer secondMoment();

    native FloatPointer gradientSum();

    native void logDensity(int shard, FloatPointer rowsInOut, int rows, DoublePointer logDensity);

    native void sample(int shard, FloatPointer rowsInOut, int rows, DoublePointer logDensity);

    native void gradient(
        int shard,
        FloatPointer u,
        DoublePointer weights,
        DoublePointer logProposal,
        double control,
        double maxRatio,
        double scale,
        int rows,
        DoublePointer logDensity);

    native double sumGradients(int part, int parts, int activeShards);

    native void adam(
        int part,
        int parts,
        double clip,
        double decay,
        double stepSize,
        double rootCorrection,
        double beta1,
        double beta2,
        double epsilon);

    @Cast("bool")
    static native boolean isaSupported(int isa);

    @Cast("bool")
    static native boolean gemmAvailable(int gemm);

    @Cast("bool")
    static native boolean intelProcessor();

    static native void runProductClock(@Cast("bool") boolean run);

    @Cast("long")
    static native long productNanoseconds();

    static native void multiply(
        int isa,
        int gemm,
        @Cast("bool") boolean transposeA,
        @Cast("bool") boolean transposeB,
        int m,
        int n,
        int k,
        @Const FloatPointer a,
        @Const FloatPointer b,
        float beta,
        FloatPointer c);
  }
}
