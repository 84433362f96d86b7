package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.cmt.actors.pool.InstructionSets;
import dev.cmt.energy.Target;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A head and nodes as processes of their own on this machine, which come, go, die, fall silent and
 * are not who they should be. However that goes, a run ends with the bits of one in a single JVM.
 */
class ClusterIT {
  private static final SmallRuns.Spec SPEC = SmallRuns.CLUSTER;

  private static final int SIGTERM = 15;

  /** What a user may count on, from the head's death to the next batch in the journal. */
  private static final Duration CONTINUES = Duration.ofSeconds(60);

  @TempDir private static Path shared;
  private static Undisturbed alone;

  @TempDir private Path directory;

  @BeforeAll
  static void runInOneJvm() throws Exception {
    alone = Undisturbed.run(SPEC, shared.resolve("alone"));
  }

  private ClusterProcess node(String name, String seed, String... options) throws Exception {
    return ClusterProcess.node(directory.resolve(name + ".log"), seed, options);
  }

  private ClusterProcess status(String name, String address, String... options) throws Exception {
    return ClusterProcess.status(directory.resolve(name + ".log"), address, options);
  }

  private static int exit(String... command) throws Exception {
    Process process = new ProcessBuilder(command).start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ends within 30 s").isTrue();
    return process.exitValue();
  }

  /**
   * Only nodes evaluate, so that the run waits wherever the test is: one is killed within a step,
   * one leaves in order within the next, one falls silent, and the last finishes.
   */
  @Test
  void nodesComeAndGoAndTheBitsStay() throws Exception {
    Path run = directory.resolve("run");
    try (ClusterProcess head = ClusterProcess.head(SPEC, run, "127.0.0.1:0")) {
      String seed = head.seed();
      try (ClusterProcess killed = node("killed", seed)) {
        killed.awaitLine("of step 0");
        killed.kill();
      }
      try (ClusterProcess leaves = node("leaves", seed)) {
        leaves.awaitLine("Evaluating batch");
        leaves.terminate();
        assertThat(leaves.awaitExit()).as(leaves.said()).isEqualTo(128 + SIGTERM);
        assertThat(leaves.said()).contains("left, with no batch in hand");
      }
      try (ClusterProcess silent = node("silent", seed);
          ClusterProcess last = node("last", seed)) {
        silent.awaitLine("Evaluating batch");
        silent.pause();
        assertThat(last.awaitExit()).as(last.said()).isZero();
        assertThat(last.said()).contains("the run is finished");
      }
      assertThat(head.awaitExit()).as(head.said()).isZero();
    }
    alone.assertSame(run);
  }

  /**
   * Nobody is there but a supervisor that starts what has failed again: the node finds the new head
   * by itself, and the run its old bits.
   */
  @Test
  void aHeadThatIsKilledComesBackWithItsNodes() throws Exception {
    Path run = directory.resolve("run");
    Path log = run.resolve("run.log");
    String bind = "127.0.0.1:" + ClusterProcess.freePort();
    double seconds;
    try (ClusterProcess node = node("node", bind);
        ClusterProcess head = ClusterProcess.supervisedHead(SPEC, run, bind)) {
      node.awaitLine("of step 2");
      head.killSupervised();
      long start = System.nanoTime();
      long end = RunLog.length(log);
      while (RunLog.lines(log, end).stream().noneMatch(line -> line.contains("Stored batch"))) {
        assertThat(head.isAlive()).as(head.said()).isTrue();
        assertThat(System.nanoTime() - start).as(node.said()).isLessThan(CONTINUES.toNanos());
        Thread.sleep(20);
      }
      seconds = (System.nanoTime() - start) * 1e-9;
      assertThat(head.awaitExit()).as(head.said()).isZero();
      assertThat(node.awaitExit()).as(node.said()).isZero();
      node.awaitLine("looking for it again");
    }
    System.out.printf(
        Locale.ROOT,
        "failover: %.1f s from kill -9 of the head to the next batch in its journal%n",
        seconds);
    alone.assertSame(run);
    assertThat(RunLog.storedTwice(RunLog.lines(log, 0))).isEmpty();
  }

  /**
   * Both ends pass the same bytes to the same kernel, or none: a node whose kernel is built for
   * other instructions is turned away, and samples of 2 MB a batch arrive whole at the other.
   */
  @Test
  void batchesOfTwoMegabytesGoToNodesWithTheSameInstructionsOnly() throws Exception {
    Assumptions.assumeThat(InstructionSets.ofThisMachine())
        .as("NOT TESTED: this processor has the portable kernel alone")
        .contains("avx2");
    SmallRuns.Spec spec =
        SmallRuns.ALANINE_DIPEPTIDE.with(
            "annealing.steps=2",
            "annealing.samples_per_step=18000",
            "energy.batch_rows=9000",
            "evaluation.samples=18000",
            "cluster.lost_after_seconds=5");
    Undisturbed here = Undisturbed.run(spec, directory.resolve("here"));
    assertThat(9000L * here.result().target().dimension() * Float.BYTES).isGreaterThan(2_000_000);
    Path run = directory.resolve("run");
    try (ClusterProcess head = ClusterProcess.head(spec, run, "127.0.0.1:0")) {
      String seed = head.seed();
      try (ClusterProcess first = node("first", seed)) {
        first.awaitLine("Evaluating batch"); // from here on its instructions are the run's
        first.kill();
      }
      ClusterProcess.Kind portable = ClusterProcess.Kind.PLAIN.withInstructions("portable");
      try (ClusterProcess other =
          ClusterProcess.node(portable, directory.resolve("other.log"), seed)) {
        assertThat(other.awaitExit()).as(other.said()).isEqualTo(1);
        assertThat(other.said()).contains("does not let this node in", "portable", "last bits");
      }
      try (ClusterProcess last = node("last", seed)) {
        assertThat(last.awaitExit()).as(last.said()).isZero();
      }
      assertThat(head.awaitExit()).as(head.said()).isZero();
    }
    here.assertSame(run);
  }

  @Test
  void fiftyWorkersOfTwoNodes() throws Exception {
    Path run = directory.resolve("run");
    ClusterProcess.Kind crowd = ClusterProcess.Kind.PLAIN.withWorkers(25);
    try (ClusterProcess head = ClusterProcess.head(SPEC, run, "127.0.0.1:0")) {
      String seed = head.seed();
      try (ClusterProcess one = ClusterProcess.node(crowd, directory.resolve("one.log"), seed);
          ClusterProcess two = ClusterProcess.node(crowd, directory.resolve("two.log"), seed)) {
        assertThat(one.awaitExit()).as(one.said()).isZero();
        assertThat(two.awaitExit()).as(two.said()).isZero();
        assertThat(head.awaitExit()).as(head.said()).isZero();
        one.awaitLine("Evaluating batch");
      }
    }
    assertThat(Files.readString(run.resolve("run.log"))).contains("25 workers");
    alone.assertSame(run);
    assertThat(RunLog.storedTwice(RunLog.lines(run.resolve("run.log"), 0))).isEmpty();
  }

  @Test
  void aNodeOfAnotherBuildIsTurnedAwayAndBothSidesSayWhy() throws Exception {
    Path run = directory.resolve("run");
    try (ClusterProcess head = ClusterProcess.head(SPEC, run, "127.0.0.1:0");
        ClusterProcess other =
            ClusterProcess.node(
                ClusterProcess.Kind.PLAIN.ofBuild(otherBuild()),
                directory.resolve("other.log"),
                head.seed())) {
      assertThat(other.awaitExit()).as(other.said()).isEqualTo(1);
      assertThat(other.said()).contains("does not let this node in", "build of the energy code");
      assertThat(Files.readAllLines(run.resolve("run.log")))
          .filteredOn(line -> line.contains("Turned away process"))
          .singleElement(STRING)
          .contains("build of the energy code");
    }
  }

  /**
   * A certificate of another authority, or none, gets nobody in, nor tells him how the run is; that
   * of the head's does. A supervisor without any learns that the head is alive.
   */
  @Test
  void onlyAProcessWithACertificateGetsIn() throws Exception {
    Path run = directory.resolve("run");
    String http = "127.0.0.1:" + ClusterProcess.freePort();
    int probes = ClusterProcess.freePort();
    SmallRuns.Spec spec =
        SPEC.with(Certificates.of("node"))
            .with(
                "cluster.http=\"%s\"".formatted(http),
                "cluster.probes=\"127.0.0.1:%d\"".formatted(probes));
    try (ClusterProcess head = ClusterProcess.head(spec, run, "127.0.0.1:0")) {
      String seed = head.seed();
      Path healthCheck = DeployIT.DEPLOY.resolve("healthcheck");
      assertThat(exit(healthCheck.toString(), "/alive", "" + probes)).isZero();
      assertThat(exit(healthCheck.toString(), "/ready", "" + probes)).isNotZero();
      try (ClusterProcess status = status("status", http, certificates("node"))) {
        assertThat(status.awaitExit()).as(status.said()).isZero();
        assertThat(status.said()).contains("step 1 of");
      }
      try (ClusterProcess status = status("strange-status", http, certificates("stranger"))) {
        assertThat(status.awaitExit()).as(status.said()).isEqualTo(1);
        assertThat(status.said()).contains("does not agree on a connection");
      }
      try (ClusterProcess status = status("plain-status", http)) {
        assertThat(status.awaitExit()).as(status.said()).isEqualTo(1);
        assertThat(status.said()).contains("A head with certificates answers who shows one");
      }
      try (ClusterProcess stranger = node("stranger", seed, certificates("stranger"));
          ClusterProcess plain = node("plain", seed)) {
        stranger.awaitLine("do not agree on a connection with certificates");
        plain.awaitLine("lets nobody in: it may");
        try (ClusterProcess node = node("node", seed, certificates("node"))) {
          assertThat(node.awaitExit()).as(node.said()).isZero();
        }
        assertThat(head.awaitExit()).as(head.said()).isZero();
        assertThat(Files.readString(directory.resolve("stranger.log"))).doesNotContain("Let in");
        assertThat(Files.readString(directory.resolve("plain.log"))).doesNotContain("Let in");
      }
    }
    assertThat(Files.readAllLines(run.resolve("run.log")))
        .filteredOn(line -> line.contains("Energy node joined"))
        .hasSize(1);
    alone.assertSame(run);
  }

  private static String[] certificates(String process) throws Exception {
    return Certificates.options(process).toArray(String[]::new);
  }

  /** The energy room with a file more. */
  private Path otherBuild() throws Exception {
    Path code = Path.of(Target.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path copy = directory.resolve("energy-of-another-build.jar");
    if (Files.isDirectory(code)) {
      copy = directory.resolve("energy-of-another-build");
      SmallRuns.copy(code, copy);
      Files.writeString(copy.resolve("dev/cmt/energy/more.txt"), "more");
      return copy;
    }
    Files.copy(code, copy);
    try (FileSystem jar = FileSystems.newFileSystem(copy, Map.of())) {
      Files.writeString(jar.getPath("dev/cmt/energy/more.txt"), "more");
    }
    return copy;
  }
}
