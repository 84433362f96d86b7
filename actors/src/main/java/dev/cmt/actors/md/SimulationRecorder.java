package dev.cmt.actors.md;

import dev.cmt.energy.md.ReplicaState;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * The only writer of a simulation's directory, on a thread of its own. Frames go to their places at
 * once; every so many seconds they are forced to the device, and then the states that come after
 * them are.
 */
final class SimulationRecorder extends AbstractBehavior<SimulationRecorder.Command> {
  /** What the recorder understands. */
  sealed interface Command {}

  /** Frames of a block, and where it is now. */
  record Store(Segment segment) implements Command {}

  /** Who computes forces; to be said before the first segment. */
  record Engine(String description) implements Command {}

  /** Save all states now and say so; nothing is stored from here on. */
  enum Close implements Command {
    CLOSE
  }

  private final SimulationFiles files;
  private final long everyNanos;
  private final LongSupplier clock;
  private final ActorRef<SimulationCoordinator.Command> coordinator;
  private final Map<Integer, ReplicaState> unsaved = new TreeMap<>();
  private long savedAt;
  private boolean closed;

  private SimulationRecorder(
      ActorContext<Command> context,
      SimulationFiles files,
      long everyNanos,
      LongSupplier clock,
      ActorRef<SimulationCoordinator.Command> coordinator) {
    super(context);
    this.files = files;
    this.everyNanos = everyNanos;
    this.clock = clock;
    this.coordinator = coordinator;
    this.savedAt = clock.getAsLong();
  }

  /**
   * A recorder.
   *
   * @param files where it writes; the caller closes them
   * @param everyNanos how often states are saved
   * @param clock nanoseconds that only go forward
   */
  static Behavior<Command> create(
      SimulationFiles files,
      long everyNanos,
      LongSupplier clock,
      ActorRef<SimulationCoordinator.Command> coordinator) {
    return Behaviors.setup(
        context -> new SimulationRecorder(context, files, everyNanos, clock, coordinator));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Store.class, store -> guarded(() -> store(store.segment())))
        .onMessage(Engine.class, engine -> guarded(() -> files.noteEngine(engine.description())))
        .onMessageEquals(Close.CLOSE, () -> guarded(this::closeFor))
        .build();
  }

  private interface Work {
    void run() throws IOException;
  }

  private Behavior<Command> guarded(Work work) {
    if (closed) {
      return this;
    }
    try {
      work.run();
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      closed = true;
      coordinator.tell(new SimulationCoordinator.RecorderFailed(e));
    }
    return this;
  }

  private void store(Segment segment) throws IOException {
    files.write(segment);
    unsaved.put(segment.block(), segment.state());
    if (clock.getAsLong() - savedAt >= everyNanos) {
      save();
    }
    coordinator.tell(new SimulationCoordinator.Stored(segment.block(), segment.state()));
  }

  private void save() throws IOException {
    files.save(unsaved);
    unsaved.clear();
    savedAt = clock.getAsLong();
  }

  private void closeFor() throws IOException {
    save();
    closed = true;
    coordinator.tell(SimulationCoordinator.Closed.CLOSED);
  }
}
