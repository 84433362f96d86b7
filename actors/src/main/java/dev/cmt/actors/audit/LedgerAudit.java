package dev.cmt.actors.audit;

import dev.cmt.actors.run.RecordedRun;
import dev.cmt.buffer.RecordedSamples;
import dev.cmt.buffer.StepLedger;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** {@code ledger/}: every file's CRC32C and size, and none missing in between. */
final class LedgerAudit {
  private static final String SUBJECT = "ledger";
  private static final String MEANING =
      "train does not need it, and nothing can write it again; replay leaves the step out once the file"
          + " is deleted.";

  private LedgerAudit() {}

  static List<AuditFinding> of(RecordedRun run, boolean underWay) throws IOException {
    SortedSet<Integer> steps = StepLedger.steps(run.directory());
    List<AuditFinding> findings = new ArrayList<>();
    List<Integer> sound = new ArrayList<>();
    long rows = 0;
    for (int step : steps) {
      try {
        StepLedger ledger = StepLedger.read(run.directory(), step);
        if (ledger.rows() == run.config().annealing().samplesPerStep()) {
          sound.add(step);
          rows += ledger.rows();
        } else {
          findings.add(
              AuditFinding.damaged(
                  SUBJECT,
                  "%s: %d rows, the step had %d"
                      .formatted(
                          StepLedger.file(run.directory(), step),
                          ledger.rows(),
                          run.config().annealing().samplesPerStep()),
                  MEANING));
        }
      } catch (IOException e) {
        findings.add(AuditFinding.damaged(SUBJECT, e.getMessage(), MEANING));
      }
    }
    missing(run, steps, underWay).ifPresent(findings::add);
    if (!sound.isEmpty()) {
      findings.add(
          0,
          AuditFinding.sound(
              SUBJECT, "steps %s: %d rows, CRC32C of all right".formatted(Ranges.of(sound), rows)));
    }
    return findings;
  }

  private static Optional<AuditFinding> missing(
      RecordedRun run, SortedSet<Integer> steps, boolean underWay) throws IOException {
    if (!run.config().buffer().ledger()) {
      return Optional.empty();
    }
    TreeSet<Integer> missing = new TreeSet<>(run.completed().keySet());
    missing.removeAll(steps);
    missing.removeAll(RecordedSamples.steps(run.directory()));
    missing.removeAll(run.keptSteps()); // whose queues are missed already
    if (missing.isEmpty() || underWay) {
      return Optional.empty();
    }
    String found =
        "%s: none of steps %s, whose samples were given up"
            .formatted(run.directory().ledger(), Ranges.of(missing));
    // Every process may set buffer.ledger anew.
    return Optional.of(
        run.processes() == 1
            ? AuditFinding.damaged(SUBJECT, found, MEANING)
            : AuditFinding.note(
                SUBJECT, found, "A process of the run may have had buffer.ledger = false."));
  }
}
