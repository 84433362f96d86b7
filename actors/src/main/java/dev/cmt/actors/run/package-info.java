/**
 * A training run as actors: the pure plan that decides, the coordinator that carries its decisions
 * out, and the flow, energy, buffer and solver actors that do the work. Invariants: {@link
 * dev.cmt.actors.run.RunPlan} is the only place that decides what comes next; bulk data never
 * passes through the coordinator; each actor that computes owns a thread; at most a fixed number of
 * batches is under way at once.
 */
package dev.cmt.actors.run;
