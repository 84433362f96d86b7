/**
 * One run on many machines: the gate at which nodes ask to be let in, the link that stands for a
 * node among the pool's workers, the node's own actor, a standby's link and actor, and what travels
 * between them. Invariants: a run never waits for a standby; a process that could change a bit of
 * the result is turned away with a reason; a batch that is lost on the way is sent again, and one
 * that arrives twice counts once; bulk data has its own connection and a fixed binary form,
 * everything else is CBOR; nothing listens beyond this machine unless asked to.
 */
package dev.cmt.actors.cluster;
