/**
 * Who evaluates energies: the pool, the workers that pull from it, and what passes between them.
 * Invariants: a worker gets a batch only when it has asked for one; a batch leaves the pool exactly
 * once with a result, whoever evaluated it and however often; a message is the same whether the
 * worker is a thread of this process or a node of a cluster, and only the latter is serialized.
 * Knows neither runs nor clusters.
 */
package dev.cmt.actors.pool;
