package dev.cmt.energy.openmm;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.annotation.Const;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.StdString;

/** JavaCPP's view of {@code openmm_shim.h}. Reach it through {@link OpenMmLibrary} only. */
@Platform(include = "openmm_shim.h", link = "OpenMM", compiler = "cpp17")
@Namespace("cmt_openmm")
final class OpenMmNative {
  /** Mirror of {@code RowStatus} in the shim. */
  static final int ROW_OK = 0;

  static final int ROW_BAD_POSITION = 1;
  static final int ROW_REFUSED = 2;

  private OpenMmNative() {}

  static native @StdString String version();

  static native @StdString String libraryDirectory();

  static native void loadPlugin(@StdString String file);

  static native int platformCount();

  static native @StdString String platformName(int index);

  /** Owns a System and its Context; JavaCPP frees it at {@code deallocate()} or when forgotten. */
  @Name("EnergyContext")
  static final class EnergyContext extends Pointer {
    EnergyContext(String systemXml, String platform) {
      allocate(systemXml, platform);
    }

    private native void allocate(@StdString String systemXml, @StdString String platform);

    native int particles();

    native int forceCount();

    native @StdString String lastRefusal();

    native void evaluate(
        @Const double[] positionsNm,
        int rows,
        int groups,
        double[] energyKjPerMol,
        double[] forcesKjPerMolNm,
        int[] status);
  }
}
