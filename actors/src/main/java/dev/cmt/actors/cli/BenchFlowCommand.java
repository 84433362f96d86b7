package dev.cmt.actors.cli;

import dev.cmt.actors.bench.FlowBenchmark;
import dev.cmt.actors.config.RunConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures flow engines. */
@Command(
    name = "flow",
    description = {
      "Training step, log-prob and sampling of a config's flow.",
      "",
      "The native engine and DJL op by op, each beside the floor: the flow's matrix products and"
          + " nothing else, by the faster of two libraries. On a GPU the CUDA engine, DJL, and the floor"
          + " by cuBLASLt.",
      ""
    },
    footer = {
      "  ./cmt bench flow",
      "  ./cmt bench flow config/alanine-dipeptide-quick.conf --threads 1 --json",
      "  ./cmt bench flow --device gpu:0"
    })
final class BenchFlowCommand implements Callable<Integer> {
  /** The paper's flow, below the directory the product was started from. */
  private static final Path PAPER = Path.of("config", "paper", "alanine-dipeptide.conf");

  @Parameters(
      paramLabel = "CONFIG",
      arity = "0..1",
      description = "The run file; default: config/paper/alanine-dipeptide.conf.")
  private Path config;

  @Option(
      names = {"-o", "--override"},
      paramLabel = "KEY=VALUE",
      description = "Replaces a key of the config; may be repeated.")
  private List<String> overrides = List.of();

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Rows of a batch; default: the config's training.batch_size.")
  private Integer batch;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of each engine; default: the config's flow.threads, or all cores.")
  private Integer threads;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description = "cpu or gpu:N; default: ${DEFAULT-VALUE}.")
  private String device = "cpu";

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "For each figure; default: ${DEFAULT-VALUE}.")
  private double seconds = 2;

  @Mixin private BenchOutput output;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (!device.matches("cpu|gpu:\\d{1,4}")) {
      throw new ParameterException(
          spec.commandLine(),
          "--device (%s) must be cpu or gpu:N, such as gpu:0.".formatted(device));
    }
    Path root = Path.of(System.getProperty("cmt.root", ""));
    RunConfig run = RunConfig.load(config == null ? root.resolve(PAPER) : config, overrides);
    return output.print(
        progress ->
            FlowBenchmark.run(
                run,
                device,
                batch == null ? run.training().batchSize() : batch,
                threads == null ? threads(run) : threads,
                seconds,
                progress));
  }

  private static int threads(RunConfig run) {
    int wanted = run.flow().threads();
    return wanted == 0 ? Runtime.getRuntime().availableProcessors() : wanted;
  }
}
