package dev.cmt.actors.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cmt.actors.run.RecordedRun;
import dev.cmt.actors.run.StepRecord;
import dev.cmt.buffer.RunEvent;
import dev.cmt.buffer.RunEvent.StepCompleted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/** {@code steps.jsonl} against the journal: one line for each completed step, no gap, no other. */
final class StepsAudit {
  private static final String SUBJECT = "steps.jsonl";
  private static final String MEND = "train makes the file agree with the journal when it starts.";

  private final RecordedRun run;
  private final boolean underWay;
  private final SortedMap<Integer, StepCompleted> completed;
  private final List<AuditFinding> findings = new ArrayList<>();
  private int lines;

  private StepsAudit(RecordedRun run, boolean underWay) {
    this.run = run;
    this.underWay = underWay;
    this.completed = run.completed();
  }

  /**
   * @param underWay whether a process may have written lines since the journal was read
   */
  static List<AuditFinding> of(RecordedRun run, boolean underWay) throws IOException {
    StepsAudit audit = new StepsAudit(run, underWay);
    audit.readLines();
    audit.compareMultipliers();
    if (audit.findings.isEmpty()) {
      audit.findings.add(
          AuditFinding.sound(
              SUBJECT,
              "%d lines, without a gap, %d as the journal has them"
                  .formatted(audit.lines, audit.completed.size())));
    }
    return audit.findings;
  }

  private void readLines() throws IOException {
    Path file = run.directory().steps();
    byte[] content;
    try {
      content = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      content = new byte[0];
    }
    int line = 0;
    int start = 0;
    for (int end = 0; end < content.length; end++) {
      if (content[end] == '\n') {
        check(
            line,
            "%s, byte %d (line %d)".formatted(file, start, line + 1),
            new String(content, start, end - start, UTF_8));
        line++;
        start = end + 1;
      }
    }
    lines = line;
    if (start < content.length && !underWay) {
      findings.add(
          AuditFinding.note(
              SUBJECT,
              "%s, byte %d: a line without its end".formatted(file, start),
              "Its process died while writing it; " + MEND));
    }
    if (line < run.confirmedSteps()) {
      findings.add(
          AuditFinding.damaged(
              SUBJECT,
              "%s has %d lines, the journal confirms %d steps"
                  .formatted(file, line, run.confirmedSteps()),
              "Lines were lost; " + MEND));
    }
  }

  private void check(int line, String place, String text) {
    StepCompleted confirmed = completed.get(line);
    if (line >= run.currentStep()) {
      // The line is written before the journal's word.
      boolean next = line == run.currentStep();
      if (next && !underWay) {
        findings.add(
            AuditFinding.note(
                SUBJECT,
                "%s: the journal does not confirm step %d".formatted(place, line),
                "Its process died between line and journal; train drops the line and takes the step"
                    + " up again."));
      } else if (!next && !underWay) {
        findings.add(
            AuditFinding.damaged(
                SUBJECT, "%s: a step that the journal does not know".formatted(place), MEND));
      }
      return;
    }
    try {
      StepRecord record = RecordedRun.parse(text);
      if (record.step() != line) {
        damaged("%s: step %d where step %d must be".formatted(place, record.step(), line));
      } else if (confirmed != null
          && confirmed.record() != null
          && !confirmed.record().equals(text)) {
        damaged("%s: another line than the journal has for step %d".formatted(place, line));
      }
    } catch (IOException e) {
      damaged("%s: %s".formatted(place, e.getMessage()));
    }
  }

  /** The dual that was solved before the fit is the one that the record speaks of. */
  private void compareMultipliers() throws IOException {
    for (RunEvent event : run.events()) {
      if (event instanceof RunEvent.DualSolved solved
          && completed.containsKey(solved.step())
          && run.record(solved.step()).isPresent()) {
        StepRecord record = run.record(solved.step()).get();
        if (record.lambda() != solved.lambda() || record.eta() != solved.eta()) {
          findings.add(
              AuditFinding.note(
                  SUBJECT,
                  "step %d was completed with λ = %s, η = %s; an earlier process had solved for %s, %s"
                      .formatted(
                          solved.step(),
                          record.lambda(),
                          record.eta(),
                          solved.lambda(),
                          solved.eta()),
                  "Both are the dual's solution of the samples of their time; equal ones give equal"
                      + " bits."));
        }
      }
    }
  }

  private void damaged(String found) {
    findings.add(AuditFinding.damaged(SUBJECT, found, MEND));
  }
}
