package dev.cmt.flow.cuda;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.annotation.ByRef;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Const;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.Platform;

/**
 * Java's view of {@code cuda_flow_library.h}; what each method does, and the codes that they
 * return, stand in {@code cuda_flow_api.h}.
 */
@Platform(include = "cuda_flow_library.h", compiler = "cpp17", link = "dl")
@Namespace("cmt")
final class CudaNative {
  static {
    // JavaCPP's loader locks itself and then initialises Pointer, whose initialiser takes the
    // loader's lock: Pointer comes first, or two threads wait for each other for ever.
    Pointer.totalBytes();
    Loader.load();
  }

  private CudaNative() {}

  /** The GPU library; loaded for the life of the process. */
  @Name("CudaFlowLibrary")
  static class Library extends Pointer {
    static {
      Loader.load();
    }

    /** Throws a RuntimeException with the loader's message if it does not load. */
    Library(String path) {
      super((Pointer) null);
      allocate(path);
    }

    private native void allocate(String path);
  }

  /** A flow on a device; whoever allocates it closes it. */
  @Name("CudaFlowHandle")
  static class Handle extends Pointer {
    static {
      Loader.load();
    }

    Handle(
        Library library,
        int dimension,
        int bins,
        long parameterCount,
        int[] normalColumns,
        int[] circularColumns,
        double[] base) {
      super((Pointer) null);
      allocate(
          library,
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
        @Const @ByRef Library library,
        int dimension,
        int bins,
        @Cast("long") long parameterCount,
        @Const int[] normalColumns,
        int normals,
        @Const int[] circularColumns,
        int circulars,
        @Const double[] base);

    native @Cast("const char*") BytePointer error();

    native int describe(int device, byte[] text, int size);

    native int addCoupling(
        @Const int[] transformed,
        int count,
        int plain,
        @Const int[] conditioning,
        int conditions,
        int plainConditions,
        @Const int[] layers,
        int layerCount);

    native int addShift(double shift);

    native int start(double maxRatio, int device, int rounding);

    native int importState(
        @Const float[] parameters,
        @Const float[] first,
        @Const float[] second,
        @Cast("long") long applied,
        @Cast("long") long schedule);

    native int exportState(
        float[] parameters, float[] first, float[] second, @Cast("long*") long[] counters);

    native int sample(
        @Cast("long") long key,
        @Cast("long") long firstStream,
        int rows,
        float[] u,
        double[] logDensity);

    native int logDensity(@Const float[] u, int rows, double[] logDensity);

    native int openRows(int rows);

    native int putRows(
        int from,
        int count,
        @Const float[] u,
        @Const double[] weights,
        @Const double[] logProposal);

    native int fit(
        @Const int[] rows,
        int steps,
        int batch,
        @Cast("bool") boolean controlled,
        double[] variate,
        @Const double[] settings,
        double[] figures);

    native int train(
        @Const float[] u,
        @Const double[] weights,
        @Const double[] logProposal,
        double control,
        int batch,
        @Const double[] settings,
        double[] figures);

    native int multiplyOnly(int rows, @Cast("bool") boolean withGradient);
  }
}
