package dev.cmt.flow.djl;

import ai.djl.ndarray.NDArray;

/**
 * Numbers of Java as tensors that gradients may pass through. DJL's own, on a CPU, point into a
 * Java buffer which only the array's handle keeps from the garbage collector; {@code x.mul(2.0)}
 * closes that handle before it returns. Autograd keeps the tensor of a factor until backward and
 * would read freed memory. A native copy lives as long as anything refers to it. Safe without a
 * copy are sums and differences with numbers and {@link NDArray#clip}, of which autograd keeps no
 * tensor, and whatever no gradient is recorded of.
 */
final class NativeCopies {
  private NativeCopies() {}

  /**
   * Copies an array made of Java data.
   *
   * @param fresh is closed
   * @return of the same manager
   */
  static NDArray of(NDArray fresh) {
    try (fresh) {
      return fresh.duplicate();
    }
  }

  /** {@code factor · x} in the type of x. */
  static NDArray times(double factor, NDArray x) {
    try (NDArray number = of(x.getManager().create(factor))) {
      return x.mul(number);
    }
  }
}
