package dev.cmt.flow.fast;

import org.bytedeco.javacpp.annotation.Platform;

@Platform(include = "flow_kernel.h", compiler = "cpp17")
final class FlowNative {
  private FlowNative() {}

  static native double probe();
}
