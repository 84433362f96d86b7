package dev.cmt.actors.cluster;

import dev.cmt.actors.pool.EnergyWorker;
import dev.cmt.actors.pool.EngineConfig;
import dev.cmt.actors.pool.SampledBatch;
import dev.cmt.actors.pool.Work;
import dev.cmt.actors.pool.WorkerReport;
import dev.cmt.energy.Target;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.cluster.typed.SelfUp;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node of the energy farm: finds the head's gate, opens the target that it is told, and evaluates
 * what comes. Keeps no result: one that is lost on the way is computed again, to the same bits.
 * Serves one head; ends when that is gone, which it knows by its silence.
 */
final class NodeActor extends AbstractBehavior<NodeActor.Command> {
  private static final Logger LOG = LoggerFactory.getLogger(NodeActor.class);
  private static final Duration BEAT = Duration.ofSeconds(1);

  /** The actor's name below the guardian; the large-message lane is configured for it. */
  static final String NAME = "energy-node";

  /** What a node understands. */
  sealed interface Command permits ToNode, Up, Found, FromWorker, Beat, Drain {}

  private record Up(SelfUp event) implements Command {}

  private record Found(Receptionist.Listing listing) implements Command {}

  private record FromWorker(WorkerReport report) implements Command {}

  private enum Beat implements Command {
    BEAT
  }

  /** Finish what is begun, give back the rest, and end. */
  enum Drain implements Command {
    DRAIN
  }

  private final int workerCount;
  private final EnergyNode.TargetMaker targets;
  private final Consumer<NodeOutcome> outcome;
  private final ActorRef<WorkerReport> reports;
  private final Deque<ActorRef<Work>> idle = new ArrayDeque<>();
  private final Map<Long, Samples> waiting = new LinkedHashMap<>();
  private final Map<Long, Samples> evaluating = new HashMap<>();
  private final HeadContact head;
  private ActorRef<ToHead> link;
  private int opened;
  private boolean draining;
  private long rows;
  private long batches;
  private long refused;
  private double busySeconds;

  private NodeActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      int workerCount,
      EnergyNode.TargetMaker targets,
      Duration lostAfter,
      LongSupplier clock,
      Consumer<NodeOutcome> outcome) {
    super(context);
    this.workerCount = workerCount;
    this.targets = targets;
    this.outcome = outcome;
    this.reports = context.messageAdapter(WorkerReport.class, FromWorker::new);
    this.head =
        new HeadContact(
            context.getSystem(),
            context.messageAdapter(SelfUp.class, Up::new),
            context.messageAdapter(Receptionist.Listing.class, Found::new),
            lostAfter,
            clock,
            () -> Hello.from(workerCount, context.getSelf().narrow()));
    timers.startTimerWithFixedDelay(Beat.BEAT, BEAT);
  }

  /**
   * A node.
   *
   * @param workers worker threads, at least 1
   * @param targets makes what the head asks for
   * @param lostAfter how long the head may be silent
   * @param clock nanoseconds that only go forward, such as {@link System#nanoTime}
   * @param outcome told once how it ended, before the actor stops
   */
  static Behavior<Command> create(
      int workers,
      EnergyNode.TargetMaker targets,
      Duration lostAfter,
      LongSupplier clock,
      Consumer<NodeOutcome> outcome) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new NodeActor(context, timers, workers, targets, lostAfter, clock, outcome)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Up.class, up -> then(head::up))
        .onMessage(ToNode.Pulse.class, pulse -> then(head::heard))
        .onMessage(Found.class, found -> then(() -> head.found(found.listing())))
        .onMessage(Samples.class, this::samples)
        .onMessage(FromWorker.class, this::fromWorker)
        .onMessage(Beat.class, beat -> beat())
        .onMessage(ToNode.Welcome.class, this::welcome)
        .onMessage(ToNode.TurnedAway.class, away -> end(new NodeOutcome.TurnedAway(away.reason())))
        .onMessage(ToNode.Farewell.class, this::farewell)
        .onMessage(Drain.class, drain -> drain())
        .onSignal(ChildFailed.class, this::workerFailed)
        .onSignal(
            Terminated.class,
            gone -> end(new NodeOutcome.HeadLost("the head is out of reach or was stopped")))
        .build();
  }

  private Behavior<Command> then(Runnable action) {
    action.run();
    return this;
  }

  private Behavior<Command> welcome(ToNode.Welcome welcome) {
    if (link != null) {
      return this; // said twice
    }
    link = welcome.link();
    head.heard();
    getContext().watch(link);
    Target target;
    try {
      target = targets.make(welcome.run(), welcome.target());
    } catch (RuntimeException e) {
      return unable("The target %s cannot be made".formatted(welcome.target().system()), e);
    }
    head.heard(); // what it has said meanwhile waits
    LOG.info(
        "Let in at {}: evaluates {}",
        link.path().address().hostPort().replaceFirst("^.*@", ""),
        welcome.target());
    for (int i = 0; i < workerCount; i++) {
      ActorRef<Work> worker =
          getContext()
              .spawn(
                  EnergyWorker.create(target, reports),
                  "energy-worker-" + i,
                  DispatcherSelector.fromConfig(EngineConfig.OWN_THREAD));
      getContext().watch(worker);
    }
    return this;
  }

  private Behavior<Command> samples(Samples samples) {
    head.heard(); // a pulse may wait behind many of these
    long assignment = samples.assignment();
    if (waiting.containsKey(assignment) || evaluating.containsKey(assignment)) {
      return this; // sent twice
    }
    if (draining) {
      return this; // the head has it back since it heard that the node leaves
    }
    waiting.put(assignment, samples);
    return handOut();
  }

  private Behavior<Command> handOut() {
    while (!waiting.isEmpty() && !idle.isEmpty()) {
      Samples samples = waiting.remove(waiting.keySet().iterator().next());
      evaluating.put(samples.assignment(), samples);
      // log q stays at the head, which knows it.
      SampledBatch batch =
          new SampledBatch(
              samples.step(), samples.batch(), 0, samples.u(), new double[samples.rows()], 0);
      idle.poll().tell(new Work(batch, samples.assignment()));
    }
    return this;
  }

  private Behavior<Command> fromWorker(FromWorker from) {
    if (from.report() instanceof WorkerReport.Joined joined) {
      opened++;
      if (opened == workerCount) {
        link.tell(new ToHead.Opened(joined.engine()));
      }
    } else if (from.report() instanceof WorkerReport.Evaluated done) {
      evaluated(done);
    } else if (from.report() instanceof WorkerReport.Refused not) {
      evaluating.remove(not.assignment());
      refused++;
      link.tell(new ToHead.NotEvaluated(not.assignment(), not.reason(), not.enginesDisagree()));
    }
    idle.add(from.report().worker());
    return draining && evaluating.isEmpty() ? end(new NodeOutcome.Drained(true)) : handOut();
  }

  private void evaluated(WorkerReport.Evaluated done) {
    Samples samples = evaluating.remove(done.assignment());
    rows += samples.rows();
    batches++;
    busySeconds += done.batch().energySeconds();
    link.tell(
        new Energies(
            samples.run(),
            samples.assignment(),
            samples.step(),
            samples.batch(),
            done.batch().logP(),
            done.batch().logVolume(),
            done.batch().energySeconds()));
  }

  private Behavior<Command> beat() {
    Optional<String> lost = head.lost();
    if (lost.isPresent()) {
      return end(new NodeOutcome.HeadLost(lost.get()));
    }
    if (link == null) {
      head.knock();
      return this;
    }
    List<Long> holding =
        Stream.concat(waiting.keySet().stream(), evaluating.keySet().stream()).toList();
    JvmFigures jvm = JvmFigures.here();
    link.tell(
        new ToHead.Beat(
            holding,
            new NodeFigures(
                rows,
                batches,
                refused,
                busySeconds,
                jvm.heapUsedBytes(),
                jvm.heapMaxBytes(),
                jvm.gcSeconds())));
    return this;
  }

  private Behavior<Command> farewell(ToNode.Farewell farewell) {
    return end(
        farewell.finished()
            ? new NodeOutcome.Finished()
            : new NodeOutcome.HeadLost("the head was stopped"));
  }

  private Behavior<Command> drain() {
    draining = true;
    if (link != null) {
      link.tell(new ToHead.Leaving(new ArrayList<>(evaluating.keySet())));
      waiting.clear();
    }
    return evaluating.isEmpty() ? end(new NodeOutcome.Drained(true)) : this;
  }

  private Behavior<Command> workerFailed(ChildFailed failed) {
    return unable("An energy worker failed", failed.cause());
  }

  private Behavior<Command> unable(String what, Throwable cause) {
    String reason = "%s: %s".formatted(what, cause.getMessage());
    link.tell(new ToHead.Unable(reason));
    return end(new NodeOutcome.Failed(reason, cause));
  }

  private Behavior<Command> end(NodeOutcome how) {
    outcome.accept(how);
    return Behaviors.stopped();
  }
}
