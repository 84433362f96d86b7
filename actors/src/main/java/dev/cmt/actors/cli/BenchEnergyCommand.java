package dev.cmt.actors.cli;

import dev.cmt.actors.bench.EnergyBenchmark;
import dev.cmt.energy.system.BuiltInSystems;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures energy engines. */
@Command(
    name = "energy",
    description = {
      "Energies a second: OpenMM's platforms and the kernel.",
      "",
      "Molecules near their minimum, with and without forces, on one core and on all. Without OpenMM"
          + " the rest is measured all the same.",
      ""
    },
    footer = {
      "  ./cmt bench energy",
      "  ./cmt bench energy --system alanine-dipeptide --seconds 3 --json"
    })
final class BenchEnergyCommand implements Callable<Integer> {
  @Option(
      names = "--system",
      paramLabel = "NAME",
      arity = "1..*",
      description = "Built-in molecules; default: all of them.")
  private List<String> systems = BuiltInSystems.names();

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "For each figure; default: ${DEFAULT-VALUE}.")
  private double seconds = 1;

  @Mixin private BenchOutput output;

  @Override
  public Integer call() throws IOException {
    return output.print(progress -> EnergyBenchmark.run(systems, seconds, progress));
  }
}
