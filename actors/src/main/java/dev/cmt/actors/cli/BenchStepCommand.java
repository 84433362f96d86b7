package dev.cmt.actors.cli;

import dev.cmt.actors.bench.StepBenchmark;
import dev.cmt.actors.config.RunConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures whole annealing steps. */
@Command(
    name = "step",
    description = {
      "Whole annealing steps of a config, and where their time goes.",
      "",
      "Runs one step more than it counts, the first one, in a run directory below the system's"
          + " temporary one that is deleted afterwards.",
      ""
    },
    footer = {
      "  ./cmt bench step config/alanine-dipeptide-quick.conf",
      "  ./cmt bench step config/paper/alanine-dipeptide.conf --steps 1 \\",
      "      -o annealing.samples_per_step=20000 -o training.gradient_steps=80 --json"
    })
final class BenchStepCommand implements Callable<Integer> {
  @Mixin private ConfigArgument config;

  @Option(
      names = "--steps",
      paramLabel = "K",
      description = "Annealing steps that count; default: ${DEFAULT-VALUE}.")
  private int steps = 3;

  @Mixin private BenchOutput output;

  @Override
  public Integer call() throws IOException {
    RunConfig run = config.load();
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    try {
      return output.print(
          progress -> StepBenchmark.run(run, config.file().toString(), steps, temporary, progress));
    } catch (CompletionException e) {
      if (Failure.of(e).expected()) {
        throw e;
      }
      throw CommandException.failed("The run ended badly: " + e.getMessage(), e);
    }
  }
}
