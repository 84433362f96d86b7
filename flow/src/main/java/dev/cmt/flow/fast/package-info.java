/**
 * The fast engine for CPUs: the whole flow in native code. Densities, samples, hand-written
 * gradients and Adam run in C++ ({@code src/main/cpp}), vectorised over rows for the processor's
 * own instruction set; matrix products go to MKL or to an own kernel, whichever is faster here.
 * Invariants: a batch is cut into one contiguous shard of rows for each thread, every shard's work
 * and the order in which gradients are added are fixed, so that results are the same to the bit for
 * the same processor, thread count, instruction set and matrix product.
 */
package dev.cmt.flow.fast;
