package dev.cmt.actors.cli;

import dev.cmt.actors.report.ReportWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes the report of a run. */
@Command(
    name = "report",
    description = {
      "Writes DIR/report/index.html with figures, also of an unfinished run.",
      "",
      "Shows the last evaluation (Ramachandran plots, energies, weights), the annealing path and what"
          + " it cost, from the files of the run; nothing is sampled. Figures are PNG files.",
      ""
    },
    footer = {"  ./cmt report runs/alanine-dipeptide"})
final class ReportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The run directory.")
  private Path directory;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    spec.commandLine().getOut().println(ReportWriter.write(directory));
    return ExitCode.SUCCESS;
  }
}
