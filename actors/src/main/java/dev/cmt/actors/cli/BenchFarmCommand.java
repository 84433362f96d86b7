package dev.cmt.actors.cli;

import dev.cmt.actors.bench.FarmBenchmark;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures what a cluster costs. */
@Command(
    name = "farm",
    description = {
      "Energy workers in processes of their own beside those of one JVM.",
      "",
      "Starts a head and its nodes on this machine: first with evaluations that sleep, then with a"
          + " molecule's kernel. Says from which cost of an evaluation on nodes are worth having.",
      ""
    },
    footer = {"  ./cmt bench farm", "  ./cmt bench farm --workers 64 --nodes 8 --json"})
final class BenchFarmCommand implements Callable<Integer> {
  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "For each figure; default: ${DEFAULT-VALUE}.")
  private double seconds = 5;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      description = "Processes with sleeping workers at most; default: ${DEFAULT-VALUE}.")
  private int nodes = 4;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description =
          "Sleeping workers at most, all nodes together; also fewer, by powers of two. Default:"
              + " ${DEFAULT-VALUE}.")
  private int workers = 16;

  @Option(
      names = "--system",
      paramLabel = "NAME",
      description = "Built-in molecule of the second part; default: ${DEFAULT-VALUE}.")
  private String system = "alanine-dipeptide";

  @Mixin private BenchOutput output;

  @Override
  public Integer call() throws IOException {
    return output.print(
        progress ->
            FarmBenchmark.run(new FarmBenchmark.Plan(seconds, nodes, workers, system), progress));
  }
}
