package dev.cmt.actors.md;

import dev.cmt.energy.EnergyUnavailableException;
import dev.cmt.energy.md.ReplicaState;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Moves blocks, one at a time, on its own thread with its own engines. Asks the coordinator for one
 * and asks again when it has handed its frames to the recorder.
 */
final class SimulationWorker extends AbstractBehavior<SimulationWorker.Move> {
  /**
   * A block to move to its next frame.
   *
   * @param state where it is, or null if it has not begun
   */
  record Move(int block, ReplicaState state) {}

  private final SegmentRunner runner;
  private final BooleanSupplier cancelled;
  private final ActorRef<SimulationRecorder.Command> recorder;
  private final ActorRef<SimulationCoordinator.Command> coordinator;

  private SimulationWorker(
      ActorContext<Move> context,
      SegmentRunner runner,
      BooleanSupplier cancelled,
      ActorRef<SimulationRecorder.Command> recorder,
      ActorRef<SimulationCoordinator.Command> coordinator) {
    super(context);
    this.runner = runner;
    this.cancelled = cancelled;
    this.recorder = recorder;
    this.coordinator = coordinator;
  }

  /**
   * A worker.
   *
   * @param opener opens its engines, on its thread
   * @param cancelled whether work is to be given up; the one thing that actors here share, so that
   *     a stop need not wait for a segment
   */
  static Behavior<Move> create(
      Supplier<SegmentRunner> opener,
      BooleanSupplier cancelled,
      ActorRef<SimulationRecorder.Command> recorder,
      ActorRef<SimulationCoordinator.Command> coordinator) {
    return Behaviors.setup(
        context -> {
          SegmentRunner runner;
          try {
            runner = opener.get();
          } catch (LinkageError e) {
            throw new EnergyUnavailableException(
                "A library of the energy engine could not be loaded (%s); run ./cmt doctor to see what is missing."
                    .formatted(e.getMessage()),
                e);
          }
          coordinator.tell(
              new SimulationCoordinator.Ready(context.getSelf(), runner.engineDescription()));
          return new SimulationWorker(context, runner, cancelled, recorder, coordinator);
        });
  }

  @Override
  public Receive<Move> createReceive() {
    return newReceiveBuilder()
        .onMessage(Move.class, this::move)
        .onSignal(PostStop.class, stopped -> close())
        .build();
  }

  private Behavior<Move> move(Move move) {
    Segment segment;
    try {
      segment = runner.run(move.block(), move.state(), cancelled);
    } catch (RuntimeException | OutOfMemoryError e) {
      coordinator.tell(new SimulationCoordinator.Failure(e.getMessage(), e));
      return this;
    }
    if (segment == null) {
      coordinator.tell(new SimulationCoordinator.GivenUp(move.block()));
      return this;
    }
    recorder.tell(new SimulationRecorder.Store(segment));
    coordinator.tell(
        new SimulationCoordinator.Ready(getContext().getSelf(), runner.engineDescription()));
    return this;
  }

  private Behavior<Move> close() {
    runner.close();
    return this;
  }
}
