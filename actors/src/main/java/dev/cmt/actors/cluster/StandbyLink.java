package dev.cmt.actors.cluster;

import dev.cmt.actors.pool.WorkerMessage;
import dev.cmt.buffer.GoneException;
import dev.cmt.buffer.SealedStep;
import dev.cmt.buffer.SealedSteps;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands at the head for one standby: reads for it what belongs to completed steps, a piece at a
 * time, when it is asked. The run neither waits for it nor knows of it; whatever goes wrong here is
 * an answer to the standby and a line in the log. Owns a thread, because file systems block.
 */
final class StandbyLink extends AbstractBehavior<WorkerMessage> {
  private static final Logger LOG = LoggerFactory.getLogger(StandbyLink.class);

  /** Bounds what a standby makes of the head's memory and of the connection. */
  static final int PIECE_BYTES = 1 << 20;

  /** How soon a standby hears of a completed step. */
  private static final Duration LOOK = Duration.ofMillis(100);

  private enum Look implements WorkerMessage {
    LOOK
  }

  private final Hello hello;
  private final FarmGate.Terms terms;
  private final FarmGate.Original original;
  private final NodeRegistry registry;
  private final SealedSteps steps;
  private int told;

  private StandbyLink(
      ActorContext<WorkerMessage> context,
      TimerScheduler<WorkerMessage> timers,
      Hello hello,
      FarmGate.Terms terms,
      FarmGate.Original original,
      NodeRegistry registry) {
    super(context);
    this.hello = hello;
    this.terms = terms;
    this.original = original;
    this.registry = registry;
    this.steps = new SealedSteps(original.directory());
    context.watch(hello.node());
    timers.startTimerWithFixedDelay(Look.LOOK, LOOK);
    LOG.info("Standby joined: {} at {}", hello.name(), address());
    greet();
  }

  /** The link to a standby that was let in. */
  static Behavior<WorkerMessage> create(
      Hello hello, FarmGate.Terms terms, FarmGate.Original original, NodeRegistry registry) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new StandbyLink(context, timers, hello, terms, original, registry)));
  }

  @Override
  public Receive<WorkerMessage> createReceive() {
    return newReceiveBuilder()
        .onMessage(FromStandby.AskPiece.class, this::piece)
        .onMessage(FromStandby.AskStep.class, this::step)
        .onMessage(FromStandby.Holding.class, this::holding)
        .onMessage(FromStandby.CannotGoOn.class, this::cannotGoOn)
        .onMessage(Look.class, look -> look())
        .onMessage(NodeLink.Greet.class, greet -> greet())
        .onSignal(Terminated.class, gone -> Behaviors.stopped())
        .onSignal(PostStop.class, stopped -> sayFarewell())
        .build();
  }

  private Behavior<WorkerMessage> greet() {
    ActorRef<FromStandby> self = getContext().getSelf().narrow();
    hello.node().tell(ToStandby.Follow.of(terms.run(), original.policy(), self));
    return this;
  }

  private Behavior<WorkerMessage> step(FromStandby.AskStep question) {
    answer(
        question.request(),
        () -> {
          Optional<SealedStep> step = steps.step(question.step());
          if (step.isEmpty()) {
            throw new GoneException("Step %d is not complete.".formatted(question.step()));
          }
          boolean newest = question.step() == original.completedSteps().getAsInt() - 1;
          return new ToStandby.Offer(question.request(), newest, step.get());
        });
    return this;
  }

  private Behavior<WorkerMessage> piece(FromStandby.AskPiece question) {
    answer(
        question.request(),
        () -> {
          SealedSteps.Piece piece = steps.read(question.file(), question.offset(), PIECE_BYTES);
          return new FilePiece(terms.run(), question.request(), piece.offset(), piece.bytes());
        });
    return this;
  }

  private interface Reading {
    ToStandby read() throws IOException;
  }

  private void answer(long request, Reading reading) {
    ToStandby answer;
    try {
      answer = reading.read();
    } catch (GoneException e) {
      answer = new ToStandby.Gone(request, e.getMessage());
    } catch (IOException | RuntimeException e) {
      LOG.warn("{} cannot be told what it asked for; the run goes on", hello.name(), e);
      answer = new ToStandby.Gone(request, e.toString());
    }
    hello.node().tell(answer);
  }

  private Behavior<WorkerMessage> holding(FromStandby.Holding holding) {
    registry.update(
        key(), new NodeRegistry.Standby(hello.name(), address(), holding.completedSteps()));
    return progress();
  }

  private Behavior<WorkerMessage> look() {
    return original.completedSteps().getAsInt() == told ? this : progress();
  }

  private Behavior<WorkerMessage> progress() {
    told = original.completedSteps().getAsInt();
    hello.node().tell(new ToStandby.Progress(told));
    return this;
  }

  private Behavior<WorkerMessage> cannotGoOn(FromStandby.CannotGoOn end) {
    LOG.warn("Standby {} cannot go on: {}", hello.name(), end.reason());
    registry.turnedAway(hello.name(), end.reason());
    return Behaviors.stopped();
  }

  private String key() {
    return getContext().getSelf().path().name();
  }

  private String address() {
    return hello.node().path().address().hostPort().replaceFirst("^.*@", "");
  }

  private Behavior<WorkerMessage> sayFarewell() {
    try {
      steps.close();
    } catch (IOException e) {
      LOG.warn("A file that {} was reading could not be closed", hello.name(), e);
    }
    LOG.info("Standby gone: {}", hello.name());
    registry.standbyGone(key());
    hello.node().tell(new ToNode.Farewell(terms.finished().getAsBoolean()));
    return this;
  }
}
