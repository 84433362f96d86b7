package dev.cmt.actors.audit;

import dev.cmt.buffer.JournalDamage;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunEvent;
import dev.cmt.buffer.RunJournal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code journal/events}: every record's CRC32C, and events in an order that a run can produce.
 *
 * @param findings what was found
 * @param events all that are sound
 * @param readable whether it could be read at all
 */
record JournalAudit(List<AuditFinding> findings, List<RunEvent> events, boolean readable) {
  private static final String SUBJECT = "journal/events";

  /**
   * @param configHash as the manifest has it; empty if it is not known
   */
  static JournalAudit of(RunDirectory run, String configHash) {
    RunJournal.Replay replay;
    try {
      replay = RunJournal.read(run);
    } catch (IOException e) {
      return new JournalAudit(
          List.of(
              AuditFinding.damaged(
                  SUBJECT,
                  e.getMessage(),
                  "train makes a damaged metadata.cq4t anew; any other fault it refuses with the same"
                      + " words.")),
          List.of(),
          false);
    }
    List<AuditFinding> findings = new ArrayList<>();
    for (JournalDamage damage : replay.damage()) {
      findings.add(
          AuditFinding.damaged(
              SUBJECT,
              "%s, after %d records: %s".formatted(damage.log(), damage.record(), damage.reason()),
              "train sets the record aside and goes on with the others; a step whose completion is"
                  + " lost with it is named again if its checkpoint's own digest is right, else done"
                  + " again."));
    }
    List<RunEvent> events = replay.events();
    gap(events).ifPresent(findings::add);
    anotherRun(events, configHash)
        .ifPresent(
            what ->
                findings.add(
                    AuditFinding.damaged(
                        SUBJECT,
                        what,
                        "No run writes this: events of two runs lie here. train refuses the directory"
                            + " if none of them has its config.")));
    if (events.isEmpty() && findings.isEmpty()) {
      findings.add(
          AuditFinding.note(
              SUBJECT,
              "no events",
              "The process died before its first, or they were lost; train goes on from the newest"
                  + " checkpoint whose own digest is right, or begins the run."));
    } else if (findings.isEmpty()) {
      findings.add(
          AuditFinding.sound(
              SUBJECT, "%d events, CRC32C of all right, in order".formatted(events.size())));
    }
    return new JournalAudit(findings, events, true);
  }

  /** Events that were lost earlier: train has mended what it needed of them. */
  private static Optional<AuditFinding> gap(List<RunEvent> events) {
    int completed = 0;
    for (RunEvent event : events) {
      if (event instanceof RunEvent.StepCompleted step) {
        if (step.step() > completed) {
          return Optional.of(
              AuditFinding.note(
                  SUBJECT,
                  "no event completes step %d, one completes step %d"
                      .formatted(completed, step.step()),
                  "Events were lost; train goes on from the checkpoint of the later step all the"
                      + " same."));
        }
        completed = step.step() + 1;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> anotherRun(List<RunEvent> events, String configHash) {
    Optional<RunEvent.RunStarted> first = Optional.empty();
    for (int i = 0; i < events.size(); i++) {
      RunEvent event = events.get(i);
      if (event instanceof RunEvent.RunStarted started) {
        if (first.isEmpty()) {
          first = Optional.of(started);
        }
        if (started.seed() != first.get().seed()
            || !started.configHash().equals(first.get().configHash())) {
          return Optional.of(
              "event %d starts a run of another config or seed than the one before".formatted(i));
        }
      }
    }
    if (!configHash.isEmpty()
        && first.isPresent()
        && !first.get().configHash().equals(configHash)) {
      return Optional.of(
          "its runs were started with config hash %s, run.json has %s"
              .formatted(first.get().configHash(), configHash));
    }
    return Optional.empty();
  }
}
