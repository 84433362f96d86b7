/**
 * How good is the model, and how far can that be believed? The paper's task-agnostic metrics
 * (§D.3.1) and Ramachandran comparisons (§D.3.2), with standard errors and tail diagnostics. All
 * inputs are float64; log-weights are log p̃ − log q in nats, both in one measure; a row without a
 * log-weight is NaN, is left out and counted. Reverse metrics use rows drawn from the model and
 * cannot see modes the model misses; forward metrics use rows drawn from the target and can. All
 * classes but the histograms, which collect, are pure functions or immutable; random resampling is
 * keyed by a seed.
 */
package dev.cmt.flow.diagnostics;
