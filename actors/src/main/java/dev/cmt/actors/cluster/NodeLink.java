package dev.cmt.actors.cluster;

import dev.cmt.actors.pool.EnergyPool;
import dev.cmt.actors.pool.EvaluatedBatch;
import dev.cmt.actors.pool.SampledBatch;
import dev.cmt.actors.pool.Work;
import dev.cmt.actors.pool.WorkerMessage;
import dev.cmt.actors.pool.WorkerReport;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands at the head for one node: to the energy pool it is a worker, to the node it is the head.
 * Asks the pool for as many batches as the node has threads, and for more while batches are quick,
 * so that threads never wait for the network and long batches never wait behind others. What the
 * network loses is found by the node's beat: a batch that was sent a while ago and that the node
 * neither holds nor has answered is sent again.
 */
final class NodeLink extends AbstractBehavior<WorkerMessage> {
  private static final Logger LOG = LoggerFactory.getLogger(NodeLink.class);

  /** A message under way for longer than this is lost. */
  static final Duration LOST_AFTER = Duration.ofSeconds(5);

  /** The same of one after which nothing was heard of any other. */
  static final Duration LAST_LOST_AFTER = Duration.ofMinutes(1);

  /** Batches that take longer than this are not sent ahead. */
  static final double QUICK_SECONDS = 0.25;

  /** Batches that take less than this are over before the next could come. */
  static final double VERY_QUICK_SECONDS = 0.01;

  /** Say welcome again. */
  enum Greet implements WorkerMessage {
    GREET
  }

  /** When a batch was sent, and as the how manieth. */
  private record Sent(SampledBatch batch, long nanos, long order) {}

  private final Hello hello;
  private final FarmGate.Terms terms;
  private final ActorRef<EnergyPool.Command> pool;
  private final NodeRegistry registry;
  private final LongSupplier clock;
  private final ActorRef<Work> self;
  private final Map<Long, Sent> outstanding = new LinkedHashMap<>();
  private String engine = "";
  private int asked;
  private int slots;
  private long sent;

  /** Order of the latest batch that the node is known to have got. */
  private long arrived = -1;

  private boolean leaving;
  private NodeFigures figures = new NodeFigures(0, 0, 0, 0, 0, 0, 0);
  private double rowsPerSecond;
  private long lastBeat;

  private NodeLink(
      ActorContext<WorkerMessage> context,
      Hello hello,
      FarmGate.Terms terms,
      ActorRef<EnergyPool.Command> pool,
      NodeRegistry registry,
      LongSupplier clock) {
    super(context);
    this.hello = hello;
    this.terms = terms;
    this.pool = pool;
    this.registry = registry;
    this.clock = clock;
    this.self = context.getSelf().narrow();
    this.slots = hello.workers();
    this.lastBeat = clock.getAsLong();
    context.watch(hello.node());
    greet();
  }

  /** The link to a node that was let in. */
  static Behavior<WorkerMessage> create(
      Hello hello,
      FarmGate.Terms terms,
      ActorRef<EnergyPool.Command> pool,
      NodeRegistry registry,
      LongSupplier clock) {
    return Behaviors.setup(context -> new NodeLink(context, hello, terms, pool, registry, clock));
  }

  @Override
  public Receive<WorkerMessage> createReceive() {
    return newReceiveBuilder()
        .onMessage(Work.class, this::send)
        .onMessage(Energies.class, this::evaluated)
        .onMessage(ToHead.Beat.class, this::beat)
        .onMessage(ToHead.Opened.class, this::opened)
        .onMessage(ToHead.NotEvaluated.class, this::notEvaluated)
        .onMessage(ToHead.Leaving.class, this::leave)
        .onMessage(ToHead.Unable.class, this::unable)
        .onMessage(Greet.class, greet -> greet())
        .onSignal(Terminated.class, gone -> Behaviors.stopped())
        .onSignal(PostStop.class, stopped -> sayFarewell())
        .build();
  }

  private Behavior<WorkerMessage> greet() {
    hello
        .node()
        .tell(new ToNode.Welcome(terms.run(), terms.target(), getContext().getSelf().narrow()));
    return this;
  }

  private Behavior<WorkerMessage> opened(ToHead.Opened opened) {
    if (!engine.isEmpty()) {
      return this;
    }
    Optional<String> refusal = terms.engine().refusal(opened.engine());
    if (refusal.isPresent()) {
      LOG.warn("Turned away {}: {}", hello.name(), refusal.get());
      registry.turnedAway(hello.name(), refusal.get());
      hello.node().tell(new ToNode.TurnedAway(refusal.get()));
      return Behaviors.stopped();
    }
    engine = opened.engine().toString();
    LOG.info(
        "Energy node joined: {} at {}, {} workers, {}", hello.name(), address(), slots, engine);
    asked = slots;
    report();
    pool.tell(new WorkerReport.Joined(self, hello.name(), opened.engine(), asked));
    return this;
  }

  private Behavior<WorkerMessage> send(Work work) {
    asked = Math.max(0, asked - 1);
    if (leaving) {
      pool.tell(new WorkerReport.Returned(self, work.assignment()));
      return this;
    }
    outstanding.put(work.assignment(), new Sent(work.batch(), clock.getAsLong(), sent++));
    send(work.assignment(), work.batch());
    return this;
  }

  private void send(long assignment, SampledBatch batch) {
    int columns = batch.u().length / batch.rows();
    hello
        .node()
        .tell(
            new Samples(terms.run(), assignment, batch.step(), batch.batch(), columns, batch.u()));
  }

  private Behavior<WorkerMessage> evaluated(Energies answer) {
    Sent asked = answer.run() == terms.run() ? outstanding.remove(answer.assignment()) : null;
    if (asked == null) {
      LOG.debug("{} answers what nobody asked: batch {}", hello.name(), answer.batch());
      return this;
    }
    arrived = Math.max(arrived, asked.order());
    slots = batchesOfAWorker(answer.seconds()) * hello.workers();
    EvaluatedBatch batch;
    try {
      batch = EvaluatedBatch.of(asked.batch(), answer.logP(), answer.logVolume(), answer.seconds());
    } catch (IllegalArgumentException e) {
      pool.tell(
          new WorkerReport.Refused(self, answer.assignment(), e.getMessage(), false, askForMore()));
      return this;
    }
    pool.tell(new WorkerReport.Evaluated(self, answer.assignment(), batch, askForMore()));
    return this;
  }

  /** One at work, and as many ahead as keep it busy until the answer to its next question comes. */
  private static int batchesOfAWorker(double seconds) {
    if (seconds >= QUICK_SECONDS) {
      return 1;
    }
    return seconds >= VERY_QUICK_SECONDS ? 2 : 4;
  }

  private Behavior<WorkerMessage> notEvaluated(ToHead.NotEvaluated answer) {
    if (outstanding.remove(answer.assignment()) != null || answer.enginesDisagree()) {
      pool.tell(
          new WorkerReport.Refused(
              self, answer.assignment(), answer.reason(), answer.enginesDisagree(), askForMore()));
    }
    return this;
  }

  private int askForMore() {
    int more = leaving ? 0 : Math.max(0, slots - outstanding.size() - asked);
    asked += more;
    return more;
  }

  private Behavior<WorkerMessage> leave(ToHead.Leaving leave) {
    leaving = true;
    LOG.info(
        "Energy node leaves: {}; it finishes {} batches", hello.name(), leave.finishing().size());
    List<Long> others =
        outstanding.keySet().stream().filter(one -> !leave.finishing().contains(one)).toList();
    for (long assignment : others) {
      outstanding.remove(assignment);
      pool.tell(new WorkerReport.Returned(self, assignment));
    }
    return this;
  }

  private Behavior<WorkerMessage> unable(ToHead.Unable unable) {
    LOG.warn("Energy node {} cannot evaluate: {}", hello.name(), unable.reason());
    registry.turnedAway(hello.name(), unable.reason());
    return Behaviors.stopped();
  }

  private Behavior<WorkerMessage> beat(ToHead.Beat beat) {
    hello.node().tell(new ToNode.Pulse());
    long now = clock.getAsLong();
    Set<Long> holding = Set.copyOf(beat.holding());
    outstanding.forEach(
        (assignment, one) -> {
          if (holding.contains(assignment)) {
            arrived = Math.max(arrived, one.order());
          }
        });
    outstanding.replaceAll(
        (assignment, one) -> {
          if (holding.contains(assignment) || !isLost(one, now - one.nanos())) {
            return one;
          }
          LOG.warn(
              "Batch {} of step {} was lost on its way to or from {}; it is sent again",
              one.batch().batch(),
              one.batch().step(),
              hello.name());
          send(assignment, one.batch());
          return new Sent(one.batch(), now, sent++);
        });
    double seconds = (now - lastBeat) * 1e-9;
    if (seconds > 0) {
      rowsPerSecond = (beat.figures().rows() - figures.rows()) / seconds;
    }
    lastBeat = now;
    figures = beat.figures();
    report();
    return this;
  }

  /**
   * Messages arrive in their order, so one is lost when a later one has arrived, and may be under
   * way for long before that: a slow network has many of them in its queues.
   */
  private boolean isLost(Sent one, long nanos) {
    return nanos >= (one.order() < arrived ? LOST_AFTER : LAST_LOST_AFTER).toNanos();
  }

  private void report() {
    registry.update(
        key(),
        new NodeRegistry.Node(
            hello.name(),
            address(),
            hello.workers(),
            engine,
            outstanding.size(),
            rowsPerSecond,
            figures));
  }

  private String key() {
    return getContext().getSelf().path().name();
  }

  private String address() {
    return hello.node().path().address().hostPort().replaceFirst("^.*@", "");
  }

  private Behavior<WorkerMessage> sayFarewell() {
    if (!engine.isEmpty()) {
      LOG.info("Energy node gone: {}, with {} batches", hello.name(), outstanding.size());
    }
    registry.gone(key());
    hello.node().tell(new ToNode.Farewell(terms.finished().getAsBoolean()));
    return this;
  }
}
