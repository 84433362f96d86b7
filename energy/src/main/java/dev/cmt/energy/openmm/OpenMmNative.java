package dev.cmt.energy.openmm;

import org.bytedeco.javacpp.annotation.Platform;

@Platform(include = "openmm_shim.h", link = "OpenMM", compiler = "cpp17")
final class OpenMmNative {
  private OpenMmNative() {}

  static native double probe();
}
