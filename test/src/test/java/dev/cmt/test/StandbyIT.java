package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.actors.audit.AuditFinding;
import dev.cmt.actors.audit.AuditReport;
import dev.cmt.actors.audit.RunAudit;
import dev.cmt.actors.run.RunResult;
import dev.cmt.buffer.DirectoryTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A head whose directory is lost, and a standby that has a copy: processes of their own on this
 * machine. Only nodes evaluate, so that the run waits wherever the test is.
 */
class StandbyIT {
  private static final SmallRuns.Spec SPEC =
      SmallRuns.GMM40.with(
          "annealing.steps=4", "energy.batch_rows=50", "cluster.lost_after_seconds=5");

  private static final int TAKE_OVER_SECONDS = 15;

  private static final Pattern EVALUATING =
      Pattern.compile("Evaluating (batch \\d+ of step (\\d+))$");

  @TempDir private static Path shared;
  private static RunResult alone;

  @TempDir private Path directory;

  @BeforeAll
  static void runInOneJvm() throws Exception {
    alone = SmallRuns.run(SPEC, shared.resolve("alone"));
    assertThat(alone.status()).as(alone.reason()).isEqualTo(RunResult.Status.FINISHED);
  }

  private ClusterProcess node(String name, String seed, String... options) throws Exception {
    return ClusterProcess.node(log(name), seed, options);
  }

  private Path log(String name) {
    return directory.resolve(name + ".log");
  }

  private static void assertSameAsAlone(Path run) throws Exception {
    assertThat(SmallRuns.summary(run).get("parameters_sha256").asText())
        .isEqualTo(alone.parametersSha256());
    assertThat(SmallRuns.steps(run)).isEqualTo(SmallRuns.steps(shared.resolve("alone")));
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
   * The head dies within step 2 and its directory with it. The standby, which has steps 0 and 1,
   * becomes the head; a node that knows both addresses finds it, and nothing but step 2 is
   * evaluated again.
   */
  @Test
  void aStandbyGoesOnWhereTheHeadAndItsDirectoryAreLost() throws Exception {
    Path run = directory.resolve("run");
    Path copy = directory.resolve("copy");
    String first = "127.0.0.1:" + ClusterProcess.freePort();
    String second = "127.0.0.1:" + ClusterProcess.freePort();
    try (ClusterProcess head = ClusterProcess.head(SPEC, run, first);
        ClusterProcess standby =
            ClusterProcess.standby(
                log("standby"),
                first,
                copy,
                "--bind",
                second,
                "--take-over-after",
                Integer.toString(TAKE_OVER_SECONDS))) {
      try (ClusterProcess early = node("early", first)) {
        early.awaitLine("of step 2");
        early.kill();
      }
      standby.awaitLine("Step 1 has come");
      head.kill();
      long start = System.nanoTime();
      DirectoryTree.delete(run);
      try (ClusterProcess late = node("late", first, "--seed", second)) {
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
    assertSameAsAlone(copy);
    assertNothingIsDamaged(copy);
    Set<String> twice = evaluated(log("late"));
    twice.retainAll(evaluated(log("early")));
    assertThat(twice).isNotEmpty().allMatch(batch -> batch.endsWith(" of step 2"));
    assertThat(evaluated(log("late"))).noneMatch(batch -> batch.matches(".* of step [01]"));
  }

  /** Each time a little later: before anything, and within what comes first. */
  @Test
  void aStandbyThatIsKilledWhileItReceivesGoesOn() throws Exception {
    Path run = directory.resolve("run");
    Path copy = directory.resolve("copy");
    try (ClusterProcess head = ClusterProcess.head(SPEC, run, "127.0.0.1:0")) {
      String seed = head.seed();
      try (ClusterProcess early = node("early", seed)) {
        early.awaitLine("of step 2");
        early.kill();
      }
      for (int kill = 0; kill < 2; kill++) {
        String name = "killed-" + kill;
        try (ClusterProcess killed = ClusterProcess.standby(log(name), seed, copy)) {
          killed.awaitLine("Copies run");
          Thread.sleep(1000 + 300 * kill); // its first beat tells it how far the run is
          killed.kill();
        }
      }
      try (ClusterProcess standby = ClusterProcess.standby(log("standby"), seed, copy)) {
        standby.awaitLine("Copies run");
        try (ClusterProcess last = node("last", seed)) {
          assertThat(last.awaitExit()).as(last.said()).isZero();
        }
        assertThat(standby.awaitExit()).as(standby.said()).isZero();
        assertThat(standby.said()).contains("the run is finished", "./cmt train --run-dir");
      }
      assertThat(head.awaitExit()).as(head.said()).isZero();
    }
    assertNothingIsDamaged(copy);
    RunResult goesOn = SmallRuns.run(SPEC, copy);
    assertThat(goesOn.parametersSha256()).isEqualTo(alone.parametersSha256());
    assertThat(SmallRuns.steps(copy)).isEqualTo(SmallRuns.steps(shared.resolve("alone")));
  }
}
