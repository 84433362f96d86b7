package dev.cmt.actors.cli;

import dev.cmt.actors.bench.BenchReport;
import dev.cmt.actors.bench.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What every benchmark prints: its progress to standard error, as a bar on a terminal and elsewhere
 * as a line for each thing that is measured, then its report to standard output.
 */
final class BenchOutput {
  private static final int BAR_PARTS = 1000;

  @Option(names = "--json", description = "Print one JSON document instead of a table.")
  private boolean json;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** A benchmark, which hears where to tell its progress. */
  interface Benchmark {
    BenchReport run(Consumer<Progress> progress) throws IOException;
  }

  /**
   * Runs a benchmark and prints what it found.
   *
   * @throws CommandException if an argument of the benchmark is out of range
   */
  int print(Benchmark benchmark) throws IOException {
    BenchReport report;
    try (Display display = new Display(spec.commandLine().getErr())) {
      report = benchmark.run(display);
    } catch (IllegalArgumentException e) {
      throw CommandException.wrongUse(e.getMessage(), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(report.json());
    } else {
      out.print(report.text());
    }
    out.flush();
    return ExitCode.SUCCESS;
  }

  /** Shows progress; heard on any one thread. */
  private static final class Display implements Consumer<Progress>, AutoCloseable {
    private final PrintWriter err;
    private final boolean terminal = System.console() != null && System.getenv("TERM") != null;
    private ProgressBar bar;
    private String before = "";

    private Display(PrintWriter err) {
      this.err = err;
    }

    @Override
    public synchronized void accept(Progress progress) {
      if (terminal) {
        if (bar == null) {
          // Draws on standard error.
          bar =
              new ProgressBarBuilder()
                  .setTaskName("CMT bench")
                  .setInitialMax(BAR_PARTS)
                  .setUnit("%", BAR_PARTS / 100)
                  .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                  .setUpdateIntervalMillis(250)
                  .build();
        }
        bar.setExtraMessage(" " + progress.now());
        bar.stepTo(Math.round(BAR_PARTS * progress.done()));
      } else if (!progress.now().equals(before)) {
        err.println("measuring: " + progress.now());
      }
      before = progress.now();
    }

    @Override
    public synchronized void close() {
      if (bar != null) {
        bar.close();
      }
    }
  }
}
