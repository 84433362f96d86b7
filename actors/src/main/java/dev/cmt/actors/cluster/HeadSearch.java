package dev.cmt.actors.cluster;

import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.RunConfig;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves whatever head the seeds lead to. When that is lost it is looked for again, in an actor
 * system of its own, until a run is finished or the process is stopped: a head that was killed and
 * started again gets its nodes back without anybody touching them.
 *
 * @param <C> what the actor that serves a head understands
 */
final class HeadSearch<C> {
  private static final Logger LOG = LoggerFactory.getLogger(HeadSearch.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** How often a process without a head says why that may be. */
  private static final Duration WITHOUT_HEAD = Duration.ofSeconds(10);

  /** How long what was begun may take once somebody wants the process to stop. */
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(8);

  /**
   * Who serves.
   *
   * @param role the process's role in the cluster
   * @param name of the actor; the large-message lane is configured for it
   * @param actor makes it for one head; it tells once how it ended, before it stops
   * @param drain asks it to finish what it has begun and to end
   */
  record Server<C>(
      String role, String name, Function<Consumer<NodeOutcome>, Behavior<C>> actor, C drain) {}

  private final RunConfig.Cluster cluster;
  private final List<HostPort> seeds;
  private final Server<C> server;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private ActorSystem<C> current;

  HeadSearch(RunConfig.Cluster cluster, List<HostPort> seeds, Server<C> server) {
    this.cluster = cluster;
    this.seeds = seeds;
    this.server = server;
  }

  /**
   * Works until a run is finished, the process is stopped, or it cannot take part; returns how it
   * ended, never {@link NodeOutcome.HeadLost}.
   *
   * @throws ClusterUnavailableException if the process cannot listen
   */
  NodeOutcome run() throws InterruptedException {
    while (true) {
      NodeOutcome outcome = serveOneHead();
      if (!(outcome instanceof NodeOutcome.HeadLost lost)) {
        return outcome;
      }
      LOG.warn("{}; looking for it again at {}", capitalized(lost.why()), seeds);
      if (stopping.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
        return new NodeOutcome.Drained(true);
      }
    }
  }

  /** Asks the process to finish what it has begun and to leave; {@link #run} then returns. */
  void stop() {
    stopping.countDown();
    synchronized (this) {
      if (current != null) {
        current.tell(server.drain());
      }
    }
  }

  private NodeOutcome serveOneHead() throws InterruptedException {
    CompletableFuture<NodeOutcome> ended = new CompletableFuture<>();
    ActorSystem<C> system = ClusterSystem.node(guardian(ended), cluster, server.role(), seeds);
    // Asked for now: a system that has ended cannot make it any more.
    Cluster membership = Cluster.get(system);
    system
        .getWhenTerminated()
        .whenComplete(
            (done, failure) ->
                ended.complete(new NodeOutcome.HeadLost("the head is out of reach")));
    synchronized (this) {
      current = system;
    }
    try {
      if (stopping.getCount() == 0) {
        system.tell(server.drain());
      }
      NodeOutcome outcome = await(ended, membership);
      if (outcome instanceof NodeOutcome.HeadLost
          || outcome instanceof NodeOutcome.TakesOver
          || outcome instanceof NodeOutcome.Finished) {
        // The head is gone, or will be: nobody is there to agree to an orderly leave.
        membership.manager().tell(new Down(membership.selfMember().address()));
      }
      return outcome;
    } finally {
      synchronized (this) {
        current = null;
      }
      system.terminate();
      awaitEnd(system);
    }
  }

  private NodeOutcome await(CompletableFuture<NodeOutcome> ended, Cluster membership)
      throws InterruptedException {
    long lastWord = System.nanoTime();
    int words = 0;
    while (!ended.isDone() && !stopping.await(100, TimeUnit.MILLISECONDS)) {
      if (membership.selfMember().status() == MemberStatus.up()) {
        lastWord = System.nanoTime(); // at work, and nobody wants it to stop
      } else if (System.nanoTime() - lastWord >= WITHOUT_HEAD.toNanos()) {
        sayWhy(seeds.get(words++ % seeds.size()));
        lastWord = System.nanoTime();
      }
    }
    try {
      return ended.get(DRAIN_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.warn(
          "Batches under way take longer than {} s; they go to others", DRAIN_LIMIT.toSeconds());
      return new NodeOutcome.Drained(false);
    } catch (ExecutionException e) {
      throw new IllegalStateException("A node's outcome is never a failure.", e);
    }
  }

  /** Beside the search, since names and connections may keep one waiting. */
  private void sayWhy(HostPort seed) {
    Thread check =
        new Thread(
            () -> LOG.warn("No head yet: {}. Tries again", SeedCheck.of(seed, cluster)),
            "cmt-seed-check");
    check.setDaemon(true);
    check.start();
  }

  private static void awaitEnd(ActorSystem<?> system) throws InterruptedException {
    try {
      system.getWhenTerminated().toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      LOG.warn("The node's actor system did not end within 30 s; an energy engine may be stuck");
    } catch (ExecutionException e) {
      LOG.warn("The node's actor system ended badly", e.getCause());
    }
  }

  /** The system's first actor; who serves is its child, so that its path is known. */
  private Behavior<C> guardian(CompletableFuture<NodeOutcome> ended) {
    return Behaviors.setup(
        context -> {
          ActorRef<C> node = context.spawn(server.actor().apply(ended::complete), server.name());
          context.watch(node);
          return Behaviors.receive(
              (own, message) -> {
                node.tell(message);
                return Behaviors.same();
              },
              (own, signal) -> {
                if (signal instanceof ChildFailed failed) {
                  ended.complete(new NodeOutcome.Failed("The node failed", failed.cause()));
                }
                return signal instanceof Terminated ? Behaviors.empty() : Behaviors.unhandled();
              });
        });
  }

  private static String capitalized(String sentence) {
    return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
  }
}
