package dev.cmt.actors.pool;

import dev.cmt.energy.Target;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands batches to workers that ask for them: threads of this process, which it starts, and others
 * that join and leave as they like. A batch whose worker refuses it, up to {@link #ATTEMPTS} times,
 * is lost, or does not answer in time goes to another worker too, one that has not had it if there
 * is any; whichever answers first settles it, and later answers are dropped. A worker whose
 * energies turn out wrong ends the run. When every worker has been silent for too long, with a
 * batch or while it opens its engine, the run fails and says so; when none is left it fails too,
 * unless others may still join. What waits here is bounded by the coordinator, which asks for a new
 * batch only when one was stored.
 */
public final class EnergyPool extends AbstractBehavior<EnergyPool.Command> {
  private static final Logger LOG = LoggerFactory.getLogger(EnergyPool.class);
  private static final int ATTEMPTS = 3;

  /**
   * An engine may take so long to open even where batches are quick: it may compile kernels for its
   * device, on a busy machine.
   */
  static final Duration LEAST_OPENING = Duration.ofMinutes(2);

  /** What the pool understands. */
  public sealed interface Command permits Evaluate, Tick, WorkerReport {}

  /**
   * A batch from the flow.
   *
   * @param batch what to evaluate
   */
  public record Evaluate(SampledBatch batch) implements Command {}

  /** Time to look for answers that are overdue. */
  private enum Tick implements Command {
    TICK
  }

  /**
   * How a pool works.
   *
   * @param localWorkers workers of this process, at least 0
   * @param open whether others may join, so that having no worker is no failure
   * @param timeout how long a batch may take before another worker gets it too
   * @param stragglerFactor multiple of the median time after which it does; infinite for never
   */
  public record Settings(int localWorkers, boolean open, Duration timeout, double stragglerFactor) {
    public Settings {
      if (localWorkers < 0 || (localWorkers == 0 && !open)) {
        throw new IllegalArgumentException(
            "The number of local workers (%d) must be at least %d."
                .formatted(localWorkers, open ? 0 : 1));
      }
    }

    /** A pool of this process alone. */
    public static Settings local(int workers, Duration timeout) {
      return new Settings(workers, false, timeout, Double.POSITIVE_INFINITY);
    }

    /** How long a worker of this process may take to open its engine. */
    private Duration opening() {
      return timeout.compareTo(LEAST_OPENING) > 0 ? timeout : LEAST_OPENING;
    }

    private Duration lookEvery() {
      Duration tenth = timeout.dividedBy(10);
      Duration half = Patience.LEAST.dividedBy(2);
      return Double.isInfinite(stragglerFactor) || tenth.compareTo(half) < 0 ? tenth : half;
    }
  }

  /** A batch, who has had it without an answer, and how often it was refused. */
  private record Pending(SampledBatch batch, Set<ActorRef<Work>> had, int refusals) {
    static Pending of(SampledBatch batch) {
      return new Pending(batch, Set.of(), 0);
    }

    Pending after(ActorRef<Work> worker, boolean refused) {
      Set<ActorRef<Work>> all = new HashSet<>(had);
      all.add(worker);
      return new Pending(batch, all, refused ? refusals + 1 : refusals);
    }
  }

  /** Where a batch in a worker's hands stands; the worker is busy with it in any case. */
  private enum Standing {
    AWAITED,
    /** Somebody else has it too, or will. */
    REISSUED,
    /** Somebody else was faster. */
    SETTLED
  }

  private record Assignment(
      Pending pending, ActorRef<Work> worker, long handedOut, Standing standing) {
    Assignment with(Standing other) {
      return new Assignment(pending, worker, handedOut, other);
    }
  }

  private final Settings settings;
  private final LongSupplier clock;
  private final Patience patience;
  private final Consumer<EvaluatedBatch> results;
  private final Consumer<PoolEvent> events;
  private final PoolFigures figures;
  private final Deque<Pending> waiting = new ArrayDeque<>();
  private final Deque<ActorRef<Work>> idle = new ArrayDeque<>();
  private final Map<Long, Assignment> assigned = new LinkedHashMap<>();

  /** Workers by name; those of this process before they have opened their engine, too. */
  private final Map<ActorRef<Work>, String> workers = new HashMap<>();

  private final Set<ActorRef<Work>> opening = new HashSet<>();
  private final long startNanos;
  private long nextAssignment;
  private boolean warnedOfOpening;

  private EnergyPool(
      ActorContext<Command> context,
      Target target,
      Settings settings,
      LongSupplier clock,
      WorkerSpawner spawner,
      Consumer<EvaluatedBatch> results,
      Consumer<PoolEvent> events,
      PoolFigures figures,
      TimerScheduler<Command> timers) {
    super(context);
    this.settings = settings;
    this.clock = clock;
    this.startNanos = clock.getAsLong();
    this.patience = new Patience(settings.timeout(), settings.stragglerFactor());
    this.results = results;
    this.events = events;
    this.figures = figures;
    timers.startTimerWithFixedDelay(Tick.TICK, settings.lookEvery());
    for (int i = 0; i < settings.localWorkers(); i++) {
      String name = "energy-worker-" + i;
      ActorRef<Work> worker =
          spawner.spawn(context, EnergyWorker.create(target, context.getSelf().narrow()), name);
      context.watch(worker);
      workers.put(worker, name);
      opening.add(worker);
    }
  }

  /**
   * A pool.
   *
   * @param target what to evaluate
   * @param settings how it works
   * @param clock nanoseconds that only go forward, such as {@link System#nanoTime}
   * @param spawner starts the workers of this process
   * @param results gets each batch once, on the pool's thread
   * @param events told, on the pool's thread, of engines and of what ends the run
   * @param figures kept up to date for whoever watches
   */
  public static Behavior<Command> create(
      Target target,
      Settings settings,
      LongSupplier clock,
      WorkerSpawner spawner,
      Consumer<EvaluatedBatch> results,
      Consumer<PoolEvent> events,
      PoolFigures figures) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new EnergyPool(
                        context, target, settings, clock, spawner, results, events, figures,
                        timers)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Evaluate.class, this::enqueue)
        .onMessage(WorkerReport.Joined.class, this::joined)
        .onMessage(WorkerReport.Evaluated.class, this::evaluated)
        .onMessage(WorkerReport.Refused.class, this::refused)
        .onMessage(WorkerReport.Returned.class, this::returned)
        .onMessageEquals(Tick.TICK, this::lookForOverdue)
        .onSignal(ChildFailed.class, failed -> lost(failed.getRef(), failed.cause()))
        .onSignal(Terminated.class, gone -> lost(gone.getRef(), null))
        .build();
  }

  private Behavior<Command> joined(WorkerReport.Joined joined) {
    if (workers.put(joined.worker(), joined.name()) == null) {
      getContext().watch(joined.worker());
    }
    opening.remove(joined.worker());
    events.accept(new PoolEvent.EngineOpened(joined.engine()));
    return ask(joined.worker(), joined.wants());
  }

  private Behavior<Command> enqueue(Evaluate request) {
    waiting.add(Pending.of(request.batch()));
    return handOut();
  }

  private Behavior<Command> ask(ActorRef<Work> worker, int wants) {
    for (int i = 0; i < wants; i++) {
      idle.add(worker);
    }
    return handOut();
  }

  private Behavior<Command> handOut() {
    Iterator<Pending> next = waiting.iterator();
    while (next.hasNext() && !idle.isEmpty()) {
      Pending pending = next.next();
      ActorRef<Work> worker = idleFor(pending);
      if (worker == null) {
        continue; // it waits for somebody who has not had it
      }
      next.remove();
      idle.removeFirstOccurrence(worker);
      long assignment = nextAssignment++;
      assigned.put(
          assignment, new Assignment(pending, worker, clock.getAsLong(), Standing.AWAITED));
      worker.tell(new Work(pending.batch(), assignment));
    }
    figures.set(workers.size(), waiting.size(), assigned.size());
    return this;
  }

  /**
   * An idle worker that has not had the batch, or any if nobody else is left who may take it; null
   * if it is better to wait.
   */
  private ActorRef<Work> idleFor(Pending pending) {
    return idle.stream()
        .filter(one -> !pending.had().contains(one))
        .findFirst()
        .orElseGet(() -> mayGoElsewhere(pending) ? null : idle.peek());
  }

  private boolean mayGoElsewhere(Pending pending) {
    return workers.keySet().stream()
        .anyMatch(one -> !pending.had().contains(one) && !opening.contains(one) && !isSlow(one));
  }

  /** Whether a batch was given to somebody else because of it. */
  private boolean isSlow(ActorRef<Work> worker) {
    return assigned.values().stream()
        .anyMatch(one -> one.worker().equals(worker) && one.standing() == Standing.REISSUED);
  }

  private Behavior<Command> evaluated(WorkerReport.Evaluated answer) {
    Assignment settled = assigned.remove(answer.assignment());
    if (settled == null || settled.standing() == Standing.SETTLED) {
      figures.countDuplicate();
      LOG.debug("{} answers a batch that somebody else has settled", name(answer.worker()));
    } else {
      patience.answered(clock.getAsLong() - settled.handedOut());
      SampledBatch batch = settled.pending().batch();
      waiting.removeIf(pending -> pending.batch().isSameAs(batch));
      assigned.replaceAll(
          (key, other) ->
              other.pending().batch().isSameAs(batch) ? other.with(Standing.SETTLED) : other);
      figures.countBatch(batch.rows());
      results.accept(answer.batch());
    }
    return ask(answer.worker(), answer.wants());
  }

  private Behavior<Command> refused(WorkerReport.Refused refused) {
    if (refused.enginesDisagree()) {
      // Another try would seldom meet a row that is recomputed, and would store what is not to be
      // trusted.
      fail(
          "The energies of %s cannot be trusted: %s"
              .formatted(name(refused.worker()), refused.reason()),
          null);
      return this;
    }
    Assignment assignment = assigned.remove(refused.assignment());
    if (assignment != null && assignment.standing() != Standing.SETTLED) {
      Pending pending = assignment.pending().after(refused.worker(), true);
      if (pending.refusals() >= ATTEMPTS) {
        fail(
            "Batch %d of step %d failed in %d tries, the last with: %s"
                .formatted(
                    pending.batch().batch(),
                    pending.batch().step(),
                    pending.refusals(),
                    refused.reason()),
            null);
        return this;
      }
      giveToAnother(
          pending, "failed at %s: %s".formatted(name(refused.worker()), refused.reason()));
    }
    return ask(refused.worker(), refused.wants());
  }

  private Behavior<Command> returned(WorkerReport.Returned returned) {
    Assignment assignment = assigned.remove(returned.assignment());
    if (assignment != null && assignment.standing() == Standing.AWAITED) {
      waiting.addFirst(assignment.pending());
    }
    return handOut();
  }

  private Behavior<Command> lookForOverdue() {
    long now = clock.getAsLong();
    long limit = patience.limitNanos();
    assigned.replaceAll(
        (key, assignment) -> {
          long waited = now - assignment.handedOut();
          if (assignment.standing() != Standing.AWAITED || waited <= limit) {
            return assignment;
          }
          giveToAnother(
              assignment.pending().after(assignment.worker(), false),
              "has had no answer from %s for %.1f s"
                  .formatted(name(assignment.worker()), waited * 1e-9));
          return assignment.with(Standing.REISSUED);
        });
    String silent = silent(now);
    if (silent != null) {
      fail(silent, null);
      return this;
    }
    return handOut();
  }

  /** Why nothing can be expected of any worker any more; null if something can. */
  private String silent(long now) {
    boolean noneOpens = opening.isEmpty() || now - startNanos > settings.opening().toNanos();
    boolean noneAnswers =
        assigned.values().stream()
            .allMatch(one -> now - one.handedOut() > 2 * patience.timeoutNanos());
    if (!idle.isEmpty() || !noneOpens || !noneAnswers) {
      return null;
    }
    if (!assigned.isEmpty()) {
      return ("None of the %d energy workers has answered for %d s. Is the energy engine stuck? If"
              + " one batch may take that long, raise energy.timeout_seconds or lower"
              + " energy.batch_rows.")
          .formatted(workers.size(), 2 * settings.timeout().toSeconds());
    }
    if (opening.isEmpty()) {
      return null;
    }
    String stuck =
        ("None of the %d energy workers has opened its engine for %d s; waited for %s. Is the"
                + " energy engine stuck? ./cmt doctor tries it. If it may take that long, raise"
                + " energy.timeout_seconds.")
            .formatted(
                workers.size(),
                settings.opening().toSeconds(),
                opening.stream().map(this::name).sorted().collect(Collectors.joining(", ")));
    if (!settings.open()) {
      return stuck;
    }
    if (!warnedOfOpening) {
      warnedOfOpening = true;
      LOG.warn("{} The run waits for nodes to join.", stuck);
    }
    return null;
  }

  /** A worker of this process has failed, or one from elsewhere has gone; null says the latter. */
  private Behavior<Command> lost(ActorRef<Void> who, Throwable cause) {
    ActorRef<Work> lost = who.unsafeUpcast();
    String name = name(lost);
    workers.remove(lost);
    opening.remove(lost);
    idle.removeIf(lost::equals);
    if (cause != null) {
      LOG.error("Energy worker {} failed", name, cause);
    }
    if (workers.isEmpty() && !settings.open()) {
      fail("The last energy worker failed.", cause);
      return this;
    }
    List<Pending> orphans = new ArrayList<>();
    assigned
        .values()
        .removeIf(
            assignment -> {
              boolean hadIt = assignment.worker().equals(lost);
              if (hadIt && assignment.standing() == Standing.AWAITED) {
                orphans.add(assignment.pending());
              }
              return hadIt;
            });
    orphans.forEach(pending -> giveToAnother(pending, "lost its worker " + name));
    if (workers.isEmpty()) {
      LOG.warn("No energy worker is left; {} batches wait until one joins", waiting.size());
    }
    return handOut();
  }

  private void giveToAnother(Pending pending, String why) {
    SampledBatch batch = pending.batch();
    figures.countReissue();
    LOG.warn("Batch {} of step {} {}; another worker gets it", batch.batch(), batch.step(), why);
    waiting.addFirst(pending);
  }

  private String name(ActorRef<Work> worker) {
    return workers.getOrDefault(worker, worker.path().name());
  }

  private void fail(String reason, Throwable cause) {
    events.accept(new PoolEvent.Failed(reason, cause));
  }
}
