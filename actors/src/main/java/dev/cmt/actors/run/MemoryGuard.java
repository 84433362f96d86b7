package dev.cmt.actors.run;

import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.TypedActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Ends the run with a message when an actor runs out of memory. Without it the actor system would
 * end in silence, because Pekko supervises exceptions, not errors. What was journaled stays as it
 * is, so the run can be taken up again with more memory.
 *
 * @param <T> messages of the guarded actor
 */
final class MemoryGuard<T> extends BehaviorInterceptor<T, T> {
  private final ActorRef<Coordinator.Command> coordinator;

  private MemoryGuard(Class<T> messages, ActorRef<Coordinator.Command> coordinator) {
    super(messages);
    this.coordinator = coordinator;
  }

  /** The behavior, guarded. */
  static <T> Behavior<T> around(
      Behavior<T> behavior, Class<T> messages, ActorRef<Coordinator.Command> coordinator) {
    return Behaviors.intercept(() -> new MemoryGuard<>(messages, coordinator), behavior);
  }

  @Override
  public Behavior<T> aroundStart(TypedActorContext<T> context, PreStartTarget<T> target) {
    try {
      return target.start(context);
    } catch (OutOfMemoryError e) {
      return fail(context, e);
    }
  }

  @Override
  public Behavior<T> aroundReceive(
      TypedActorContext<T> context, T message, ReceiveTarget<T> target) {
    try {
      return target.apply(context, message);
    } catch (OutOfMemoryError e) {
      return fail(context, e);
    }
  }

  private Behavior<T> fail(TypedActorContext<T> context, OutOfMemoryError error) {
    String name = context.asJava().getSelf().path().name();
    coordinator.tell(
        new Coordinator.Failure("The %s actor ran out of memory.".formatted(name), error));
    return Behaviors.ignore();
  }
}
