package dev.cmt.actors.audit;

import dev.cmt.actors.run.RecordedRun;
import dev.cmt.actors.run.TrainingRun;
import dev.cmt.buffer.CheckpointRef;
import dev.cmt.buffer.CheckpointStore;
import dev.cmt.buffer.RunEvent.FitCheckpointed;
import dev.cmt.buffer.RunEvent.StepCompleted;
import dev.cmt.flow.checkpoint.MalformedCheckpointException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;

/** {@code checkpoints/}: each is there with the SHA-256 that the journal names, and can be read. */
final class CheckpointAudit {
  private static final String SUBJECT = "checkpoints";

  private final RecordedRun run;
  private final CheckpointStore store;
  private final boolean underWay;
  private final List<AuditFinding> findings = new ArrayList<>();
  private final List<String> sound = new ArrayList<>();

  private CheckpointAudit(RecordedRun run, boolean underWay) {
    this.run = run;
    this.store = new CheckpointStore(run.directory());
    this.underWay = underWay;
  }

  /**
   * @param underWay whether a process may have written and removed files since the journal was read
   */
  static List<AuditFinding> of(RecordedRun run, boolean underWay) throws IOException {
    CheckpointAudit audit = new CheckpointAudit(run, underWay);
    audit.steps();
    if (run.fitUnderWay().isPresent()) {
      audit.fit(run.fitUnderWay().get());
    }
    if (audit.findings.stream().noneMatch(f -> f.verdict() == AuditFinding.Verdict.DAMAGED)) {
      audit.findings.add(
          0,
          AuditFinding.sound(
              SUBJECT,
              audit.sound.isEmpty()
                  ? "none yet"
                  : "SHA-256 as journalled: " + String.join(", ", audit.sound)));
    }
    return audit.findings;
  }

  private void steps() throws IOException {
    NavigableMap<Integer, StepCompleted> completed = run.completed();
    Set<String> present = new HashSet<>();
    try {
      present.addAll(store.names());
    } catch (NoSuchFileException e) {
      // A copy of a run may lack directories that were empty; what is missing is said below.
    }
    for (StepCompleted step : completed.values()) {
      boolean due = step.step() > completed.lastKey() - TrainingRun.CHECKPOINTS;
      if (present.remove(step.checkpoint()) || due) {
        check(step);
      }
    }
    for (String name : present) {
      unnamed(name);
    }
  }

  private void unnamed(String name) throws IOException {
    if (underWay) {
      return;
    }
    boolean intact = store.intact(name, List.of()).isPresent();
    findings.add(
        AuditFinding.note(
            SUBJECT,
            intact
                ? "%s: no event names it, its own digest is right".formatted(store.path(name))
                : "%s: no event names it, nor has it a digest that is right"
                    .formatted(store.path(name)),
            intact
                ? "Its process died before the journal's word, or the journal lost it; train names it"
                    + " again, and goes on from it if it is the newest."
                : "What a process left that died while writing; train does not use it."));
  }

  private void check(StepCompleted step) throws IOException {
    String consequence =
        step.step() > 0
            ? "train goes on from the newest other one that is intact, and does the steps since again."
            : "Without another one that is intact train begins the run again.";
    try {
      int counted = RecordedRun.completedSteps(run.checkpoint(step.step()));
      if (counted != step.step() + 1) {
        findings.add(
            AuditFinding.damaged(
                SUBJECT,
                "%s counts %d completed steps, its name %d"
                    .formatted(store.path(step.checkpoint()), counted, step.step() + 1),
                consequence));
        return;
      }
      sound.add(step.checkpoint());
      digest(step.checkpoint());
    } catch (NoSuchFileException e) {
      gone(step.checkpoint(), consequence);
    } catch (IOException | MalformedCheckpointException | IllegalArgumentException e) {
      findings.add(AuditFinding.damaged(SUBJECT, e.getMessage(), consequence));
    }
  }

  /** The file beside it says what the journal says. */
  private void digest(String name) throws IOException {
    if (!underWay && store.intact(name, List.of()).isEmpty()) {
      findings.add(
          AuditFinding.note(
              SUBJECT,
              "%s.sha256 is missing or of another file".formatted(store.path(name)),
              "train trusts the journal, which has the right digest; without the journal it would not"
                  + " trust the checkpoint."));
    }
  }

  private void fit(FitCheckpointed fit) throws IOException {
    String consequence =
        "train fits step %d from its beginning; its samples are not evaluated again."
            .formatted(fit.step());
    try {
      store.read(new CheckpointRef(fit.checkpoint(), fit.checkpointSha256()));
      sound.add(fit.checkpoint());
    } catch (NoSuchFileException e) {
      gone(fit.checkpoint(), consequence);
    } catch (IOException e) {
      findings.add(AuditFinding.damaged(SUBJECT, e.getMessage(), consequence));
    }
  }

  private void gone(String name, String consequence) {
    findings.add(
        underWay
            ? AuditFinding.unchecked(
                SUBJECT, "%s was replaced while the run went on".formatted(store.path(name)))
            : AuditFinding.damaged(
                SUBJECT, "%s is missing".formatted(store.path(name)), consequence));
  }
}
