package dev.cmt.energy.kernel;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Const;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.Platform;

/** JavaCPP's view of {@code kernel.h}. Reach it through {@link KernelLibrary} only. */
@Platform(
    include = "kernel.h",
    compiler = {"cpp17", "kernel"})
@Namespace("cmt")
final class KernelNative {
  private KernelNative() {}

  static native @Cast("bool") boolean supports(int instructionSet);

  /** Owns tables and scratch memory; JavaCPP frees it at {@code deallocate()} or when forgotten. */
  @Name("Kernel")
  static final class Kernel extends Pointer {
    Kernel(int atoms) {
      allocate(atoms);
    }

    private native void allocate(int atoms);

    native void setBonds(int count, @Const int[] atoms, @Const double[] parameters);

    native void setAngles(int count, @Const int[] atoms, @Const double[] parameters);

    native void setTorsions(int count, @Const int[] atoms, @Const double[] series);

    native void setPairs(@Const double[] coefficients);

    native void setSolvent(
        @Const double[] atoms, @Const double[] model, @Cast("bool") boolean engulfCorrection);

    native void setMap(
        int dimension,
        @Const int[] frame,
        @Const int[] placements,
        @Const int[] columns,
        @Const double[] shift,
        @Const double[] scale,
        double logVolume);

    native void compileMapped(int instructionSet);

    native void compile(int instructionSet, @Cast("bool") boolean singlePrecision);

    native void evaluate(
        @Const DoublePointer positions, int rows, DoublePointer components, DoublePointer forces);

    native void evaluateMapped(
        @Const FloatPointer u,
        int rows,
        DoublePointer energies,
        DoublePointer logVolume,
        IntPointer status,
        DoublePointer positions,
        DoublePointer energyGradient,
        DoublePointer volumeGradient);
  }
}
