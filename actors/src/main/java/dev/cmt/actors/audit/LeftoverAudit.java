package dev.cmt.actors.audit;

import dev.cmt.buffer.RunDirectory;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What processes that died left behind. */
final class LeftoverAudit {
  private LeftoverAudit() {}

  static List<AuditFinding> of(RunDirectory run) throws IOException {
    List<AuditFinding> findings = new ArrayList<>();
    for (Path directory : List.of(run.root(), run.checkpoints(), run.report(), run.ledger())) {
      add(
          findings,
          named(directory, ".writing-*"),
          "A process died while writing it; train removes it when it starts.");
    }
    add(
        findings,
        named(run.journal(), "*.damaged*"),
        "A log as it was found damaged, set aside for you to look at; train does not use it.");
    add(
        findings,
        named(run.journal(), "*.{creating,repaired,deleted}"),
        "A process died while making or removing it; train finishes that when it comes to its queue.");
    return findings;
  }

  private static void add(List<AuditFinding> findings, List<Path> found, String meaning) {
    for (Path path : found) {
      findings.add(AuditFinding.note("leftovers", path.toString(), meaning));
    }
  }

  private static List<Path> named(Path directory, String pattern) throws IOException {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, pattern)) {
        entries.forEach(found::add);
      }
    }
    return found;
  }
}
