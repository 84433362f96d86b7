package dev.cmt.actors.run;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.TypedActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Ends the run with a message when the JVM fails an actor: the heap is exhausted, a file that is
 * mapped into memory cannot be reached, as on a disk that has just become full (the JVM's {@link
 * InternalError}), or a class or library is missing. Without it the actor system would end in
 * silence, or never, because Pekko does not supervise such errors. What was journaled stays as it
 * is, so the run can be taken up again.
 *
 * @param <T> messages of the guarded actor
 */
final class MemoryGuard<T> extends BehaviorInterceptor<T, T> {
  private final Consumer<Coordinator.Failure> onFailure;
  private final Behavior<T> afterwards;

  private MemoryGuard(
      Class<T> messages, Consumer<Coordinator.Failure> onFailure, Behavior<T> afterwards) {
    super(messages);
    this.onFailure = onFailure;
    this.afterwards = afterwards;
  }

  /** The behavior, guarded; its actor does nothing more once the coordinator knows. */
  static <T> Behavior<T> around(
      Behavior<T> behavior, Class<T> messages, ActorRef<Coordinator.Command> coordinator) {
    return Behaviors.intercept(
        () -> new MemoryGuard<>(messages, coordinator::tell, Behaviors.ignore()), behavior);
  }

  /** The coordinator's own behavior, guarded: it ends itself, and with it the actor system. */
  static Behavior<Coordinator.Command> aroundCoordinator(
      Behavior<Coordinator.Command> behavior, Consumer<Coordinator.Failure> onFailure) {
    return Behaviors.intercept(
        () -> new MemoryGuard<>(Coordinator.Command.class, onFailure, Behaviors.stopped()),
        behavior);
  }

  @Override
  public Behavior<T> aroundStart(TypedActorContext<T> context, PreStartTarget<T> target) {
    return guarded(context, () -> target.start(context));
  }

  @Override
  public Behavior<T> aroundReceive(
      TypedActorContext<T> context, T message, ReceiveTarget<T> target) {
    return guarded(context, () -> target.apply(context, message));
  }

  @Override
  public Behavior<T> aroundSignal(
      TypedActorContext<T> context, Signal signal, SignalTarget<T> target) {
    return guarded(context, () -> target.apply(context, signal));
  }

  private Behavior<T> guarded(TypedActorContext<T> context, Supplier<Behavior<T>> work) {
    try {
      return work.get();
    } catch (VirtualMachineError | LinkageError e) {
      String name = context.asJava().getSelf().path().name();
      // Pekko's name for the guardian of an actor system.
      String actor = name.equals("user") ? "coordinator" : name;
      onFailure.accept(new Coordinator.Failure(reason(actor, e), e));
      return afterwards;
    }
  }

  private static String reason(String actor, Error error) {
    if (error instanceof OutOfMemoryError) {
      return "The %s actor ran out of memory.".formatted(actor);
    }
    if (error instanceof LinkageError) {
      return "The %s actor lacks a class or a library (%s); run ./cmt doctor to see what is missing."
          .formatted(actor, error);
    }
    return error instanceof InternalError
        ? ("The %s actor could not reach memory that is a file's (%s). Is the disk full, or failing?"
                + " Once it is not, start again; the run goes on where it was.")
            .formatted(actor, error.getMessage())
        : "The %s actor met an error of the Java VM: %s.".formatted(actor, error);
  }
}
