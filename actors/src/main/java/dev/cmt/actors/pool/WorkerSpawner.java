package dev.cmt.actors.pool;

import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/** Starts a worker as a child of an actor, on a thread of its own. */
@FunctionalInterface
public interface WorkerSpawner {
  /**
   * Starts it.
   *
   * @param context of the parent
   * @param worker what to start
   * @param name unique among the parent's children
   */
  ActorRef<Work> spawn(ActorContext<?> context, Behavior<Work> worker, String name);
}
