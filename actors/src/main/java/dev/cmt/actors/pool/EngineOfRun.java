package dev.cmt.actors.pool;

import java.util.Optional;

/**
 * The one engine whose bits a run is made of: that of its manifest or, before there is one, that of
 * the first worker. Safe for use by many threads.
 */
public final class EngineOfRun {
  private final boolean allowOthers;
  private Engine engine;

  /**
   * Begins with what an earlier process recorded.
   *
   * @param recorded the manifest's engine; empty for a run that begins
   * @param allowOthers whether processors with other instruction sets are as good
   */
  public EngineOfRun(Optional<Engine> recorded, boolean allowOthers) {
    this.engine = recorded.orElse(null);
    this.allowOthers = allowOthers;
  }

  /**
   * Asks whether a worker with this engine may join; the first that asks decides for a new run.
   *
   * @return empty if it may, else why not
   */
  public synchronized Optional<String> refusal(Engine candidate) {
    if (engine == null) {
      engine = candidate;
    }
    if (allowOthers || engine.equals(candidate)) {
      return Optional.empty();
    }
    return Optional.of(
        ("its energy engine is %s, the run's is %s, and the last bits of results would depend on who evaluates"
                + " them; cluster.allow_other_instruction_sets = true at the head lets it join")
            .formatted(candidate, engine));
  }
}
