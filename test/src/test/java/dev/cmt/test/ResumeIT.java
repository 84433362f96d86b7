package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.actors.audit.AuditFinding;
import dev.cmt.actors.audit.AuditReport;
import dev.cmt.actors.audit.RunAudit;
import dev.cmt.actors.run.ConfigMismatchException;
import dev.cmt.actors.run.RunEvent;
import dev.cmt.actors.run.RunResult;
import dev.cmt.actors.run.TrainingRun;
import dev.cmt.buffer.DirectoryTree;
import dev.cmt.buffer.RecordedSamples;
import dev.cmt.buffer.ReplayBuffer;
import dev.cmt.buffer.Retention;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunJournal;
import dev.cmt.buffer.RunLock;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One run, stopped in the middle of the fit of step 1 of 3, and what becomes of copies of its
 * directory in which something was changed: each goes on to the very bits of a run that nobody
 * stopped, and says what it found.
 */
class ResumeIT {
  private static final SmallRuns.Spec SPEC = SmallRuns.LONG_FITS;
  private static final int STEPS = 3;
  private static final int STOPPED_IN = 1;

  @TempDir private static Path shared;
  private static Path stopped;
  private static String undisturbed;
  private static List<String> undisturbedSteps;

  @TempDir private Path temporary;

  /** What a copy of the stopped run says and comes to. */
  private record Outcome(String found, int evaluatedRows, RunResult result) {}

  @BeforeAll
  static void stopARunInTheMiddleOfAFit() throws Exception {
    Path whole = shared.resolve("undisturbed");
    undisturbed = SmallRuns.run(SPEC, whole).parametersSha256();
    undisturbedSteps = SmallRuns.steps(whole);
    stopped = shared.resolve("stopped");
    RunResult result =
        SmallRuns.runUntil(
            SPEC,
            stopped,
            event ->
                event instanceof RunEvent.Fitted fit
                    && fit.step() == STOPPED_IN
                    && fit.done() < 700);
    assertThat(result.status()).isEqualTo(RunResult.Status.STOPPED);
    assertThat(result.completedSteps()).isEqualTo(STOPPED_IN);
  }

  @Test
  void aStoppedFitGoesOnAtItsGradientStep() throws Exception {
    List<dev.cmt.buffer.RunEvent> journal = RunJournal.read(new RunDirectory(stopped)).events();
    dev.cmt.buffer.RunEvent.FitCheckpointed last =
        (dev.cmt.buffer.RunEvent.FitCheckpointed)
            journal.stream()
                .filter(dev.cmt.buffer.RunEvent.FitCheckpointed.class::isInstance)
                .reduce((a, b) -> b)
                .orElseThrow();
    assertThat(checkpoints(stopped)).containsExactly("step-000000.safetensors", last.checkpoint());

    Path run = copy("untouched");
    Outcome outcome = goOn(run);
    assertThat(outcome.found())
        .contains("1 of 3 steps complete, 8 of 8 batches of the next")
        .contains("at gradient step %d of 700 from".formatted(last.gradientStep()));
    assertThat(outcome.evaluatedRows()).isEqualTo(4000 + 4000); // step 2 and the final evaluation
    assertThat(checkpoints(run))
        .containsExactly("step-000001.safetensors", "step-000002.safetensors");
    List<String> kinds = new ArrayList<>();
    for (dev.cmt.buffer.RunEvent event : RunJournal.read(new RunDirectory(run)).events()) {
      String kind = event.getClass().getSimpleName();
      if (kinds.isEmpty() || !kinds.get(kinds.size() - 1).equals(kind)) {
        kinds.add(kind);
      }
    }
    assertThat(kinds)
        .startsWith("RunStarted", "StepStarted", "DualSolved", "FitCheckpointed", "StepStarted")
        .endsWith("StepCompleted", "RunFinished")
        .contains("StepCompleted");
  }

  @Test
  void aDamagedFitCheckpointFallsBackToTheStepsOwn() throws Exception {
    Path run = copy("fit-damaged");
    Path newest = newestCheckpoint(run);
    assertThat(newest.toString()).contains("-fit-");
    flip(newest, Files.size(newest) / 2);
    Outcome outcome = goOn(run);
    assertThat(outcome.found())
        .contains(newest.getFileName() + " is not intact")
        .contains("goes on from step-000000.safetensors");
    assertThat(outcome.evaluatedRows()).isEqualTo(4000 + 4000); // the step's batches are still used
  }

  @Test
  void whereNoCheckpointIsIntactTheRunBeginsAgain() throws Exception {
    Path run = copy("all-damaged");
    for (String name : checkpoints(run)) {
      flip(run.resolve("checkpoints").resolve(name), 5000);
    }
    Outcome outcome = goOn(run);
    assertThat(outcome.found())
        .contains("step-000000.safetensors is not intact")
        .contains("8 of 8 batches of the next; goes on from the beginning");
    assertThat(outcome.evaluatedRows()).isEqualTo(4000 + 4000); // two steps' samples are kept
  }

  /** Two checkpoints are kept, and the samples that the older one needs. */
  @Test
  void fallingBackAStepCostsNoEnergyAgain() throws Exception {
    Path run = temporary.resolve("step-damaged");
    stopAfter(run, STOPPED_IN);
    int stored = rows(run, 2);
    for (String name : checkpoints(run)) {
      if (!name.equals("step-000000.safetensors")) {
        flip(run.resolve("checkpoints").resolve(name), 5000);
      }
    }
    Outcome outcome = goOn(run);
    assertThat(outcome.found())
        .contains("step-000001.safetensors is not intact")
        .contains("1 of 3 steps complete, 8 of 8 batches of the next")
        .contains("goes on from step-000000.safetensors");
    assertThat(outcome.evaluatedRows()).isEqualTo(4000 - stored + 4000);
  }

  /** A kill between the journal's word on the last step and the deletions that follow it. */
  @Test
  void whatAKillKeptFromBeingDeletedGoesWithTheNextStart() throws Exception {
    Path run = temporary.resolve("not-deleted");
    Path kept = temporary.resolve("kept");
    stopAfter(run, STEPS - 2);
    SmallRuns.copy(run, kept);
    stopAfter(run, STEPS - 1);
    assertThat(checkpoints(run))
        .containsExactlyInAnyOrder("step-000001.safetensors", "step-000002.safetensors");
    for (String name : List.of("step-000000.safetensors", "step-000000.safetensors.sha256")) {
      Files.copy(kept.resolve("checkpoints").resolve(name), run.resolve("checkpoints/" + name));
    }
    SmallRuns.copy(kept.resolve("journal/step-000001"), run.resolve("journal/step-000001"));

    assertThat(goOn(run).found()).contains("goes on from step-000002.safetensors");
    assertThat(checkpoints(run))
        .containsExactlyInAnyOrder("step-000001.safetensors", "step-000002.safetensors");
    assertThat(RecordedSamples.steps(new RunDirectory(run))).containsExactly(2, 3);
  }

  private static void stopAfter(Path run, int last) throws Exception {
    RunResult result =
        SmallRuns.runUntil(
            SPEC,
            run,
            event -> event instanceof RunEvent.StepCompleted step && step.record().step() == last);
    assertThat(result.status()).isEqualTo(RunResult.Status.STOPPED);
  }

  @Test
  void aLostDigestFileDoesNoHarmWhereTheJournalHasTheDigest() throws Exception {
    Path run = copy("digest-lost");
    Files.delete(Path.of(newestCheckpoint(run) + ".sha256"));
    Outcome outcome = goOn(run);
    assertThat(outcome.found()).contains("at gradient step").doesNotContain("not intact");
    assertThat(outcome.evaluatedRows()).isEqualTo(4000 + 4000);
  }

  @Test
  void aTruncatedCheckpointIsNotTakenForAWholeOne() throws Exception {
    Path run = copy("fit-truncated");
    truncate(newestCheckpoint(run));
    assertThat(goOn(run).found()).contains("goes on from step-000000.safetensors");
  }

  /** The flow of the middle of a fit cannot draw the batches that its step began with. */
  @Test
  void aBitFlippedInTheSamplesSendsTheStepBackAndOnlyItsBatchIsEvaluatedAgain() throws Exception {
    Path run = copy("samples-flipped");
    Path queue = queue(run.resolve("journal/step-000001"));
    flip(queue, 130_000); // within the fourth of eight batches
    Outcome outcome = goOn(run);
    assertThat(outcome.found())
        .contains("lacks batches of its step")
        .contains("1 damaged records of samples set aside")
        .contains("7 of 8 batches of the next; goes on from step-000000.safetensors");
    assertThat(outcome.evaluatedRows()).isEqualTo(500 + 4000 + 4000);
  }

  @Test
  void aTruncatedFileOfSamplesLosesOnlyWhatWasBehindTheCut() throws Exception {
    Path run = copy("samples-truncated");
    Path queue = queue(run.resolve("journal/step-000001"));
    try (RandomAccessFile file = new RandomAccessFile(queue.toFile(), "rw")) {
      file.setLength(130_000 + 4096);
    }
    Outcome outcome = goOn(run);
    assertThat(outcome.found()).contains("4 of 8 batches of the next");
    assertThat(outcome.evaluatedRows()).isEqualTo(4 * 500 + 4000 + 4000);
  }

  @Test
  void aBitFlippedInTheJournalTakesNoOtherEventAlong() throws Exception {
    Path run = copy("journal-flipped");
    Path events = queue(run.resolve("journal/events"));
    String content = Files.readString(events, StandardCharsets.ISO_8859_1);
    flip(events, content.indexOf("run-started") + 2);
    Outcome outcome = goOn(run);
    assertThat(outcome.found()).contains("1 damaged events set aside").contains("at gradient step");
    assertThat(outcome.evaluatedRows()).isEqualTo(4000 + 4000);
  }

  /** It holds nothing that the run needs. */
  @Test
  void damagedTablesOfChronicleCostNothing() throws Exception {
    Path run = copy("tables-damaged");
    Files.write(run.resolve("journal/events/metadata.cq4t"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    Path samples = run.resolve("journal/step-000001/metadata.cq4t");
    Files.write(samples, new byte[(int) Files.size(samples)]);
    Outcome outcome = goOn(run);
    assertThat(outcome.found()).contains("8 of 8 batches of the next; goes on at gradient step");
    assertThat(outcome.evaluatedRows()).isEqualTo(4000 + 4000);
  }

  /** Checkpoints are trusted for the digest beside them, so what the journal lost costs nothing. */
  @Test
  void aTruncatedJournalCostsNothing() throws Exception {
    Path run = copy("journal-truncated");
    Path events = queue(run.resolve("journal/events"));
    String content = Files.readString(events, StandardCharsets.ISO_8859_1);
    try (RandomAccessFile file = new RandomAccessFile(events.toFile(), "rw")) {
      file.setLength(content.indexOf("fit-checkpointed") + 20);
    }
    assertGoesOnWithoutItsJournal(run, "damaged events set aside");
  }

  @Test
  void anAbsentJournalCostsNothing() throws Exception {
    Path run = copy("journal-absent");
    try (Stream<Path> files = Files.list(run.resolve("journal/events"))) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.delete(file);
      }
    }
    Files.delete(run.resolve("journal/events"));
    assertGoesOnWithoutItsJournal(run, "0 events");
  }

  private static void assertGoesOnWithoutItsJournal(Path run, String found) throws Exception {
    Outcome outcome = goOn(run);
    assertThat(outcome.found())
        .contains(found)
        .contains("8 of 8 batches of the next; goes on at gradient step")
        .contains("which the journal does not name but whose own digest is right");
    assertThat(outcome.evaluatedRows()).isEqualTo(4000 + 4000);
  }

  /**
   * As if killed when the checkpoint was on disk and neither steps.jsonl nor journal knew of it.
   */
  @Test
  void aCompletedStepThatTheJournalLostIsNamedAgainWithItsLine() throws Exception {
    Path run = copy("step-lost");
    Files.delete(newestCheckpoint(run));
    Files.delete(run.resolve("steps.jsonl"));
    loseCompletedSteps(run);
    Outcome outcome = goOn(run);
    assertThat(outcome.found())
        .contains("steps.jsonl: 0 lines dropped, 1 restored, 0 lost")
        .contains("from step-000000.safetensors, which the journal does not name");
    assertThat(outcome.evaluatedRows()).isEqualTo(4000 + 4000);
    assertThat(RunJournal.read(new RunDirectory(run)).events())
        .filteredOn(dev.cmt.buffer.RunEvent.StepCompleted.class::isInstance)
        .hasSize(STEPS);
  }

  /**
   * As if killed when a step's checkpoint and that of the next step's fit were on disk, and neither
   * steps.jsonl nor journal knew of the step.
   */
  @Test
  void aStepThatTheJournalLostIsNamedAgainAlsoWhereTheNextFitIsFurther() throws Exception {
    Path run = copy("step-lost-within-fit");
    Files.delete(run.resolve("steps.jsonl"));
    loseCompletedSteps(run);
    Outcome outcome = goOn(run);
    assertThat(outcome.found())
        .contains("step-000000.safetensors named in the journal again")
        .contains("steps.jsonl: 0 lines dropped, 1 restored, 0 lost")
        .contains("goes on at gradient step");
    assertThat(RunJournal.read(new RunDirectory(run)).events())
        .filteredOn(dev.cmt.buffer.RunEvent.StepCompleted.class::isInstance)
        .hasSize(STEPS);
  }

  private static void loseCompletedSteps(Path run) throws IOException {
    Path events = queue(run.resolve("journal/events"));
    String content = Files.readString(events, StandardCharsets.ISO_8859_1);
    for (int at = 0; (at = content.indexOf("step-completed", at)) >= 0; at++) {
      flip(events, at);
    }
  }

  @Test
  void stepsAndJournalAreReconciled() throws Exception {
    Path run = copy("steps");
    String good = Files.readString(run.resolve("steps.jsonl"));
    Files.writeString(run.resolve("steps.jsonl"), good.replace("\"lambda\"", "\"lambada\""));
    assertThat(goOn(run).found()).contains("steps.jsonl: 0 lines dropped, 1 restored, 0 lost");

    Path lost = copy("steps-lost");
    Files.delete(lost.resolve("steps.jsonl"));
    assertThat(goOn(lost).found()).contains("0 lines dropped, 1 restored, 0 lost");

    Path extra = copy("steps-extra");
    Files.writeString(
        extra.resolve("steps.jsonl"), good + good.replace("\"step\":0", "\"step\":1"));
    assertThat(goOn(extra).found()).contains("1 lines dropped, 0 restored, 0 lost");
  }

  @Test
  void whatADeadWriterLeftIsRemoved() throws Exception {
    Path run = copy("leftovers");
    Files.writeString(run.resolve("checkpoints/.writing-1"), "half");
    Files.writeString(run.resolve("checkpoints/step-000001-fit-00000690.safetensors"), "unnamed");
    Outcome outcome = goOn(run);
    assertThat(outcome.found())
        .contains("1 half-written files removed")
        .contains("1 checkpoints of fits removed");
  }

  @Test
  void aConfigThatDecidesTheResultIsRefusedAndOneThatDoesNotIsNot() throws Exception {
    Path run = copy("config");
    assertThatThrownBy(
            () ->
                TrainingRun.start(
                    SPEC.with("training.gradient_steps=600").load(), run, event -> {}))
        .isInstanceOf(ConfigMismatchException.class)
        .hasMessageContaining("training.gradient_steps: 600 instead of 700");
    RunResult result =
        SmallRuns.run(
            SPEC.with(
                "energy.workers=4",
                "checkpoint.every_gradient_steps=0",
                "checkpoint.every_seconds=0",
                "energy.timeout_seconds=50"),
            run);
    assertThat(result.parametersSha256()).isEqualTo(undisturbed);
  }

  /** As where another process begins a run in the directory, and dies, before this one has it. */
  @Test
  void theConfigIsComparedOnceTheDirectoryIsLocked() throws Exception {
    Path run = copy("begun-meanwhile");
    Path manifest = Files.move(run.resolve("run.json"), temporary.resolve("run.json"));
    DirectoryTree.delete(run.resolve("journal/events"));
    assertThatThrownBy(
            () ->
                TrainingRun.start(
                    SPEC.with("training.gradient_steps=600").load(),
                    run,
                    event -> {
                      if (event instanceof RunEvent.Opened opened) {
                        SmallRuns.copySparse(manifest, opened.directory().manifest());
                      }
                    }))
        .isInstanceOf(ConfigMismatchException.class)
        .hasMessageContaining("training.gradient_steps: 600 instead of 700");
    goOn(run);
  }

  /** As where a run moves from a laptop to a machine with a GPU: the same flow, other bits. */
  @Test
  void anotherFlowEngineGoesOnAndIsNamed() throws Exception {
    Path run = copy("other-engine");
    List<String> warnings = Collections.synchronizedList(new ArrayList<>());
    RunResult result;
    try (LogTap tap = LogTap.of(TrainingRun.class.getName(), warnings::add)) {
      assertThat(tap.isOpen()).isTrue();
      result = SmallRuns.run(SPEC.with("flow.engine=djl"), run);
    }

    assertThat(result.status()).as(result.reason()).isEqualTo(RunResult.Status.FINISHED);
    assertThat(result.targetEvaluations()).isEqualTo(4000L * STEPS);
    assertThat(warnings)
        .anyMatch(
            line ->
                line.contains("flow.engine: djl instead of auto") && line.contains("bit for bit"));
    assertThat(Files.readString(run.resolve("run.json")))
        .containsPattern("\"later_flow_engines\" : \\[ \"djl pytorch [^\"]*\" ]");
    AuditReport audit = RunAudit.make(run, 0.05, 1, (subject, done, total) -> {});
    assertThat(audit.findings())
        .allSatisfy(
            finding ->
                assertThat(finding.verdict())
                    .as(finding.toString())
                    .isIn(AuditFinding.Verdict.SOUND, AuditFinding.Verdict.NOTE));
  }

  @Test
  void theJournalKnowsTheConfigWhereTheManifestIsLost() throws Exception {
    Path run = copy("manifest-lost");
    Files.delete(run.resolve("run.json"));
    assertThatThrownBy(
            () ->
                TrainingRun.start(
                    SPEC.with("training.learning_rate=3e-3").load(), run, event -> {}))
        .isInstanceOf(ConfigMismatchException.class)
        .hasMessageContaining("config hash " + SPEC.load().hash());
    assertThat(goOn(run).evaluatedRows()).isEqualTo(4000 + 4000);
    assertThat(run.resolve("run.json")).exists();
  }

  private Path copy(String name) throws IOException {
    Path run = temporary.resolve(name);
    SmallRuns.copy(stopped, run);
    return run;
  }

  /** Takes a copy up; whatever was done to it, it ends with the bits of the undisturbed run. */
  private static Outcome goOn(Path run) throws Exception {
    String[] found = new String[1];
    int[] rows = new int[1];
    RunResult result =
        TrainingRun.start(
                SPEC.load(),
                run,
                event -> {
                  if (event instanceof RunEvent.Started started) {
                    found[0] = started.found();
                  } else if (event instanceof RunEvent.Collected) {
                    rows[0] += 500; // one event a batch; those that were there already have none
                  }
                })
            .result()
            .toCompletableFuture()
            .get(3, TimeUnit.MINUTES);
    assertThat(result.status()).as(result.reason()).isEqualTo(RunResult.Status.FINISHED);
    assertThat(result.parametersSha256()).as(found[0]).isEqualTo(undisturbed);
    assertThat(SmallRuns.steps(run)).as(found[0]).isEqualTo(undisturbedSteps);
    assertThat(result.targetEvaluations()).isEqualTo(4000L * STEPS);
    return new Outcome(found[0], rows[0], result);
  }

  private static List<String> checkpoints(Path run) throws IOException {
    try (Stream<Path> files = Files.list(run.resolve("checkpoints"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".safetensors"))
          .sorted()
          .toList();
    }
  }

  private static Path newestCheckpoint(Path run) throws IOException {
    List<String> names = checkpoints(run);
    return run.resolve("checkpoints").resolve(names.get(names.size() - 1));
  }

  private static int rows(Path run, int step) throws IOException {
    try (RunLock lock = RunLock.acquire(new RunDirectory(run));
        ReplayBuffer samples =
            ReplayBuffer.open(
                lock,
                Retention.ALL,
                damage -> {
                  throw new AssertionError(damage.toString());
                })) {
      return samples.readAll(step).rows();
    }
  }

  private static Path queue(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".cq4")).findFirst().orElseThrow();
    }
  }

  private static void flip(Path file, long position) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(position);
      int old = access.read();
      access.seek(position);
      access.write(old ^ 0x10);
    }
  }

  private static void truncate(Path file) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(access.length() / 2);
    }
  }
}
