package dev.cmt.actors.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.actors.audit.AuditFinding.Verdict;
import dev.cmt.actors.run.RecordedRun;
import dev.cmt.buffer.RecordedSamples;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunEvent;
import dev.cmt.buffer.RunJournal;
import dev.cmt.buffer.StepLedger;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run directory that an earlier version wrote can still be read, see docs/formats.md. A version
 * that changes a format adds a directory of its own and keeps this one.
 */
class RunFormatTest {
  private static final String FIRST = "run-of-0.1.0.zip";

  @TempDir private Path temporary;

  @Test
  void aRunOfTheFirstVersionCanBeRead() throws IOException, URISyntaxException {
    Path root = temporary.resolve("run");
    TinyRun.unpack(
        Path.of(Objects.requireNonNull(RunFormatTest.class.getResource(FIRST), FIRST).toURI()),
        root);
    RunDirectory directory = new RunDirectory(root);

    RunJournal.Replay journal = RunJournal.read(directory);
    assertThat(journal.damage()).isEmpty();
    assertThat(journal.events().get(0))
        .isInstanceOfSatisfying(
            RunEvent.RunStarted.class,
            started -> {
              assertThat(started.seed()).isEqualTo(11);
              assertThat(started.keepSteps()).isEqualTo(2);
            });
    assertThat(journal.events().stream().map(event -> event.getClass().getSimpleName()).distinct())
        .containsExactlyInAnyOrder(
            "RunStarted",
            "StepStarted",
            "DualSolved",
            "FitCheckpointed",
            "StepCompleted",
            "RunFinished");

    List<Long> firstRows = new ArrayList<>();
    assertThat(
            RecordedSamples.read(
                directory,
                2,
                batch -> {
                  assertThat(batch.dimension()).isEqualTo(2);
                  firstRows.add(batch.firstRow());
                }))
        .isEmpty();
    assertThat(firstRows).containsExactly(0L, 64L, 128L, 192L, 256L);
    StepLedger ledger = StepLedger.read(directory, 0);
    assertThat(ledger.rows()).isEqualTo(TinyRun.ROWS);

    AuditReport audit = RunAudit.make(root, 1, 1, (subject, done, total) -> {});
    // Its config may lack keys of today, which is a note.
    assertThat(audit.findings())
        .allSatisfy(finding -> assertThat(finding.verdict()).isIn(Verdict.SOUND, Verdict.NOTE));
    assertThat(audit.completedSteps()).isEqualTo(TinyRun.STEPS);
    assertThat(RunReplay.of(root, (run, own) -> own).agrees()).isTrue();

    RecordedRun run =
        new RecordedRun(directory, RecordedRun.readConfig(directory), journal.events());
    assertThat(run.record(2).orElseThrow().targetEvals()).isEqualTo(3L * TinyRun.ROWS);
    assertThat(run.checkpoint(2).extraMetadata())
        .containsKeys("run.completed_steps", "run.path_beta", "run.path_exponent");
  }
}
