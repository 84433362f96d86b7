package dev.cmt.actors.audit;

import dev.cmt.actors.run.RecordedRun;
import dev.cmt.actors.run.TrainingRun;
import dev.cmt.buffer.CheckpointStore;
import dev.cmt.buffer.RunEvent.FitCheckpointed;
import dev.cmt.buffer.RunEvent.StepCompleted;
import dev.cmt.flow.checkpoint.MalformedCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
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
    audit.fits();
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
      boolean due = step.step() >= run.currentStep() - TrainingRun.CHECKPOINTS;
      if (present.remove(step.checkpoint()) || due) {
        check(step);
      }
    }
    for (String name : present) {
      unnamed(name);
    }
  }

  /** What train would do without a checkpoint. */
  private String without(String lost) throws IOException {
    Optional<String> newest = newestIntact(lost);
    if (newest.isEmpty()) {
      return "There is no other one that is intact: train begins the run again.";
    }
    boolean earlier =
        CheckpointStore.step(newest.get()) < CheckpointStore.step(lost)
            || (CheckpointStore.step(newest.get()) == CheckpointStore.step(lost)
                && CheckpointStore.isOfFit(newest.get()));
    return "train goes on from %s%s."
        .formatted(newest.get(), earlier ? " and does what came after it again" : "");
  }

  private Optional<String> newestIntact(String lost) throws IOException {
    try {
      for (String name : store.newestFirst()) {
        if (!name.equals(lost) && store.intact(name, run.namedCheckpoints()).isPresent()) {
          return Optional.of(name);
        }
      }
    } catch (NoSuchFileException e) {
      // A directory that is not there holds none.
    }
    return Optional.empty();
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
                : "A process died before it wrote the digest, or the file was damaged since, and the"
                    + " journal's word on it was lost; train does not use it."));
  }

  private void check(StepCompleted step) throws IOException {
    try {
      int counted = RecordedRun.completedSteps(run.checkpoint(step.step()));
      if (counted != step.step() + 1) {
        findings.add(
            AuditFinding.damaged(
                SUBJECT,
                "%s counts %d completed steps, its name %d"
                    .formatted(store.path(step.checkpoint()), counted, step.step() + 1),
                without(step.checkpoint())));
        return;
      }
      sound.add(step.checkpoint());
      digest(step.checkpoint());
    } catch (NoSuchFileException e) {
      gone(step.checkpoint());
    } catch (IOException | MalformedCheckpointException | IllegalArgumentException e) {
      findings.add(AuditFinding.damaged(SUBJECT, e.getMessage(), without(step.checkpoint())));
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

  private void fits() throws IOException {
    Optional<FitCheckpointed> underWayFit = run.fitUnderWay();
    if (underWayFit.isPresent()) {
      fit(underWayFit.get());
    }
    if (underWay || !Files.isDirectory(run.directory().checkpoints())) {
      return;
    }
    for (String name : store.newestFirst()) {
      boolean named = underWayFit.isPresent() && underWayFit.get().checkpoint().equals(name);
      if (CheckpointStore.isOfFit(name) && !named) {
        findings.add(
            AuditFinding.note(
                SUBJECT,
                "%s: the journal does not name it as the fit to go on with"
                    .formatted(store.path(name)),
                newestIntact("").equals(Optional.of(name))
                    ? "Its own digest is right; train names it again and goes on from it, if all of its"
                        + " step's batches are there."
                    : "train goes on from another checkpoint and removes it."));
      }
    }
  }

  private void fit(FitCheckpointed fit) throws IOException {
    try {
      store.read(fit.ref());
      sound.add(fit.checkpoint());
    } catch (NoSuchFileException e) {
      gone(fit.checkpoint());
    } catch (IOException e) {
      findings.add(AuditFinding.damaged(SUBJECT, e.getMessage(), without(fit.checkpoint())));
    }
  }

  private void gone(String name) throws IOException {
    findings.add(
        underWay
            ? AuditFinding.unchecked(
                SUBJECT, "%s was replaced while the run went on".formatted(store.path(name)))
            : AuditFinding.damaged(
                SUBJECT, "%s is missing".formatted(store.path(name)), without(name)));
  }
}
