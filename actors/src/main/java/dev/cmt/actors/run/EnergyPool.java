package dev.cmt.actors.run;

import dev.cmt.energy.Target;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands batches to workers that ask for them. A batch whose worker refuses it or does not answer in
 * time goes to another, up to {@link #ATTEMPTS} times; a late answer does no harm, because the
 * journal keeps the first. What waits here is bounded by the coordinator, which asks for a new
 * batch only when one was stored.
 */
final class EnergyPool extends AbstractBehavior<EnergyPool.Command> {
  private static final Logger LOG = LoggerFactory.getLogger(EnergyPool.class);
  private static final int ATTEMPTS = 3;

  /** What the pool understands. */
  sealed interface Command {
    /** A batch from the flow. */
    record Evaluate(SampledBatch batch) implements Command {}

    /** A worker wants its first batch. */
    record Ready(ActorRef<EnergyWorker.Work> worker) implements Command {}

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

  private record Pending(SampledBatch batch, int attempt) {}

  private record Assignment(Pending pending, ActorRef<EnergyWorker.Work> worker, long deadline) {}

  private final ActorRef<Coordinator.Command> coordinator;
  private final Duration timeout;
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
      ActorRef<BufferActor.Command> buffer,
      ActorRef<Coordinator.Command> coordinator,
      TimerScheduler<Command> timers) {
    super(context);
    this.coordinator = coordinator;
    this.timeout = timeout;
    timers.startTimerWithFixedDelay(Command.Tick.TICK, timeout.dividedBy(10));
    for (int i = 0; i < workerCount; i++) {
      ActorRef<EnergyWorker.Work> worker =
          context.spawn(
              EnergyWorker.create(target, context.getSelf(), buffer),
              "energy-worker-" + i,
              DispatcherSelector.fromConfig(TrainingRun.OWN_THREAD));
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
   * @param buffer where workers hand their results
   * @param coordinator told when a batch or the last worker is lost for good
   */
  static Behavior<Command> create(
      Target target,
      int workers,
      Duration timeout,
      ActorRef<BufferActor.Command> buffer,
      ActorRef<Coordinator.Command> coordinator) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new EnergyPool(
                        context, target, workers, timeout, buffer, coordinator, timers)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Command.Evaluate.class, this::enqueue)
        .onMessage(Command.Ready.class, ready -> assignTo(ready.worker()))
        .onMessage(Command.Done.class, this::done)
        .onMessage(Command.Refused.class, this::refused)
        .onMessageEquals(Command.Tick.TICK, this::reissueOverdue)
        .onSignal(ChildFailed.class, this::workerFailed)
        .build();
  }

  private Behavior<Command> enqueue(Command.Evaluate request) {
    waiting.add(new Pending(request.batch(), 1));
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
      long deadline = System.nanoTime() + timeout.toNanos();
      assigned.put(assignment, new Assignment(pending, worker, deadline));
      worker.tell(new EnergyWorker.Work(pending.batch(), assignment));
    }
    return this;
  }

  private Behavior<Command> done(Command.Done done) {
    assigned.remove(done.assignment());
    return assignTo(done.worker());
  }

  private Behavior<Command> refused(Command.Refused refused) {
    Assignment assignment = assigned.remove(refused.assignment());
    if (assignment != null) {
      tryAgain(assignment.pending(), "failed: " + refused.reason());
    }
    return assignTo(refused.worker());
  }

  private Behavior<Command> reissueOverdue() {
    long now = System.nanoTime();
    var overdue = assigned.entrySet().iterator();
    while (overdue.hasNext()) {
      Assignment assignment = overdue.next().getValue();
      if (now - assignment.deadline() > 0) {
        overdue.remove();
        tryAgain(
            assignment.pending(),
            "did not answer within %d s".formatted(Math.max(1, timeout.toSeconds())));
      }
    }
    return handOut();
  }

  private Behavior<Command> workerFailed(ChildFailed failed) {
    Integer index = workers.remove(failed.getRef().<EnergyWorker.Work>unsafeUpcast());
    idle.removeIf(worker -> worker.equals(failed.getRef()));
    LOG.error("Energy worker {} failed", index, failed.cause());
    if (workers.isEmpty()) {
      coordinator.tell(new Coordinator.Failure("The last energy worker failed.", failed.cause()));
      return this;
    }
    assigned.entrySet().stream()
        .filter(entry -> entry.getValue().worker().equals(failed.getRef()))
        .map(Map.Entry::getKey)
        .toList()
        .forEach(key -> tryAgain(assigned.remove(key).pending(), "lost its worker"));
    return handOut();
  }

  private void tryAgain(Pending pending, String what) {
    SampledBatch batch = pending.batch();
    String name = "Batch %d of step %d".formatted(batch.batch(), batch.step());
    if (pending.attempt() >= ATTEMPTS) {
      coordinator.tell(
          new Coordinator.Failure(
              "%s %s, and so did %d tries before; see the log for the energy engine's words."
                  .formatted(name, what, ATTEMPTS - 1),
              null));
      return;
    }
    LOG.warn("{} {}; another worker gets it (try {})", name, what, pending.attempt() + 1);
    waiting.addFirst(new Pending(batch, pending.attempt() + 1));
  }
}
