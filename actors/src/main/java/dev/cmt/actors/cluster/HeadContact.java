package dev.cmt.actors.cluster;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.SelfUp;
import org.apache.pekko.cluster.typed.Subscribe;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a process that serves a head knows of it: where its gate is, and when it was last heard. A
 * part of the process's actor; its methods are called by that alone.
 */
final class HeadContact {
  private static final Logger LOG = LoggerFactory.getLogger(HeadContact.class);

  private final Cluster cluster;
  private final Duration lostAfter;
  private final LongSupplier clock;
  private final Supplier<Hello> hello;
  private ActorRef<Hello> gate;
  private boolean entering;
  private boolean joined;
  private long lastHeard;

  /**
   * Begins to look for a gate.
   *
   * @param system of the process
   * @param up told when the process is a member; the actor then calls {@link #up}
   * @param found told of gates; the actor then calls {@link #found}
   * @param lostAfter how long the head may be silent
   * @param clock nanoseconds that only go forward
   * @param hello how the process asks to be let in
   */
  HeadContact(
      ActorSystem<?> system,
      ActorRef<SelfUp> up,
      ActorRef<Receptionist.Listing> found,
      Duration lostAfter,
      LongSupplier clock,
      Supplier<Hello> hello) {
    this.cluster = Cluster.get(system);
    this.lostAfter = lostAfter;
    this.clock = clock;
    this.hello = hello;
    cluster.subscriptions().tell(Subscribe.create(up, SelfUp.class));
    system.receptionist().tell(Receptionist.subscribe(FarmGate.KEY, found));
  }

  void up() {
    joined = true;
    heard();
  }

  void heard() {
    lastHeard = clock.getAsLong();
  }

  void found(Receptionist.Listing listing) {
    if (gate == null) {
      listing.getServiceInstances(FarmGate.KEY).stream()
          .findFirst()
          .ifPresent(
              one -> {
                gate = one;
                knock();
              });
    }
  }

  /** Asks to be let in, if there is a gate. */
  void knock() {
    if (gate != null) {
      LOG.debug("Asking {} to be let in", gate);
      gate.tell(hello.get());
    }
  }

  /**
   * Why the head counts as lost; empty if it does not. A seed may also be a member of a cluster
   * whose head is gone, which nobody can make this process a member of any more.
   */
  Optional<String> lost() {
    long silent = clock.getAsLong() - lastHeard;
    if (joined) {
      return silent > lostAfter.toNanos()
          ? Optional.of("the head has been silent for %d s".formatted(lostAfter.toSeconds()))
          : Optional.empty();
    }
    MemberStatus status = cluster.selfMember().status();
    boolean waits = status == MemberStatus.joining() || status == MemberStatus.weaklyUp();
    if (waits && !entering) {
      entering = true;
      heard();
      return Optional.empty();
    }
    return entering && silent > 2 * lostAfter.toNanos()
        ? Optional.of("who answers at the seeds has no head")
        : Optional.empty();
  }
}
