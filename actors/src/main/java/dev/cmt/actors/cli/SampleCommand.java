package dev.cmt.actors.cli;

import dev.cmt.actors.run.TrainedSampler;
import dev.cmt.energy.Target;
import dev.cmt.flow.diagnostics.EffectiveSampleSize;
import dev.cmt.flow.diagnostics.LogPartition;
import dev.cmt.flow.diagnostics.LogWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Draws samples from a trained run. */
@Command(
    name = "sample",
    description = {
      "Draws weighted independent samples from a run's last checkpoint.",
      "",
      "The suffix of FILE tells the format: .npz holds positions, weights, log_q and log_p; .dcd"
          + " and .pdb hold positions, and their weights go to a file beside them"
          + " (FILE.weights.npy). Averages over the target are averages with the"
          + " weights, which sum to 1.",
      ""
    },
    footer = {
      "  ./cmt sample runs/alanine-dipeptide-quick -n 100000 -o samples.dcd",
      "  ./cmt sample runs/gmm40 -n 10000 -o samples.npz"
    })
final class SampleCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The run directory.")
  private Path directory;

  @Option(
      names = {"-n", "--samples"},
      required = true,
      paramLabel = "N",
      description = "How many samples, at least 1.")
  private int samples;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "Where they go: .dcd, .npz or .pdb.")
  private Path output;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      description = "The same seed gives the same samples; default: the run's.")
  private Long seed;

  @Option(
      names = "--unit",
      description =
          "Also writes u, the flow's own coordinates in [0, 1], and log_volume, log |dx/du|: log q(u)"
              + " is log_q + log_volume. Into .npz alone.")
  private boolean unit;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (samples < 1) {
      throw new ParameterException(
          spec.commandLine(), "-n (%d) must be at least 1.".formatted(samples));
    }
    WholeFile.requireWritable(output);
    try (TrainedSampler sampler = TrainedSampler.open(directory)) {
      SampleFile.require(output, sampler.target(), samples, unit);
      WholeFile.write(output, file -> draw(sampler, file));
    }
    return ExitCode.SUCCESS;
  }

  private void draw(TrainedSampler sampler, Path file) throws IOException {
    try (SampleFile sink = SampleFile.begin(output, file, sampler.target(), samples, unit)) {
      draw(sampler, sink);
    }
  }

  private void draw(TrainedSampler sampler, SampleFile sink) throws IOException {
    double[] logQ = new double[samples];
    double[] logP = new double[samples];
    int[] kept = {0};
    try (Bar bar = Bar.of("sampling", samples)) {
      sampler.draw(
          samples,
          seed == null ? sampler.config().seed() : seed,
          batch -> {
            int rows = keepFinite(batch, sampler.target());
            sink.add(batch, rows);
            System.arraycopy(batch.logQ(), 0, logQ, kept[0], rows);
            System.arraycopy(batch.logP(), 0, logP, kept[0], rows);
            kept[0] += rows;
            bar.add(batch.rows());
          });
    }
    if (kept[0] == 0) {
      throw CommandException.failed(
          "None of the %d samples has finite coordinates.".formatted(samples), null);
    }
    double[] keptLogQ = Arrays.copyOf(logQ, kept[0]);
    double[] keptLogP = Arrays.copyOf(logP, kept[0]);
    LogWeights weights = logWeights(keptLogQ, keptLogP);
    sink.finish(
        new SampleFile.Weighted(keptLogQ, keptLogP, normalised(weights, keptLogQ, keptLogP)));
    tell(sampler, weights);
  }

  /** Moves rows with finite coordinates to the front, in all arrays of the batch. */
  private static int keepFinite(TrainedSampler.Batch batch, Target target) {
    int dimension = target.spaceDimension();
    int unitDimension = target.dimension();
    int kept = 0;
    for (int row = 0; row < batch.rows(); row++) {
      double sum = 0;
      for (int i = 0; i < dimension; i++) {
        sum += batch.x()[row * dimension + i];
      }
      if (Double.isFinite(sum)) {
        System.arraycopy(batch.x(), row * dimension, batch.x(), kept * dimension, dimension);
        System.arraycopy(
            batch.u(), row * unitDimension, batch.u(), kept * unitDimension, unitDimension);
        batch.logVolume()[kept] = batch.logVolume()[row];
        batch.logQ()[kept] = batch.logQ()[row];
        batch.logP()[kept] = batch.logP()[row];
        kept++;
      }
    }
    return kept;
  }

  private LogWeights logWeights(double[] logQ, double[] logP) {
    try {
      return LogWeights.of(logQ, logP);
    } catch (IllegalArgumentException e) {
      throw CommandException.failed(
          "None of the %d samples has an energy.".formatted(logQ.length), e);
    }
  }

  private static double[] normalised(LogWeights weights, double[] logQ, double[] logP) {
    double logSum = LogPartition.of(weights) + Math.log(weights.used());
    double[] normalised = new double[logQ.length];
    for (int i = 0; i < normalised.length; i++) {
      double weight = Math.exp(logP[i] - logQ[i] - logSum);
      normalised[i] = Double.isNaN(weight) ? 0 : weight;
    }
    return normalised;
  }

  private void tell(TrainedSampler sampler, LogWeights weights) {
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%s: %d samples after %d of %d annealing steps; ESS %.4f, log Z %.4f%n",
            output,
            weights.rows(),
            sampler.completedSteps(),
            sampler.config().annealing().steps(),
            EffectiveSampleSize.clipped(weights),
            LogPartition.of(weights));
    int dropped = samples - weights.rows();
    if (dropped > 0) {
      spec.commandLine()
          .getErr()
          .printf("cmt: %d of %d samples had no finite coordinates; left out%n", dropped, samples);
    }
    if (weights.dropped() > 0) {
      spec.commandLine()
          .getErr()
          .printf("cmt: %d samples have no energy; their weight is 0%n", weights.dropped());
    }
  }
}
