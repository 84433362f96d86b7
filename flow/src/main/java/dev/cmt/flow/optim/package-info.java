/**
 * The arithmetic of one optimiser step, apart from any engine: Adam with an L2 term behind
 * global-norm clipping. Engines take their scalars from here, so that they agree on what a step is.
 */
package dev.cmt.flow.optim;
