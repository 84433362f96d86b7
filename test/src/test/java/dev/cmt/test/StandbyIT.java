package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.actors.audit.AuditFinding;
import dev.cmt.actors.audit.AuditReport;
import dev.cmt.actors.audit.RunAudit;
import dev.cmt.buffer.DirectoryTree;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunJournal;
import dev.cmt.buffer.StepsLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A head whose directory is lost, and a standby that has a copy: processes of their own on this
 * machine. Only nodes evaluate, so that the run waits wherever the test is.
 */
class StandbyIT {
  private static final SmallRuns.Spec SPEC = SmallRuns.CLUSTER;

  private static final int SIGTERM = 15;
  private static final int TAKE_OVER_SECONDS = 15;

  private static final Pattern EVALUATING =
      Pattern.compile("Evaluating (batch \\d+ of step (\\d+))$");

  @TempDir private static Path shared;
  private static Undisturbed alone;

  @TempDir private Path directory;

  @BeforeAll
  static void runInOneJvm() throws Exception {
    alone = Undisturbed.run(SPEC, shared.resolve("alone"));
  }

  private ClusterProcess node(String name, String seed, String... options) throws Exception {
    return ClusterProcess.node(log(name), seed, options);
  }

  private Path log(String name) {
    return directory.resolve(name + ".log");
  }

  private static void assertNothingIsDamaged(Path run) throws IOException {
    AuditReport audit = RunAudit.make(run, 0.01, 1, (subject, done, total) -> {});
    assertThat(audit.findings())
        .as("%s", audit.findings())
        .noneMatch(finding -> finding.verdict() == AuditFinding.Verdict.DAMAGED);
  }

  /** What a node has begun to evaluate. */
  private static Set<String> evaluated(Path log) throws IOException {
    Set<String> batches = new HashSet<>();
    for (String line : Files.readAllLines(log)) {
      Matcher batch = EVALUATING.matcher(line);
      if (batch.find()) {
        batches.add(batch.group(1));
      }
    }
    return batches;
  }

  /**
   * A standby is killed while it receives, and started again. Then the head dies within step 2 and
   * its directory with it. The standby, which has steps 0 and 1, becomes the head; a node that
   * knows both addresses finds it, and nothing but step 2 is evaluated again.
   */
  @Test
  void aStandbyGoesOnWhereTheHeadAndItsDirectoryAreLost() throws Exception {
    Path run = directory.resolve("run");
    Path copy = directory.resolve("copy");
    String first = "127.0.0.1:" + ClusterProcess.freePort();
    String second = "127.0.0.1:" + ClusterProcess.freePort();
    try (ClusterProcess head = ClusterProcess.head(SPEC, run, first)) {
      try (ClusterProcess early = node("early", first)) {
        early.awaitLine("of step 2");
        early.kill();
      }
      try (ClusterProcess killed = ClusterProcess.standby(log("killed"), first, copy)) {
        killed.awaitLine("Copies run");
        Thread.sleep(200); // two steps take it longer than that
        killed.kill();
      }
      try (ClusterProcess standby =
          ClusterProcess.standby(
              log("standby"),
              first,
              copy,
              "--bind",
              second,
              "--take-over-after",
              Integer.toString(TAKE_OVER_SECONDS))) {
        awaitSteps(standby, copy, 2);
        try (ClusterProcess late = node("late", first, "--seed", second)) {
          late.awaitLine("looking for a head"); // and it will first meet the standby, without one
          head.kill();
          long start = System.nanoTime();
          DirectoryTree.delete(run);
          late.awaitLine("of step 2");
          double seconds = (System.nanoTime() - start) * 1e-9;
          assertThat(standby.awaitExit()).as(standby.said()).isZero();
          assertThat(late.awaitExit()).as(late.said()).isZero();
          System.out.printf(
              Locale.ROOT,
              "failover: %.1f s from kill -9 of the head and the loss of its directory to the next"
                  + " batch, with a standby that waits for %d s%n",
              seconds,
              TAKE_OVER_SECONDS);
        }
      }
    }
    alone.assertSame(copy);
    assertNothingIsDamaged(copy);
    Set<String> twice = evaluated(log("late"));
    twice.retainAll(evaluated(log("early")));
    assertThat(twice).isNotEmpty().allMatch(batch -> batch.endsWith(" of step 2"));
    assertThat(evaluated(log("late"))).noneMatch(batch -> batch.matches(".* of step [01]"));
  }

  /**
   * Everybody shows a certificate, and the head is not killed but stopped: its standby, told by
   * {@code --take-over-after} to mind nothing but silence, goes on all the same.
   */
  @Test
  void aStandbyWithCertificatesTakesOverFromAHeadThatWasStopped() throws Exception {
    Path run = directory.resolve("run");
    Path copy = directory.resolve("copy");
    String first = "127.0.0.1:" + ClusterProcess.freePort();
    String second = "127.0.0.1:" + ClusterProcess.freePort();
    try (ClusterProcess head =
        ClusterProcess.head(SPEC.with(Certificates.of("node")), run, first)) {
      try (ClusterProcess early = node("early", first, withCertificate())) {
        early.awaitLine("of step 1");
        early.kill();
      }
      try (ClusterProcess standby =
          ClusterProcess.standby(
              log("standby"),
              first,
              copy,
              withCertificate(
                  "--bind", second, "--take-over-after", Integer.toString(TAKE_OVER_SECONDS)))) {
        awaitSteps(standby, copy, 1);
        try (ClusterProcess late = node("late", first, withCertificate("--seed", second))) {
          late.awaitLine("looking for a head");
          head.terminate();
          assertThat(head.awaitExit()).as(head.said()).isEqualTo(128 + SIGTERM);
          assertThat(standby.awaitExit()).as(standby.said()).isZero();
          assertThat(late.awaitExit()).as(late.said()).isZero();
        }
      }
    }
    alone.assertSame(copy);
    assertNothingIsDamaged(copy);
    assertNothingIsDamaged(run);
  }

  private static String[] withCertificate(String... options) throws Exception {
    return Stream.concat(Certificates.options("node"), Stream.of(options)).toArray(String[]::new);
  }

  /**
   * Standby and a node of its own are cut off from the head and its node, for good: there are two
   * heads then, which do no harm, for both end with the same bits, each in its own directory.
   */
  @Test
  @Tag("slow")
  void twoHeadsOfAPartedNetworkEndWithTheSameBits() throws Exception {
    Path run = directory.resolve("run");
    Path copy = directory.resolve("copy");
    Optional<NetworkPartition> network = NetworkPartition.open();
    Assumptions.assumeThat(network).as("NOT TESTED: no network namespaces here").isPresent();
    ClusterProcess.Kind there = ClusterProcess.Kind.PLAIN.startedBy(network.get().there());
    String other = NetworkPartition.THERE + ":" + ClusterProcess.freePort();
    try (NetworkPartition cable = network.get();
        ClusterProcess head = ClusterProcess.head(SPEC, run, NetworkPartition.HERE + ":0")) {
      String seed = head.seed();
      try (ClusterProcess early = node("early", seed, "--bind", NetworkPartition.HERE + ":0")) {
        early.awaitLine("of step 1");
        early.kill();
      }
      try (ClusterProcess standby =
          ClusterProcess.standby(
              there,
              log("standby"),
              seed,
              copy,
              "--bind",
              other,
              "--take-over-after",
              Integer.toString(TAKE_OVER_SECONDS))) {
        awaitSteps(standby, copy, 1);
        cable.cut();
        try (ClusterProcess near = node("near", seed, "--bind", NetworkPartition.HERE + ":0");
            ClusterProcess far =
                ClusterProcess.node(
                    there, log("far"), other, "--bind", NetworkPartition.THERE + ":0")) {
          assertThat(near.awaitExit()).as(near.said()).isZero();
          assertThat(head.awaitExit()).as(head.said()).isZero();
          assertThat(standby.awaitExit()).as(standby.said()).isZero();
          assertThat(far.awaitExit()).as(far.said()).isZero();
        }
      }
    }
    alone.assertSame(run);
    alone.assertSame(copy);
    assertNothingIsDamaged(run);
    assertNothingIsDamaged(copy);
  }

  /** Waits until a standby could go on after so many steps; the killed one may have got all. */
  private static void awaitSteps(ClusterProcess standby, Path copy, int steps) throws Exception {
    standby.awaitLine("Copies run");
    long start = System.nanoTime();
    while (StepsLog.read(new RunDirectory(copy)).size() < steps
        || RunJournal.completed(RunJournal.read(new RunDirectory(copy)).events()).size() < steps) {
      assertThat(standby.isAlive()).as(standby.said()).isTrue();
      assertThat(System.nanoTime() - start).as(standby.said()).isLessThan(60_000_000_000L);
      Thread.sleep(50);
    }
  }

  /** Beside it another follows to the end, which it is told. */
  @Test
  void aStandbyWhoseDiskIsFullSaysSoAndTheRunGoesOn() throws Exception {
    Path run = directory.resolve("run");
    Path copy = directory.resolve("copy");
    try (SmallDisk disk = SmallDisk.mount(Files.createDirectory(directory.resolve("disk")), 24);
        ClusterProcess head = ClusterProcess.head(SPEC, run, "127.0.0.1:0")) {
      String seed = head.seed();
      try (ClusterProcess full =
              ClusterProcess.standby(log("full"), seed, disk.root().resolve("copy"));
          ClusterProcess standby = ClusterProcess.standby(log("standby"), seed, copy)) {
        full.awaitLine("Copies run");
        standby.awaitLine("Copies run");
        disk.fill(300 << 10);
        try (ClusterProcess node = node("node", seed)) {
          assertThat(full.awaitExit()).as(full.said()).isEqualTo(3);
          assertThat(full.said()).contains("needs", "bytes, but the device of");
          assertThat(node.awaitExit()).as(node.said()).isZero();
        }
        assertThat(standby.awaitExit()).as(standby.said()).isZero();
        assertThat(standby.said()).contains("the run is finished", "./cmt train --run-dir");
      }
      assertThat(head.awaitExit()).as(head.said()).isZero();
    }
    assertThat(Files.readString(run.resolve("run.log"))).contains("cannot go on", "needs");
    alone.assertSame(run);
    assertNothingIsDamaged(copy);
  }
}
