package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster that is never left alone, from the run's beginning to its end. */
@Tag("slow")
class ClusterChaosIT {
  private static final long SEED = Long.getLong("chaos.seed", 20261);

  /** Between two blows; a node needs about as long to come up. */
  private static final Duration PAUSE = Duration.ofSeconds(4);

  private static final int NODES = 3;
  private static final int BLOWS_BEFORE_THE_HEAD_FALLS = 3;

  @TempDir private Path directory;

  private static void assertSame(Undisturbed alone, Path run) throws Exception {
    alone.assertSame(run);
    assertThat(RunLog.storedTwice(RunLog.lines(run.resolve("run.log"), 0))).isEmpty();
  }

  /** Every few seconds a node is killed and another comes; once the head is killed, too. */
  @Test
  void nodesAreKilledAndAddedOverAWholeRun() throws Exception {
    SmallRuns.Spec spec =
        SmallRuns.CLUSTER.with("annealing.steps=6", "training.gradient_steps=1000");
    Undisturbed alone = Undisturbed.run(spec, directory.resolve("alone"));
    Path run = directory.resolve("run");
    String bind = "127.0.0.1:" + ClusterProcess.freePort();
    Random random = new Random(SEED);
    List<ClusterProcess> nodes = new ArrayList<>();
    int blows = 0;
    try (ClusterProcess head = ClusterProcess.supervisedHead(spec, run, bind)) {
      long start = System.nanoTime();
      while (head.isAlive()) {
        assertThat(System.nanoTime() - start)
            .as(head.said())
            .isLessThan(Duration.ofMinutes(10).toNanos());
        if (nodes.size() == NODES) {
          nodes.remove(random.nextInt(NODES)).kill();
          blows++;
          if (blows == BLOWS_BEFORE_THE_HEAD_FALLS) {
            head.killSupervised();
          }
        }
        Path log = directory.resolve("node-%d.log".formatted(blows + nodes.size()));
        nodes.add(ClusterProcess.node(log, bind));
        Thread.sleep(PAUSE.toMillis());
      }
      assertThat(head.awaitExit()).as(head.said()).isZero();
    } finally {
      nodes.forEach(ClusterProcess::close);
    }
    System.out.printf("chaos: %d nodes killed and the head once, seed %d%n", blows, SEED);
    assertThat(blows).as("kills; was the run too short?").isGreaterThanOrEqualTo(4);
    assertSame(alone, run);
  }

  /**
   * The only node is cut off until both sides have given each other up, then comes back by itself.
   * Where the machine has no network namespaces, the node is stopped for that long instead.
   */
  @Test
  void aNodeThatWasCutOffComesBack() throws Exception {
    Undisturbed alone = Undisturbed.run(SmallRuns.CLUSTER, directory.resolve("alone"));
    Path run = directory.resolve("run");
    Path log = directory.resolve("node.log");
    Optional<NetworkPartition> network = NetworkPartition.open();
    try {
      String here = network.isPresent() ? NetworkPartition.HERE : "127.0.0.1";
      try (ClusterProcess head = ClusterProcess.head(SmallRuns.CLUSTER, run, here + ":0")) {
        try (ClusterProcess node =
            network.isPresent()
                ? ClusterProcess.node(
                    ClusterProcess.Kind.PLAIN.startedBy(network.get().there()),
                    log,
                    head.seed(),
                    "--bind",
                    NetworkPartition.THERE + ":0")
                : ClusterProcess.node(log, head.seed())) {
          node.awaitLine("of step 1");
          if (network.isPresent()) {
            network.get().cut();
          } else {
            node.pause();
          }
          ClusterProcess.awaitLine(run.resolve("run.log"), "it counts as gone");
          if (network.isPresent()) {
            node.awaitLine("looking for it again");
            network.get().heal();
          } else {
            node.goOn();
          }
          assertThat(node.awaitExit()).as(node.said()).isZero();
          assertThat(RunLog.lines(log, 0).stream().filter(line -> line.contains("Let in at")))
              .hasSizeGreaterThanOrEqualTo(2);
        }
        assertThat(head.awaitExit()).as(head.said()).isZero();
      }
    } finally {
      if (network.isPresent()) {
        network.get().close();
      }
    }
    System.out.printf(
        "partition: %s%n", network.isPresent() ? "by network namespace" : "by SIGSTOP of the node");
    assertSame(alone, run);
  }
}
