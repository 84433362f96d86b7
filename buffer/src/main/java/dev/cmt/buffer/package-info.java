/**
 * What must survive? The run directory, its lock, the journal of a run, the replay buffer, the
 * checkpoints, and a copy of all that on another machine. Plain arrays and records go in and out;
 * nothing here knows energies, flows or actors. Invariants: what was acknowledged can be read again
 * after the process died at any instant; no reader ever takes a torn or half-written file for a
 * whole one.
 */
package dev.cmt.buffer;
