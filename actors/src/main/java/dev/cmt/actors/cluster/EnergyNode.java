package dev.cmt.actors.cluster;

import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.energy.Target;
import java.time.Duration;
import java.util.List;

/**
 * A process that evaluates energies for whatever head its seeds lead to, until a run is finished or
 * it is stopped. Safe for use by many threads.
 */
public final class EnergyNode {
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

  private final HeadSearch<NodeActor.Command> search;

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
    RunConfig.Cluster cluster = settings.cluster();
    search =
        new HeadSearch<>(
            cluster,
            settings.seeds(),
            new HeadSearch.Server<>(
                "energy",
                NodeActor.NAME,
                outcome ->
                    NodeActor.create(
                        settings.workers(),
                        targets,
                        Duration.ofSeconds(cluster.lostAfterSeconds()),
                        System::nanoTime,
                        outcome),
                NodeActor.Drain.DRAIN));
  }

  /**
   * Works until a run is finished, the node is stopped, or it cannot take part; returns how it
   * ended, never {@link NodeOutcome.HeadLost}.
   *
   * @throws ClusterUnavailableException if the node cannot listen
   */
  public NodeOutcome run() throws InterruptedException {
    return search.run();
  }

  /** Asks the node to finish what it has begun and to leave; {@link #run} then returns. */
  public void stop() {
    search.stop();
  }
}
