package dev.cmt.actors.audit;

import dev.cmt.actors.audit.AuditFinding.Verdict;
import dev.cmt.buffer.RunLock;
import java.util.List;
import java.util.Optional;

/**
 * What an audit of a run directory found.
 *
 * @param owner the process that was at work on it; empty if nobody was
 * @param completedSteps annealing steps that are complete
 * @param steps annealing steps the run was asked for; 0 if its config cannot be read
 * @param findings in the order of the checks
 */
public record AuditReport(
    Optional<RunLock.Owner> owner, int completedSteps, int steps, List<AuditFinding> findings) {
  public AuditReport {
    findings = List.copyOf(findings);
  }

  /** How many findings have a verdict. */
  public long count(Verdict verdict) {
    return findings.stream().filter(finding -> finding.verdict() == verdict).count();
  }
}
