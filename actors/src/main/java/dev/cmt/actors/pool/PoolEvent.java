package dev.cmt.actors.pool;

/** What the pool tells whoever directs the run. */
public sealed interface PoolEvent {
  /**
   * A worker has opened its engine.
   *
   * @param engine what it computes with
   */
  record EngineOpened(Engine engine) implements PoolEvent {}

  /**
   * The run cannot go on.
   *
   * @param reason in words
   * @param cause may be null
   */
  record Failed(String reason, Throwable cause) implements PoolEvent {}
}
