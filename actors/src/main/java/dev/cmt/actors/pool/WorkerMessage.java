package dev.cmt.actors.pool;

/** What a worker understands: {@link Work}, and whatever else its kind of worker needs. */
public interface WorkerMessage {}
