package dev.cmt.actors.cluster;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.AbstractActorWithTimers;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Props;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.DowningProvider;
import org.apache.pekko.cluster.UniqueAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;
import scala.concurrent.duration.FiniteDuration;

/**
 * Who counts as gone in a cluster: whom the head has missed for {@value #LOST_AFTER}. Nobody can
 * put the head itself down, and nodes decide nothing; one that has lost its head ends by itself
 * ({@link NodeActor}). Made by Pekko from the configuration.
 */
final class HeadDecides extends DowningProvider {
  static final String LOST_AFTER = "cmt-cluster.lost-after";

  private static final Logger LOG = LoggerFactory.getLogger(HeadDecides.class);

  private final ActorSystem system;

  /** For Pekko. */
  HeadDecides(ActorSystem system) {
    this.system = system;
  }

  @Override
  public FiniteDuration downRemovalMargin() {
    return FiniteDuration.apply(0, TimeUnit.SECONDS);
  }

  @Override
  public Option<Props> downingActorProps() {
    boolean head = system.settings().config().getStringList("pekko.cluster.roles").contains("head");
    Duration lostAfter = system.settings().config().getDuration(LOST_AFTER);
    return head
        ? Option.apply(Props.create(Watch.class, () -> new Watch(lostAfter)))
        : Option.empty();
  }

  private record Missed(UniqueAddress who) {}

  /** Waits a while for whoever is out of reach. */
  private static final class Watch extends AbstractActorWithTimers {
    private final Cluster cluster = Cluster.get(getContext().getSystem());
    private final Duration lostAfter;

    Watch(Duration lostAfter) {
      this.lostAfter = lostAfter;
    }

    @Override
    public void preStart() {
      cluster.subscribe(
          getSelf(),
          ClusterEvent.initialStateAsEvents(),
          ClusterEvent.ReachabilityEvent.class,
          ClusterEvent.MemberRemoved.class);
    }

    @Override
    public void postStop() {
      cluster.unsubscribe(getSelf());
    }

    @Override
    public Receive createReceive() {
      return receiveBuilder()
          .match(
              ClusterEvent.UnreachableMember.class,
              event -> {
                UniqueAddress who = event.member().uniqueAddress();
                getTimers().startSingleTimer(who, new Missed(who), lostAfter);
              })
          .match(
              ClusterEvent.ReachableMember.class,
              event -> getTimers().cancel(event.member().uniqueAddress()))
          .match(
              ClusterEvent.MemberRemoved.class,
              event -> getTimers().cancel(event.member().uniqueAddress()))
          .match(Missed.class, this::putDown)
          .build();
    }

    private void putDown(Missed missed) {
      if (!missed.who().equals(cluster.selfUniqueAddress())) {
        LOG.warn(
            "Node {} has been out of reach for {} s; it counts as gone",
            missed.who().address(),
            lostAfter.toSeconds());
        cluster.down(missed.who().address());
      }
    }
  }
}
