package dev.cmt.actors.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The benchmarks. */
@Command(
    name = "bench",
    description = {
      "Measures on this machine.",
      "",
      "The same work through each engine in one process, reported as ratios, so that figures from"
          + " different machines can be compared.",
      ""
    },
    synopsisSubcommandLabel = "BENCHMARK",
    commandListHeading = "%nBenchmarks:%n",
    subcommands = {
      BenchEnergyCommand.class,
      BenchFlowCommand.class,
      BenchStepCommand.class,
      BenchFarmCommand.class
    },
    footer = {
      "  ./cmt bench energy",
      "  ./cmt bench flow",
      "  ./cmt bench step config/alanine-dipeptide-quick.conf",
      "  ./cmt bench farm"
    })
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(), "Say what to measure: energy, flow, step or farm.");
  }
}
