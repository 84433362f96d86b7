/**
 * The flow as PyTorch operations through DJL, one by one, with DJL's own gradients: the reference
 * engine, and the one for GPUs. Invariants: spline tensors are bin-major {@code [rows][bins]
 * [coordinates]}; every native array belongs to a manager that is closed before the call returns,
 * but for the parameters and moments, which the flow owns; log-densities are summed in float64;
 * what backward reads is native memory, never a Java buffer ({@code NativeCopies}).
 */
package dev.cmt.flow.djl;
