package dev.cmt.actors.cli;

import dev.cmt.actors.bench.StepBenchmark;
import dev.cmt.actors.config.RunConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
  @Parameters(paramLabel = "CONFIG", description = "The run file.")
  private Path config;

  @Option(
      names = {"-o", "--override"},
      paramLabel = "KEY=VALUE",
      description = "Replaces a key of the config; may be repeated.")
  private List<String> overrides = List.of();

  @Option(
      names = "--steps",
      paramLabel = "K",
      description = "Annealing steps that count; default: ${DEFAULT-VALUE}.")
  private int steps = 3;

  @Mixin private BenchOutput output;

  @Override
  public Integer call() throws IOException {
    RunConfig run = RunConfig.load(config, overrides);
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    try {
      return output.print(
          progress -> StepBenchmark.run(run, config.toString(), steps, temporary, progress));
    } catch (CompletionException e) {
      if (Failure.of(e).expected()) {
        throw e;
      }
      throw CommandException.failed("The run ended badly: " + e.getMessage(), e);
    }
  }
}
