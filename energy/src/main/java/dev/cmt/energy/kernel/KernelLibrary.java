package dev.cmt.energy.kernel;

import dev.cmt.energy.EnergyUnavailableException;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;

/** The native kernel, loaded at first use and once a process. */
final class KernelLibrary {
  private static final Throwable FAILURE = load();

  private KernelLibrary() {}

  /**
   * Makes sure the native code can be called.
   *
   * @throws EnergyUnavailableException if the product has no kernel for this platform
   */
  static void require() {
    if (FAILURE != null) {
      throw new EnergyUnavailableException(
          "The batched kernel was not built for this platform (%s): %s. Use the OpenMM engine, or"
                  .formatted(Loader.Detector.getPlatform(), FAILURE.getMessage())
              + " build the product on this machine.",
          FAILURE);
    }
  }

  private static Throwable load() {
    try {
      // JavaCPP's loader locks itself and then initialises Pointer, whose initialiser takes the
      // loader's lock: two threads
      // that begin at different ends would wait for each other for ever. So Pointer always comes
      // first.
      Pointer.totalBytes();
      Loader.load(KernelNative.class);
      return null;
    } catch (UnsatisfiedLinkError | RuntimeException e) {
      return e;
    }
  }
}
