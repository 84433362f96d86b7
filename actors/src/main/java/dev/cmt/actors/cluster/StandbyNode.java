package dev.cmt.actors.cluster;

import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunReplica;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that copies the run of whatever head its seeds lead to into a directory of its own,
 * from which the run can go on should the head be gone for good. Holds the directory until it is
 * closed. Safe for use by many threads.
 */
public final class StandbyNode implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StandbyNode.class);

  /** How long the end waits for what is being written. */
  private static final Duration CLOSING = Duration.ofSeconds(8);

  /**
   * What a standby is told at its start.
   *
   * @param cluster where it listens, and how safely
   * @param seeds where a head may be, at least one
   * @param takeOverAfter how long no head may be heard before the standby becomes one; empty if it
   *     never does
   * @param goOn what a person types to go on with the copy
   * @param follows told which run is copied, as often as a head lets the standby in
   * @param obstacle tells of a copy why its run could not go on in this process, in words; empty if
   *     it could
   */
  public record Settings(
      RunConfig.Cluster cluster,
      List<HostPort> seeds,
      Optional<Duration> takeOverAfter,
      String goOn,
      LongConsumer follows,
      Function<RunDirectory, Optional<String>> obstacle) {
    /** Checks that there is a seed, and that a head that is looked for has time to come back. */
    public Settings {
      seeds = List.copyOf(seeds);
      if (seeds.isEmpty()) {
        throw new IllegalArgumentException("A standby needs a seed.");
      }
      long least = leastTakeOverSeconds(cluster);
      if (takeOverAfter.isPresent() && takeOverAfter.get().toSeconds() < least) {
        throw new IllegalArgumentException(
            "A standby may take over after at least %d s, 3 times cluster.lost_after_seconds, not %d s."
                .formatted(least, takeOverAfter.get().toSeconds()));
      }
    }

    /** The shortest time after which a standby may take over. */
    public static int leastTakeOverSeconds(RunConfig.Cluster cluster) {
      return 3 * cluster.lostAfterSeconds();
    }
  }

  /** What outlasts a head: the copy, and how long no head has been heard. */
  static final class Watch {
    private final RunReplica replica;
    private final Settings settings;
    private Thread copying;
    private long lastHeard = System.nanoTime();
    private boolean saidWhyNot;
    private boolean examined;

    private Watch(RunReplica replica, Settings settings) {
      this.replica = replica;
      this.settings = settings;
    }

    RunReplica replica() {
      return replica;
    }

    /** A head lets the standby in. */
    void follows(long run) {
      settings.follows().accept(run);
      heard();
    }

    synchronized void heard() {
      lastHeard = System.nanoTime();
      saidWhyNot = false;
    }

    /** Whether the standby is to be the head from now on. */
    synchronized boolean takesOver() {
      if (settings.takeOverAfter().isEmpty()
          || System.nanoTime() - lastHeard < settings.takeOverAfter().get().toNanos()) {
        return false;
      }
      if (replica.completedSteps() == 0 && !saidWhyNot) {
        saidWhyNot = true;
        LOG.warn(
            "No head has been heard for {} s, yet no whole step has come from one: there is nothing to go on with, so the standby does not take over",
            settings.takeOverAfter().get().toSeconds());
      }
      return replica.completedSteps() > 0;
    }

    /**
     * Once there is something to go on with, says what would be in the way while it can be mended.
     */
    synchronized void examine() {
      if (!examined && replica.completedSteps() > 0) {
        examined = true;
        settings
            .obstacle()
            .apply(replica.directory())
            .ifPresent(why -> LOG.warn("The run could not go on here as things are: {}", why));
      }
    }

    void sayHowToGoOn() {
      if (settings.takeOverAfter().isPresent()) {
        LOG.warn(
            "The standby takes over once no head has been heard for {} s",
            settings.takeOverAfter().get().toSeconds());
      } else if (replica.completedSteps() > 0) {
        LOG.warn(
            "The run can go on here after {} steps: stop this process and type {}",
            replica.completedSteps(),
            settings.goOn());
      }
    }

    synchronized void start(HeadCopy copy) {
      // The one before has been told to stop; the replica lets in one at a time.
      copying = new Thread(copy, "cmt-standby");
      copying.setDaemon(true);
      copying.start();
    }

    private synchronized Thread copying() {
      return copying;
    }
  }

  private final Watch watch;
  private final HeadSearch<StandbyActor.Command> search;

  private StandbyNode(Watch watch, HeadSearch<StandbyActor.Command> search) {
    this.watch = watch;
    this.search = search;
  }

  /**
   * A standby that has not begun to look for a head.
   *
   * @param directory where the copy is, or will be
   * @throws dev.cmt.buffer.RunLockedException if another process works on the directory
   * @throws IOException if the directory cannot be read or written, or holds something else
   */
  public static StandbyNode open(Settings settings, Path directory) throws IOException {
    RunReplica replica =
        RunReplica.open(directory, damage -> LOG.warn("{}; it is set aside and not used", damage));
    Watch watch = new Watch(replica, settings);
    Duration lostAfter = Duration.ofSeconds(settings.cluster().lostAfterSeconds());
    HeadSearch.Server<StandbyActor.Command> server =
        new HeadSearch.Server<>(
            "standby",
            StandbyActor.NAME,
            outcome -> StandbyActor.create(watch, lostAfter, System::nanoTime, outcome),
            StandbyActor.Leave.LEAVE);
    return new StandbyNode(watch, new HeadSearch<>(settings.cluster(), settings.seeds(), server));
  }

  /**
   * Copies until a run is finished, the standby is stopped or takes over, or it cannot go on;
   * returns how it ended, never {@link NodeOutcome.HeadLost}.
   *
   * @throws ClusterUnavailableException if the standby cannot listen
   */
  public NodeOutcome run() throws InterruptedException {
    return search.run();
  }

  /** Asks the standby to leave; {@link #run} then returns. */
  public void stop() {
    search.stop();
  }

  /** Steps with which the run could go on here. */
  public int completedSteps() {
    return watch.replica().completedSteps();
  }

  /**
   * Gives the directory back.
   *
   * @throws IOException if a copy is still being written after some seconds; the directory then
   *     stays locked until the process ends
   */
  @Override
  public void close() throws IOException {
    Thread copying = watch.copying();
    if (copying != null) {
      try {
        TimeUnit.MILLISECONDS.timedJoin(copying, CLOSING.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (copying.isAlive()) {
        throw new IOException(
            "The standby has not finished writing within %d s; is its disk stuck?"
                .formatted(CLOSING.toSeconds()));
      }
    }
    watch.replica().close();
  }
}
