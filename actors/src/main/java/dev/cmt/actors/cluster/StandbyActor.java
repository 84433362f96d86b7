package dev.cmt.actors.cluster;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
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
 * A standby of one head: finds its gate, and carries questions and answers between it and the copy
 * under way. Ends when the head is gone, which it knows by its silence, or when that has lasted for
 * so long that the standby takes over.
 */
final class StandbyActor extends AbstractBehavior<StandbyActor.Command> {
  private static final Logger LOG = LoggerFactory.getLogger(StandbyActor.class);
  private static final Duration BEAT = Duration.ofSeconds(1);

  /** The actor's name below the guardian; the large-message lane is configured for it. */
  static final String NAME = "standby";

  /** What a standby understands. */
  sealed interface Command permits ToNode, Up, Found, Beat, Leave, CopyFailed {}

  private record Up(SelfUp event) implements Command {}

  private record Found(Receptionist.Listing listing) implements Command {}

  private record CopyFailed(Throwable cause) implements Command {}

  private enum Beat implements Command {
    BEAT
  }

  /** Somebody wants the process to end. */
  enum Leave implements Command {
    LEAVE
  }

  private final StandbyNode.Watch watch;
  private final Consumer<NodeOutcome> outcome;
  private final HeadContact head;
  private ActorRef<FromStandby> link;
  private HeadCopy copy;

  private StandbyActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      StandbyNode.Watch watch,
      Duration lostAfter,
      LongSupplier clock,
      Consumer<NodeOutcome> outcome) {
    super(context);
    this.watch = watch;
    this.outcome = outcome;
    this.head =
        new HeadContact(
            context.getSystem(),
            context.messageAdapter(SelfUp.class, Up::new),
            context.messageAdapter(Receptionist.Listing.class, Found::new),
            lostAfter,
            clock,
            () -> Hello.fromStandby(context.getSelf().narrow()));
    timers.startTimerWithFixedDelay(Beat.BEAT, BEAT);
  }

  /**
   * A standby.
   *
   * @param watch what outlasts a head
   * @param lostAfter how long the head may be silent before it is looked for again
   * @param clock nanoseconds that only go forward
   * @param outcome told once how it ended, before the actor stops
   */
  static Behavior<Command> create(
      StandbyNode.Watch watch,
      Duration lostAfter,
      LongSupplier clock,
      Consumer<NodeOutcome> outcome) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new StandbyActor(context, timers, watch, lostAfter, clock, outcome)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Up.class, up -> then(head::up))
        .onMessage(Found.class, found -> then(() -> head.found(found.listing())))
        .onMessage(Beat.class, beat -> beat())
        .onMessage(ToStandby.Follow.class, this::follow)
        .onMessage(ToStandby.Progress.class, this::progress)
        .onMessage(ToStandby.Offer.class, offer -> answered(offer.request(), offer))
        .onMessage(ToStandby.Gone.class, gone -> answered(gone.request(), gone))
        .onMessage(FilePiece.class, piece -> answered(piece.request(), piece))
        .onMessage(ToNode.TurnedAway.class, away -> end(new NodeOutcome.TurnedAway(away.reason())))
        .onMessage(ToNode.Farewell.class, this::farewell)
        .onMessage(CopyFailed.class, this::copyFailed)
        .onMessage(Leave.class, leave -> end(new NodeOutcome.Drained(true)))
        .onSignal(Terminated.class, gone -> lost("the head is out of reach or was stopped"))
        .onSignal(PostStop.class, stopped -> stopCopy())
        .build();
  }

  private Behavior<Command> then(Runnable action) {
    action.run();
    return this;
  }

  private Behavior<Command> follow(ToStandby.Follow follow) {
    if (link != null) {
      return this; // said twice
    }
    link = follow.link();
    head.heard();
    watch.follows(follow.run());
    getContext().watch(link);
    LOG.info(
        "Copies run {} from {}; holds {} steps",
        "%016x".formatted(follow.run()),
        link.path().address().hostPort().replaceFirst("^.*@", ""),
        watch.replica().completedSteps());
    ActorRef<Command> self = getContext().getSelf();
    copy =
        new HeadCopy(
            watch.replica(), follow.policy(), link, cause -> self.tell(new CopyFailed(cause)));
    watch.start(copy);
    return this;
  }

  private Behavior<Command> progress(ToStandby.Progress progress) {
    head.heard();
    watch.heard();
    if (copy != null) {
      copy.completed(progress.completedSteps());
    }
    return this;
  }

  private Behavior<Command> answered(long request, ToStandby answer) {
    if (copy != null) {
      copy.answered(request, answer);
    }
    return this;
  }

  private Behavior<Command> beat() {
    watch.examine();
    if (watch.takesOver()) {
      return end(new NodeOutcome.TakesOver(watch.replica().completedSteps()));
    }
    Optional<String> lost = head.lost();
    if (lost.isPresent()) {
      return lost(lost.get());
    }
    if (link == null) {
      head.knock();
    } else {
      link.tell(new FromStandby.Holding(watch.replica().completedSteps()));
    }
    return this;
  }

  private Behavior<Command> farewell(ToNode.Farewell farewell) {
    return farewell.finished() ? end(new NodeOutcome.Finished()) : lost("the head was stopped");
  }

  private Behavior<Command> lost(String why) {
    if (link != null) {
      watch.sayHowToGoOn();
    }
    return end(new NodeOutcome.HeadLost(why));
  }

  private Behavior<Command> copyFailed(CopyFailed failed) {
    String reason = "The run cannot be copied: %s".formatted(failed.cause().getMessage());
    link.tell(new FromStandby.CannotGoOn(reason));
    return end(new NodeOutcome.Failed(reason, failed.cause()));
  }

  private Behavior<Command> end(NodeOutcome how) {
    outcome.accept(how);
    return Behaviors.stopped();
  }

  private Behavior<Command> stopCopy() {
    if (copy != null) {
      copy.stop();
    }
    return this;
  }
}
