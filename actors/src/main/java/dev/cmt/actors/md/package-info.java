/**
 * Molecular dynamics as actors: {@link dev.cmt.actors.md.Simulation} runs replica exchange on many
 * ladders at once and leaves frames, energies and a summary with its own diagnostics. A ladder
 * lives within one block of replicas, blocks know nothing of each other, and what a block does next
 * follows from its state alone. So workers may take blocks in any order and on any number of
 * threads, frames have their place in the files before they are made, and a simulation that was
 * killed ends with the very bits of one that was not. Invariants: one recorder writes the
 * directory; a block's state is saved after the frames that led to it.
 */
package dev.cmt.actors.md;
