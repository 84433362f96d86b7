package dev.cmt.actors.audit;

import dev.cmt.actors.run.RecordedRun;
import dev.cmt.buffer.RecordedSamples;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunLock;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Checks a run directory end to end, of a run that is finished, was killed or is under way. Writes
 * nothing and takes no lock.
 */
public final class RunAudit {
  private final RunDirectory directory;
  private final double fraction;
  private final long seed;
  private final AuditProgress progress;
  private final List<AuditFinding> findings = new ArrayList<>();
  private long done;

  private RunAudit(RunDirectory directory, double fraction, long seed, AuditProgress progress) {
    this.directory = directory;
    this.fraction = fraction;
    this.seed = seed;
    this.progress = progress;
  }

  /**
   * Makes all checks.
   *
   * @param root the run directory
   * @param fraction share of the journalled rows to compute again, from 0 to 1, in blocks of 16 and
   *     at least one block of each batch; 0 computes none
   * @param seed which rows
   * @param progress hears how far it has come
   * @throws IllegalArgumentException if the fraction is out of range
   * @throws NoSuchFileException if the directory holds no run
   * @throws IOException if a file cannot be read at all; a damaged one is a finding
   */
  public static AuditReport make(Path root, double fraction, long seed, AuditProgress progress)
      throws IOException {
    if (!(fraction >= 0 && fraction <= 1)) {
      throw new IllegalArgumentException(
          "The fraction of rows (%s) must be from 0 to 1.".formatted(fraction));
    }
    return new RunAudit(open(root), fraction, seed, progress).make();
  }

  /** The directory, which is not completed by missing subdirectories as it is for a writer. */
  static RunDirectory open(Path root) throws NoSuchFileException {
    if (!RunDirectory.isRun(root)) {
      throw new NoSuchFileException(
          root.resolve("run.json").toString(),
          null,
          "%s holds no run; check the path, or start one with train".formatted(root));
    }
    return new RunDirectory(root);
  }

  private AuditReport make() throws IOException {
    // Asked before anything is read: what changes afterwards may be the owner's doing.
    Optional<RunLock.Owner> owner = RunLock.holder(directory);
    boolean underWay = owner.isPresent();
    progress.advanced("run.json", 0, 1);
    ManifestAudit manifest = ManifestAudit.of(directory);
    findings.add(manifest.finding());
    JournalAudit journal = JournalAudit.of(directory, manifest.configHash());
    findings.addAll(journal.findings());
    if (manifest.config().isEmpty() || !journal.readable()) {
      findings.addAll(SampleAudit.withoutJournal(directory));
      for (String rest : List.of("steps.jsonl", "checkpoints", "energies", "log q")) {
        findings.add(AuditFinding.unchecked(rest, "needs run.json and the journal"));
      }
      findings.addAll(LeftoverAudit.of(directory));
      return new AuditReport(owner, 0, 0, findings);
    }
    RecordedRun run = new RecordedRun(directory, manifest.config().get(), journal.events());
    findings.addAll(StepsAudit.of(run, underWay));
    findings.addAll(CheckpointAudit.of(run, underWay));
    samples(run, underWay, manifest);
    findings.addAll(LedgerAudit.of(run, underWay));
    findings.addAll(ConclusionAudit.of(run));
    if (!underWay) {
      findings.addAll(LeftoverAudit.of(directory));
    }
    return new AuditReport(owner, run.currentStep(), run.steps(), findings);
  }

  private void samples(RecordedRun run, boolean underWay, ManifestAudit manifest)
      throws IOException {
    long total = RecordedSamples.steps(directory).stream().mapToLong(run::batches).sum();
    try (RowAudit rows =
        new RowAudit(run, fraction, seed, manifest.energyEngine(), manifest.flowEngines())) {
      findings.addAll(
          SampleAudit.of(run, underWay, rows, () -> progress.advanced("samples", ++done, total)));
      findings.addAll(rows.findings());
    }
  }
}
