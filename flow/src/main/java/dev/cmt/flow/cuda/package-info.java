/**
 * The engine for NVIDIA GPUs: the whole flow in CUDA C++ ({@code src/main/cuda}), in a library that
 * is loaded only when a GPU is asked for, so that CMT is built and runs where there is neither a
 * CUDA toolkit nor a driver. Invariants: parameters, moments and a fit's buffer lie on the device
 * until the flow is closed; sums have a fixed order and random numbers are those of {@code
 * dev.cmt.flow.base}, so that results are the same to the bit for the same GPU model, libraries and
 * batch size.
 *
 * <p>Tests run the same sources on a double of the device, compiled by g++. For GPUs they have been
 * compiled, and not been run yet.
 */
package dev.cmt.flow.cuda;
