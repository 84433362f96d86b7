/**
 * Molecular dynamics of many replicas at once: {@link dev.cmt.energy.md.Langevin} moves a batch of
 * them through one engine, {@link dev.cmt.energy.md.ReplicaExchange} lets those of a temperature
 * ladder trade places. Units are nm, ps, amu and kJ/mol (1 amu nm²/ps² = 1 kJ/mol). Invariants: all
 * that a simulation is lies in a {@link dev.cmt.energy.md.ReplicaState}; random numbers are keyed
 * by (seed, purpose, step, replica), so equal states have equal futures, to the bit on one engine;
 * positions and velocities are float64 and belong to the same instant.
 */
package dev.cmt.energy.md;
