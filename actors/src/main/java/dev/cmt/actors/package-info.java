/**
 * Who does what, when? The engine of actors that turns a run file into a trained sampler, its
 * command line and its reports: the only room where energies, flow and buffer meet. Invariants: the
 * coordinator decides and never computes; messages are immutable; nothing blocks the default
 * dispatcher.
 */
package dev.cmt.actors;
