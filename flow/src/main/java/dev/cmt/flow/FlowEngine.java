package dev.cmt.flow;

/** Who computes a flow. */
public enum FlowEngine {
  /** {@link #NATIVE} on a CPU, {@link #DJL} on a GPU. */
  AUTO,
  /** PyTorch operations through DJL, one by one: the reference, and the engine for GPUs. */
  DJL,
  /** The fused CPU kernels of {@code dev.cmt.flow.fast}. */
  NATIVE
}
