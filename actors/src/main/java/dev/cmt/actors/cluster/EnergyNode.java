package dev.cmt.actors.cluster;

import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.energy.Target;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that evaluates energies for whatever head its seeds lead to. When that is lost it looks
 * for it again, in an actor system of its own, until a run is finished or the process is stopped: a
 * head that was killed and started again gets its nodes back without anybody touching them.
 */
public final class EnergyNode {
  private static final Logger LOG = LoggerFactory.getLogger(EnergyNode.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** How long what was begun may take once somebody wants the node to stop. */
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(8);

  /**
   * What a node is told at its start.
   *
   * @param cluster where it listens, and how safely
   * @param seeds where a head may be, at least one
   * @param workers worker threads, at least 1
   */
  public record Settings(RunConfig.Cluster cluster, List<HostPort> seeds, int workers) {
    public Settings {
      seeds = List.copyOf(seeds);
      if (seeds.isEmpty() || workers < 1) {
        throw new IllegalArgumentException(
            "A node needs a seed (%s) and a worker (%d).".formatted(seeds, workers));
      }
    }
  }

  /** Makes what a node evaluates; called once for each head that lets it in. */
  @FunctionalInterface
  public interface TargetMaker {
    /**
     * Makes it.
     *
     * @param run tells the run from others: the same in all its processes
     * @param spec what the head asks for
     */
    Target make(long run, TargetSpec spec);
  }

  private final Settings settings;
  private final TargetMaker targets;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private ActorSystem<NodeActor.Drain> current;

  /** A node that has not begun. */
  public EnergyNode(Settings settings) {
    this(settings, (run, spec) -> spec.open());
  }

  /**
   * A node that has not begun and makes its targets itself.
   *
   * @param settings what it is told at its start
   * @param targets makes what a head asks for; what it throws ends the node
   */
  public EnergyNode(Settings settings, TargetMaker targets) {
    this.settings = settings;
    this.targets = targets;
  }

  /**
   * Works until a run is finished, the node is stopped, or it cannot take part; returns how it
   * ended, never {@link NodeOutcome.HeadLost}.
   *
   * @throws ClusterUnavailableException if the node cannot listen
   */
  public NodeOutcome run() throws InterruptedException {
    while (true) {
      NodeOutcome outcome = serveOneHead();
      if (!(outcome instanceof NodeOutcome.HeadLost lost)) {
        return outcome;
      }
      LOG.warn("{}; looking for it again at {}", capitalized(lost.why()), settings.seeds());
      if (stopping.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
        return new NodeOutcome.Drained();
      }
    }
  }

  /** Asks the node to finish what it has begun and to leave; {@link #run} then returns. */
  public void stop() {
    stopping.countDown();
    synchronized (this) {
      if (current != null) {
        current.tell(NodeActor.Drain.DRAIN);
      }
    }
  }

  private NodeOutcome serveOneHead() throws InterruptedException {
    CompletableFuture<NodeOutcome> ended = new CompletableFuture<>();
    ActorSystem<NodeActor.Drain> system =
        ClusterSystem.node(guardian(ended), settings.cluster(), settings.seeds());
    // Asked for now: a system that has ended cannot make it any more.
    Cluster cluster = Cluster.get(system);
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
        system.tell(NodeActor.Drain.DRAIN);
      }
      NodeOutcome outcome = await(ended);
      if (outcome instanceof NodeOutcome.HeadLost || outcome instanceof NodeOutcome.Finished) {
        // The head is gone, or will be: nobody is there to agree to an orderly leave.
        cluster.manager().tell(new Down(cluster.selfMember().address()));
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

  private NodeOutcome await(CompletableFuture<NodeOutcome> ended) throws InterruptedException {
    while (!ended.isDone() && !stopping.await(100, TimeUnit.MILLISECONDS)) {
      // at work, and nobody wants it to stop
    }
    try {
      return ended.get(DRAIN_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.warn(
          "Batches under way take longer than {} s; they go to others", DRAIN_LIMIT.toSeconds());
      return new NodeOutcome.Drained();
    } catch (ExecutionException e) {
      throw new IllegalStateException("A node's outcome is never a failure.", e);
    }
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

  /** The system's first actor; the node itself is its child, so that its path is known. */
  private Behavior<NodeActor.Drain> guardian(CompletableFuture<NodeOutcome> ended) {
    return Behaviors.setup(
        context -> {
          ActorRef<NodeActor.Command> node =
              context.spawn(
                  NodeActor.create(
                      settings.workers(),
                      targets,
                      Duration.ofSeconds(settings.cluster().lostAfterSeconds()),
                      System::nanoTime,
                      ended::complete),
                  NodeActor.NAME);
          context.watch(node);
          return Behaviors.receive(NodeActor.Drain.class)
              .onMessage(
                  NodeActor.Drain.class,
                  drain -> {
                    node.tell(drain);
                    return Behaviors.same();
                  })
              .onSignal(
                  ChildFailed.class,
                  failed -> {
                    ended.complete(new NodeOutcome.Failed("The node failed", failed.cause()));
                    return Behaviors.empty();
                  })
              .onSignal(Terminated.class, gone -> Behaviors.empty())
              .build();
        });
  }

  private static String capitalized(String sentence) {
    return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
  }
}
