package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cmt.actors.run.RunResult;
import dev.cmt.energy.Target;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A head and nodes as processes of their own on this machine, which come, go, die, fall silent and
 * are not who they should be. However that goes, a run ends with the bits of one in a single JVM.
 */
class ClusterIT {
  private static final SmallRuns.Spec SPEC =
      SmallRuns.GMM40.with(
          "annealing.steps=4", "energy.batch_rows=50", "cluster.lost_after_seconds=5");

  private static final int SIGTERM = 15;

  @TempDir private static Path shared;
  private static RunResult alone;

  @TempDir private Path directory;

  @BeforeAll
  static void runInOneJvm() throws Exception {
    alone = SmallRuns.run(SPEC, shared.resolve("alone"));
    assertThat(alone.status()).as(alone.reason()).isEqualTo(RunResult.Status.FINISHED);
  }

  private ClusterProcess node(String name, String seed, String... options) throws Exception {
    return ClusterProcess.node(directory.resolve(name + ".log"), seed, options);
  }

  private static void assertSameAsAlone(Path run) throws Exception {
    JsonNode summary = SmallRuns.summary(run);
    assertThat(summary.get("parameters_sha256").asText()).isEqualTo(alone.parametersSha256());
    assertThat(SmallRuns.steps(run)).isEqualTo(SmallRuns.steps(shared.resolve("alone")));
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
        assertThat(leaves.said()).contains("finished or given back");
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
    assertSameAsAlone(run);
  }

  /** The node is not touched: it finds the new head by itself, and the run its old bits. */
  @Test
  void aHeadThatIsKilledAndStartedAgainGetsItsNodesBack() throws Exception {
    Path run = directory.resolve("run");
    String bind = "127.0.0.1:" + freePort();
    try (ClusterProcess node = node("node", bind)) {
      try (ClusterProcess head = ClusterProcess.head(SPEC, run, bind)) {
        node.awaitLine("of step 2");
        head.kill();
      }
      try (ClusterProcess head = ClusterProcess.head(SPEC, run, bind)) {
        assertThat(head.awaitExit()).as(head.said()).isZero();
        assertThat(node.awaitExit()).as(node.said()).isZero();
        node.awaitLine("looking for it again");
      }
    }
    assertSameAsAlone(run);
    assertThat(RunLog.evaluatedTwice(RunLog.lines(run.resolve("run.log"), 0))).isEmpty();
  }

  @Test
  void aNodeOfAnotherBuildIsTurnedAwayAndBothSidesSayWhy() throws Exception {
    Path run = directory.resolve("run");
    try (ClusterProcess head = ClusterProcess.head(SPEC, run, "127.0.0.1:0");
        ClusterProcess other =
            ClusterProcess.node(
                otherBuild() + ":" + System.getProperty("java.class.path"),
                directory.resolve("other.log"),
                head.seed())) {
      assertThat(other.awaitExit()).as(other.said()).isEqualTo(1);
      assertThat(other.said()).contains("does not let this node in", "build of the energy code");
      assertThat(Files.readString(run.resolve("run.log")))
          .contains("Turned away process", "build of the energy code");
    }
  }

  /** A certificate of another authority, or none, gets nobody in; that of the head's does. */
  @Test
  void onlyAProcessWithACertificateGetsIn() throws Exception {
    Path run = directory.resolve("run");
    SmallRuns.Spec spec = SPEC.with(tls("node", "ca"));
    try (ClusterProcess head = ClusterProcess.head(spec, run, "127.0.0.1:0")) {
      String seed = head.seed();
      try (ClusterProcess stranger = node("stranger", seed, options(tls("stranger", "ca")));
          ClusterProcess plain = node("plain", seed)) {
        stranger.awaitLine("Couldn't join seed nodes after [3] attempts");
        plain.awaitLine("Couldn't join seed nodes after [3] attempts");
        try (ClusterProcess node = node("node", seed, options(tls("node", "ca")))) {
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
    assertSameAsAlone(run);
  }

  private static String[] tls(String process, String authority) throws Exception {
    return new String[] {
      "cluster.tls.key=\"%s\"".formatted(pem(process + ".key")),
      "cluster.tls.certificate=\"%s\"".formatted(pem(process + ".pem")),
      "cluster.tls.ca=\"%s\"".formatted(pem(authority + ".pem"))
    };
  }

  private static Path pem(String name) throws Exception {
    return Path.of(ClusterIT.class.getResource("tls/" + name).toURI());
  }

  private static String[] options(String... overrides) {
    return Stream.of(overrides).flatMap(one -> Stream.of("-o", one)).toArray(String[]::new);
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

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
