/**
 * Which density comes next? The mathematics of Constrained Mass Transport: from a buffer's
 * log-densities under the model and the target to the multipliers of the constraints, the next
 * intermediate density, the importance weights that lead to it and the place on the annealing path.
 * Everything here is a pure function of float64 arrays: no randomness, no state, the same numbers
 * for the same rows in the same order. Log-densities log q and log p̃ belong to one reference
 * measure; constants added to either change no multiplier, weight or constraint, but another
 * measure changes the entropies and, with an entropy constraint, the path.
 */
package dev.cmt.flow.annealing;
