package dev.cmt.actors.run;

import dev.cmt.energy.Target;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands batches to workers that ask for them. A batch whose worker refuses it, up to {@link
 * #ATTEMPTS} times, or does not answer in time goes to another worker too; whichever answers first
 * settles it, and a late answer does no harm, because the journal keeps the first. When every
 * worker has been silent for twice the time allowed, the run fails and says so. What waits here is
 * bounded by the coordinator, which asks for a new batch only when one was stored.
 */
final class EnergyPool extends AbstractBehavior<EnergyPool.Command> {
  private static final Logger LOG = LoggerFactory.getLogger(EnergyPool.class);
  private static final int ATTEMPTS = 3;

  /** What the pool understands. */
  sealed interface Command {
    /** A batch from the flow. */
    record Evaluate(SampledBatch batch) implements Command {}

    /** A worker has opened its engine and wants its first batch. */
    record Ready(ActorRef<EnergyWorker.Work> worker, String engine) implements Command {}

    /** A worker has handed its result to the journal and wants another batch. */
    record Done(ActorRef<EnergyWorker.Work> worker, long assignment) implements Command {}

    /** A worker could not evaluate a batch as a whole. */
    record Refused(ActorRef<EnergyWorker.Work> worker, long assignment, String reason)
        implements Command {}

    /** Time to look for answers that are overdue. */
    enum Tick implements Command {
      TICK
    }
  }

  private record Pending(SampledBatch batch, int refusals) {
    boolean sameBatch(Pending other) {
      return batch.step() == other.batch.step() && batch.batch() == other.batch.batch();
    }
  }

  /** A batch in a worker's hands; overdue ones stay listed, because their worker is still busy. */
  private record Assignment(
      Pending pending, ActorRef<EnergyWorker.Work> worker, long deadline, boolean reissued) {
    Assignment asReissued() {
      return new Assignment(pending, worker, deadline, true);
    }
  }

  private final ActorRef<Coordinator.Command> coordinator;
  private final Duration timeout;
  private final LongSupplier clock;
  private final Deque<Pending> waiting = new ArrayDeque<>();
  private final Deque<ActorRef<EnergyWorker.Work>> idle = new ArrayDeque<>();
  private final Map<Long, Assignment> assigned = new LinkedHashMap<>();
  private final Map<ActorRef<EnergyWorker.Work>, Integer> workers = new HashMap<>();
  private long nextAssignment;

  private EnergyPool(
      ActorContext<Command> context,
      Target target,
      int workerCount,
      Duration timeout,
      LongSupplier clock,
      ActorRef<BufferActor.Command> buffer,
      ActorRef<Coordinator.Command> coordinator,
      TimerScheduler<Command> timers) {
    super(context);
    this.coordinator = coordinator;
    this.timeout = timeout;
    this.clock = clock;
    timers.startTimerWithFixedDelay(Command.Tick.TICK, timeout.dividedBy(10));
    for (int i = 0; i < workerCount; i++) {
      ActorRef<EnergyWorker.Work> worker =
          TrainingRun.spawn(
              context,
              EnergyWorker.create(target, context.getSelf(), buffer),
              EnergyWorker.Work.class,
              "energy-worker-" + i,
              coordinator);
      context.watch(worker);
      workers.put(worker, i);
    }
  }

  /**
   * A pool.
   *
   * @param target what to evaluate
   * @param workers workers to start, at least 1
   * @param timeout how long a batch may take before another worker gets it too
   * @param clock nanoseconds that only go forward, such as {@link System#nanoTime}
   * @param buffer where workers hand their results
   * @param coordinator told when a batch or the last worker is lost for good
   */
  static Behavior<Command> create(
      Target target,
      int workers,
      Duration timeout,
      LongSupplier clock,
      ActorRef<BufferActor.Command> buffer,
      ActorRef<Coordinator.Command> coordinator) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new EnergyPool(
                        context, target, workers, timeout, clock, buffer, coordinator, timers)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Command.Evaluate.class, this::enqueue)
        .onMessage(Command.Ready.class, this::ready)
        .onMessage(Command.Done.class, this::done)
        .onMessage(Command.Refused.class, this::refused)
        .onMessageEquals(Command.Tick.TICK, this::lookForOverdue)
        .onSignal(ChildFailed.class, this::workerFailed)
        .build();
  }

  private Behavior<Command> ready(Command.Ready ready) {
    coordinator.tell(new Coordinator.EnergyReady(ready.engine()));
    return assignTo(ready.worker());
  }

  private Behavior<Command> enqueue(Command.Evaluate request) {
    waiting.add(new Pending(request.batch(), 0));
    return handOut();
  }

  private Behavior<Command> assignTo(ActorRef<EnergyWorker.Work> worker) {
    idle.add(worker);
    return handOut();
  }

  private Behavior<Command> handOut() {
    while (!waiting.isEmpty() && !idle.isEmpty()) {
      Pending pending = waiting.poll();
      ActorRef<EnergyWorker.Work> worker = idle.poll();
      long assignment = nextAssignment++;
      long deadline = clock.getAsLong() + timeout.toNanos();
      assigned.put(assignment, new Assignment(pending, worker, deadline, false));
      worker.tell(new EnergyWorker.Work(pending.batch(), assignment));
    }
    return this;
  }

  private Behavior<Command> done(Command.Done done) {
    Assignment settled = assigned.remove(done.assignment());
    if (settled != null) {
      waiting.removeIf(settled.pending()::sameBatch);
      assigned.replaceAll(
          (key, other) ->
              other.pending().sameBatch(settled.pending()) ? other.asReissued() : other);
    }
    return assignTo(done.worker());
  }

  private Behavior<Command> refused(Command.Refused refused) {
    Assignment assignment = assigned.remove(refused.assignment());
    if (assignment != null) {
      Pending pending = assignment.pending();
      int refusals = pending.refusals() + 1;
      if (refusals >= ATTEMPTS) {
        coordinator.tell(
            new Coordinator.Failure(
                "Batch %d of step %d failed in %d tries, the last with: %s"
                    .formatted(
                        pending.batch().batch(),
                        pending.batch().step(),
                        refusals,
                        refused.reason()),
                null));
        return this;
      }
      giveToAnother(new Pending(pending.batch(), refusals), "failed: " + refused.reason());
    }
    return assignTo(refused.worker());
  }

  private Behavior<Command> lookForOverdue() {
    long now = clock.getAsLong();
    assigned.replaceAll(
        (key, assignment) -> {
          if (assignment.reissued() || now - assignment.deadline() <= 0) {
            return assignment;
          }
          giveToAnother(
              assignment.pending(), "has had no answer for %d s".formatted(timeout.toSeconds()));
          return assignment.asReissued();
        });
    boolean allSilent =
        assigned.size() == workers.size()
            && assigned.values().stream()
                .allMatch(assignment -> now - assignment.deadline() > timeout.toNanos());
    if (allSilent) {
      coordinator.tell(
          new Coordinator.Failure(
              ("None of the %d energy workers has answered for %d s. Is the energy engine stuck? If"
                      + " one batch may take that long, raise energy.timeout_seconds or lower"
                      + " energy.batch_rows.")
                  .formatted(workers.size(), 2 * timeout.toSeconds()),
              null));
      return this;
    }
    return handOut();
  }

  private Behavior<Command> workerFailed(ChildFailed failed) {
    ActorRef<EnergyWorker.Work> lost = failed.getRef().unsafeUpcast();
    Integer index = workers.remove(lost);
    idle.removeIf(lost::equals);
    LOG.error("Energy worker {} failed", index, failed.cause());
    if (workers.isEmpty()) {
      coordinator.tell(new Coordinator.Failure("The last energy worker failed.", failed.cause()));
      return this;
    }
    assigned
        .values()
        .removeIf(
            assignment -> {
              boolean hadIt = assignment.worker().equals(lost);
              if (hadIt && !assignment.reissued()) {
                giveToAnother(assignment.pending(), "lost its worker");
              }
              return hadIt;
            });
    return handOut();
  }

  private void giveToAnother(Pending pending, String why) {
    SampledBatch batch = pending.batch();
    LOG.warn("Batch {} of step {} {}; another worker gets it", batch.batch(), batch.step(), why);
    waiting.addFirst(pending);
  }
}
