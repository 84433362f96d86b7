package dev.cmt.flow;

/** Who computes a flow. */
public enum FlowEngine {
  /** {@link #NATIVE} on a CPU; on a GPU {@link #CUDA} where it was built, else {@link #DJL}. */
  AUTO,
  /** PyTorch operations through DJL, one by one: the reference, on any device. */
  DJL,
  /** The fused CPU kernels of {@code dev.cmt.flow.fast}. */
  NATIVE,
  /** The fused GPU kernels of {@code dev.cmt.flow.cuda}. */
  CUDA
}
