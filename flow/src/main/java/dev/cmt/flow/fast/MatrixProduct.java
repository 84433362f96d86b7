package dev.cmt.flow.fast;

/** Who computes the single-threaded matrix products; a constant's ordinal is its native code. */
enum MatrixProduct {
  /** The kernel's own, vectorised for the chosen instruction set. */
  OWN,
  /** MKL inside DJL's libtorch: the fastest on Intel's processors, slow on others. */
  MKL;

  /** Whether this process has it; MKL only once DJL's PyTorch engine was started. */
  boolean available() {
    return FlowNative.Kernel.gemmAvailable(ordinal());
  }
}
