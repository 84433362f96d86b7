package dev.cmt.actors.pool;

/**
 * A batch to evaluate.
 *
 * @param batch samples
 * @param assignment tells this handing-out of the batch from others
 */
public record Work(SampledBatch batch, long assignment) implements WorkerMessage {}
