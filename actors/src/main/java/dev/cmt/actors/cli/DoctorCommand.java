package dev.cmt.actors.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Looks at everything CMT needs of a machine. */
@Command(
    name = "doctor",
    description = {
      "Checks this machine and prints the mend of each miss.",
      "",
      "Looks at the JDK, processor, memory, disk, OpenMM and its platforms, energy and flow engines"
          + " and GPUs. Ends with 3 if something needed is missing.",
      ""
    },
    footer = "  ./cmt doctor")
final class DoctorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    List<Finding> findings = Examination.all().stream().map(Examination::make).toList();
    for (Finding finding : findings) {
      out.printf("%-6s %-18s %s%n", finding.verdict().label(), finding.subject(), finding.found());
      if (!finding.mend().isEmpty()) {
        out.printf("%-6s %-18s → %s%n", "", "", finding.mend());
      }
    }
    long missing = findings.stream().filter(f -> f.verdict() == Finding.Verdict.MISSING).count();
    out.println();
    out.println(
        missing == 0
            ? "Everything needed is there."
            : "%d of %d checks found something missing.".formatted(missing, findings.size()));
    return missing == 0 ? ExitCode.SUCCESS : ExitCode.ENVIRONMENT;
  }
}
