/**
 * How fast is it here? The same work through each engine in one process, reported as ratios.
 * Invariants: engines take turns in short repetitions and the fastest repetition counts, so that
 * other load on the machine touches all alike; an engine that is missing is reported and the others
 * are measured all the same; nothing is measured before engines were seen to agree. A farm's nodes
 * are processes of their own, and none outlives its benchmark.
 */
package dev.cmt.actors.bench;
