package dev.cmt.actors.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cmt.actors.audit.AuditFinding;
import dev.cmt.actors.audit.AuditFinding.Verdict;
import dev.cmt.actors.audit.AuditProgress;
import dev.cmt.actors.audit.AuditReport;
import dev.cmt.actors.audit.RunAudit;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Checks a run directory end to end. */
@Command(
    name = "verify",
    description = {
      "Checks every file of a run, and computes some of its samples again.",
      "",
      "CRC32C of every journalled record, SHA-256 of checkpoints, steps.jsonl and summary against the"
          + " journal; energies and log q of a random share of the samples. Changes nothing; a run"
          + " under way can be checked too. Ends with 1 if something is damaged and says where, what"
          + " it means and what train would do about it; with 3 if an engine is lacking.",
      ""
    },
    footer = {
      "  ./cmt verify runs/gmm40",
      "  ./cmt verify runs/alanine-dipeptide --fraction 0.1 --seed 7"
    })
final class VerifyCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Parameters(paramLabel = "DIR", description = "The run directory.")
  private Path directory;

  @Option(
      names = "--fraction",
      paramLabel = "F",
      defaultValue = "0.01",
      description =
          "Share of the samples to compute again, 0 to 1, in blocks of 16 and at least one block of"
              + " each batch; 0 computes none. Default: ${DEFAULT-VALUE}.")
  private double fraction;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "1",
      description = "Which samples. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--json", description = "Print JSON instead of a table.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (!(fraction >= 0 && fraction <= 1)) {
      throw CommandException.wrongUse(
          "The share of samples (--fraction %s) must be from 0 to 1.".formatted(fraction), null);
    }
    AuditReport report;
    try (Bar bar = new Bar()) {
      report = RunAudit.make(directory, fraction, seed, bar);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(asJson(report));
    } else {
      report.findings().forEach(finding -> print(out, finding));
      out.println();
      out.println(verdict(report));
    }
    out.flush();
    if (report.count(Verdict.DAMAGED) > 0) {
      return ExitCode.FAILED;
    }
    return report.count(Verdict.LACKING) > 0 ? ExitCode.ENVIRONMENT : ExitCode.SUCCESS;
  }

  private static void print(PrintWriter out, AuditFinding finding) {
    out.printf("%-7s %-16s %s%n", label(finding.verdict()), finding.subject(), finding.found());
    if (!finding.meaning().isEmpty()) {
      out.printf("%-7s %-16s → %s%n", "", "", finding.meaning());
    }
  }

  private static String label(Verdict verdict) {
    return switch (verdict) {
      case SOUND -> "ok";
      case NOTE -> "note";
      case UNCHECKED -> "-";
      case LACKING -> "MISS";
      case DAMAGED -> "DAMAGED";
    };
  }

  private String verdict(AuditReport report) {
    String state =
        report
            .owner()
            .map(
                owner ->
                    "under way (process %d on %s since %s)"
                        .formatted(owner.pid(), owner.host(), owner.since()))
            .orElse(
                report.steps() > 0 && report.completedSteps() == report.steps()
                    ? "at rest"
                    : "at rest and unfinished");
    String subject =
        "%s: %d of %d steps, %s"
            .formatted(directory, report.completedSteps(), report.steps(), state);
    long damaged = report.count(Verdict.DAMAGED);
    if (damaged > 0) {
      return "%s. DAMAGED: %d %s, see above."
          .formatted(subject, damaged, damaged == 1 ? "finding" : "findings");
    }
    long left = report.count(Verdict.UNCHECKED) + report.count(Verdict.LACKING);
    return left > 0
        ? "%s. Sound in all that was checked; %d not checked.".formatted(subject, left)
        : "%s. Sound.".formatted(subject);
  }

  private static String asJson(AuditReport report) throws JsonProcessingException {
    ObjectNode node = JSON.createObjectNode();
    node.put("damaged", report.count(Verdict.DAMAGED));
    node.put("completed_steps", report.completedSteps());
    node.put("steps", report.steps());
    node.put("under_way", report.owner().isPresent());
    for (AuditFinding finding : report.findings()) {
      ObjectNode line = node.withArray("/findings").addObject();
      line.put("subject", finding.subject());
      line.put("verdict", finding.verdict().name().toLowerCase(Locale.ROOT));
      line.put("found", finding.found());
      line.put("meaning", finding.meaning());
    }
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node);
  }

  /** On a terminal a bar; elsewhere nothing. */
  private static final class Bar implements AuditProgress, AutoCloseable {
    private final boolean terminal = System.console() != null && System.getenv("TERM") != null;
    private ProgressBar bar;

    @Override
    public void advanced(String subject, long done, long total) {
      if (!terminal) {
        return;
      }
      if (bar == null) {
        bar =
            new ProgressBarBuilder()
                .setTaskName("verify")
                .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                .setUpdateIntervalMillis(250)
                .build();
      }
      bar.maxHint(total);
      bar.setExtraMessage(" " + subject);
      bar.stepTo(done);
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
      }
    }
  }
}
