package dev.cmt.actors.md;

import dev.cmt.energy.md.ReplicaState;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Hands blocks to workers that ask for one, and ends the simulation when all are done, somebody
 * stops it or something fails. A block is free again when the recorder has its frames, so no more
 * frames wait than there are blocks. Computes nothing.
 */
final class SimulationCoordinator extends AbstractBehavior<SimulationCoordinator.Command> {
  /** What the coordinator understands. */
  sealed interface Command {}

  /** A worker wants a block. */
  record Ready(ActorRef<SimulationWorker.Move> worker, String engine) implements Command {}

  /** The recorder has the frames of a block. */
  record Stored(int block, ReplicaState state) implements Command {}

  /** A worker gave up a block, because it was asked to. */
  record GivenUp(int block) implements Command {}

  /** A worker cannot go on. */
  record Failure(String reason, Throwable cause) implements Command {}

  /** The recorder cannot go on. */
  record RecorderFailed(Throwable cause) implements Command {}

  /** The recorder has saved everything. */
  enum Closed implements Command {
    CLOSED
  }

  /** Somebody wants the simulation to stop. */
  enum Stop implements Command {
    STOP
  }

  /** Who works: made with the coordinator's context. */
  @FunctionalInterface
  interface CrewBuilder {
    /** Starts the recorder and the workers, the latter as children of {@code context}. */
    ActorRef<SimulationRecorder.Command> start(
        ActorContext<Command> context, AtomicBoolean cancelled);
  }

  private final SimulationSettings settings;
  private final BlockQueue queue;
  private final ReplicaState[] states;
  private final Consumer<SimulationEvent> listener;
  private final Consumer<SimulationEnding> onEnd;
  private final AtomicBoolean cancelled = new AtomicBoolean();
  private final Deque<ActorRef<SimulationWorker.Move>> idle = new ArrayDeque<>();
  private final ActorRef<SimulationRecorder.Command> recorder;
  private final double totalNs;
  private boolean started;
  private SimulationEnding ending;

  private SimulationCoordinator(
      ActorContext<Command> context,
      SimulationSettings settings,
      ReplicaState[] states,
      long lastStep,
      CrewBuilder crew,
      Consumer<SimulationEvent> listener,
      Consumer<SimulationEnding> onEnd) {
    super(context);
    this.settings = settings;
    this.states = states.clone();
    this.listener = listener;
    this.onEnd = onEnd;
    long[] steps = new long[states.length];
    for (int block = 0; block < steps.length; block++) {
      steps[block] = states[block] == null ? 0 : states[block].step();
    }
    queue = new BlockQueue(steps, lastStep);
    totalNs = settings.nanoseconds(lastStep) * settings.replicas();
    recorder = crew.start(context, cancelled);
  }

  /**
   * A coordinator.
   *
   * @param states {@code [blocks]} where they are; null where one has not begun
   * @param lastStep where each is to end
   * @param crew starts those who work
   * @param listener hears what happens
   * @param onEnd hears how it ended, just before the coordinator stops
   */
  static Behavior<Command> create(
      SimulationSettings settings,
      ReplicaState[] states,
      long lastStep,
      CrewBuilder crew,
      Consumer<SimulationEvent> listener,
      Consumer<SimulationEnding> onEnd) {
    return Behaviors.setup(
        context ->
            new SimulationCoordinator(context, settings, states, lastStep, crew, listener, onEnd));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Ready.class, this::ready)
        .onMessage(Stored.class, this::stored)
        .onMessage(GivenUp.class, givenUp -> free(givenUp.block(), queue.step(givenUp.block())))
        .onMessage(Failure.class, failure -> fail(failure.reason(), failure.cause()))
        .onMessage(RecorderFailed.class, this::recorderFailed)
        .onMessageEquals(Stop.STOP, this::stop)
        .onMessageEquals(Closed.CLOSED, this::end)
        .onSignal(ChildFailed.class, lost -> fail(lost.cause().getMessage(), lost.cause()))
        .build();
  }

  private Behavior<Command> ready(Ready ready) {
    if (!started) {
      started = true;
      recorder.tell(new SimulationRecorder.Engine(ready.engine()));
      listener.accept(new SimulationEvent.Started(ready.engine(), doneNs(), totalNs));
    }
    idle.add(ready.worker());
    return handOut();
  }

  private Behavior<Command> stored(Stored stored) {
    states[stored.block()] = stored.state();
    Behavior<Command> next = free(stored.block(), stored.state().step());
    listener.accept(new SimulationEvent.Advanced(doneNs()));
    return next;
  }

  private Behavior<Command> free(int block, long step) {
    queue.give(block, step);
    return handOut();
  }

  private Behavior<Command> handOut() {
    while (ending == null && !idle.isEmpty()) {
      OptionalInt block = queue.take();
      if (block.isEmpty()) {
        break;
      }
      idle.poll().tell(new SimulationWorker.Move(block.getAsInt(), states[block.getAsInt()]));
    }
    if (ending == null && queue.isFinished()) {
      close(SimulationEnding.finished());
    } else if (ending != null && !queue.isAnyTaken()) {
      recorder.tell(SimulationRecorder.Close.CLOSE);
    }
    return this;
  }

  private Behavior<Command> stop() {
    if (ending == null) {
      ending = SimulationEnding.stopped();
      cancelled.set(true);
      return handOut();
    }
    return this;
  }

  private Behavior<Command> fail(String reason, Throwable cause) {
    if (ending == null || ending.outcome() == SimulationEnding.Outcome.STOPPED) {
      cancelled.set(true);
      close(SimulationEnding.failed(reason, cause));
    }
    return this;
  }

  private void close(SimulationEnding how) {
    ending = how;
    recorder.tell(SimulationRecorder.Close.CLOSE);
  }

  private Behavior<Command> recorderFailed(RecorderFailed failed) {
    cancelled.set(true);
    ending =
        SimulationEnding.failed(
            "Writing the simulation's directory failed: " + failed.cause().getMessage(),
            failed.cause());
    return end();
  }

  private Behavior<Command> end() {
    onEnd.accept(ending);
    return Behaviors.stopped();
  }

  private double doneNs() {
    double sum = 0;
    for (int block = 0; block < states.length; block++) {
      sum += settings.nanoseconds(queue.step(block)) * settings.laddersOf(block) * settings.rungs();
    }
    return sum;
  }
}
