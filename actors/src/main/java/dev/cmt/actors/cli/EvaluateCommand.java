package dev.cmt.actors.cli;

import dev.cmt.actors.report.Evaluation;
import dev.cmt.actors.report.EvaluationData;
import dev.cmt.actors.report.EvaluationMetrics;
import dev.cmt.actors.report.EvaluationText;
import dev.cmt.actors.report.Observables;
import dev.cmt.actors.report.ReferenceSamples;
import dev.cmt.actors.run.TrainedSampler;
import dev.cmt.energy.Target;
import dev.cmt.energy.io.ConformationFile;
import dev.cmt.energy.io.Conformations;
import dev.cmt.energy.io.NpyArray;
import dev.cmt.energy.io.NpyFile;
import dev.cmt.energy.molecule.MolecularTarget;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Judges a trained flow by fresh samples and, if there are any, by reference samples. */
@Command(
    name = "evaluate",
    description = {
      "Prints the paper's metrics of a run's last checkpoint, with errors.",
      "",
      "Draws fresh samples: effective sample size, log Z, ELBO, populations of basins or modes."
          + " With reference samples also EUBO, NLL and distances of Ramachandran densities. Writes"
          + " DIR/evaluation.json, which ./cmt report DIR shows.",
      ""
    },
    footer = {
      "  ./cmt evaluate runs/alanine-dipeptide -n 100000",
      "  ./cmt evaluate runs/alanine-dipeptide --reference frames.npy --json"
    })
final class EvaluateCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The run directory.")
  private Path directory;

  @Option(
      names = {"-n", "--samples"},
      paramLabel = "N",
      description = "How many samples to draw; default: evaluation.samples of the run's config.")
  private Integer samples;

  @Option(
      names = "--reference",
      paramLabel = "FILE",
      description =
          "Equally weighted samples of the target: conformations as .npy (nm), .dcd or .pdb in the"
              + " target's atom order; for other targets .npy of shape (n, d).")
  private Path reference;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      description = "Seed of samples and error bars; default: the run's.")
  private Long seed;

  @Option(names = "--json", description = "Print JSON instead of tables.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (samples != null && samples < 1) {
      throw CommandException.wrongUse(
          "The number of samples (-n %d) must be at least 1.".formatted(samples), null);
    }
    Evaluation evaluation;
    try (TrainedSampler sampler = TrainedSampler.open(directory)) {
      evaluation = evaluate(sampler);
    }
    evaluation.write(directory);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(evaluation.withoutHistograms().toJson());
    } else {
      out.print(EvaluationText.of(evaluation));
    }
    out.flush();
    return ExitCode.SUCCESS;
  }

  private Evaluation evaluate(TrainedSampler sampler) throws IOException {
    long usedSeed = seed == null ? sampler.config().seed() : seed;
    int count = samples == null ? sampler.config().evaluation().samples() : samples;
    // Reference first: a file that does not fit should not cost the time of sampling.
    Optional<ReferenceSamples> judged =
        reference == null ? Optional.empty() : Optional.of(judge(sampler));
    EvaluationData model = table(sampler.target());
    sampler.draw(
        count, usedSeed, batch -> model.add(batch.x(), batch.logQ(), batch.logP(), batch.rows()));
    return EvaluationMetrics.evaluate(
        sampler.config().target().system(),
        sampler.config().target().temperatureK(),
        model,
        judged,
        usedSeed);
  }

  private ReferenceSamples judge(TrainedSampler sampler) throws IOException {
    int width = sampler.target().spaceDimension();
    double[] points = points(sampler.target());
    int chunk = sampler.config().energy().batchRows();
    EvaluationData data = table(sampler.target());
    for (int first = 0; first < points.length / width; first += chunk) {
      int rows = Math.min(chunk, points.length / width - first);
      TrainedSampler.Batch batch =
          sampler.judge(Arrays.copyOfRange(points, first * width, (first + rows) * width), rows);
      data.add(batch.x(), batch.logQ(), batch.logP(), rows);
    }
    if (data.rows() == 0) {
      throw CommandException.wrongUse(
          "None of the %d samples of %s has a density under the flow; they must be samples of %s, lengths in nm, atoms in its order."
              .formatted(data.failedRows(), reference, sampler.target().name()),
          null);
    }
    return new ReferenceSamples(reference.getFileName().toString(), data);
  }

  /** {@code [n][spaceDimension]} of the file, in nm for molecules. */
  private double[] points(Target target) throws IOException {
    if (target instanceof MolecularTarget) {
      Conformations conformations = readConformations();
      if (3 * conformations.atoms() != target.spaceDimension()) {
        throw CommandException.wrongUse(
            "%s holds conformations of %d atoms; %s has %d."
                .formatted(
                    reference, conformations.atoms(), target.name(), target.spaceDimension() / 3),
            null);
      }
      return conformations.positionsNm();
    }
    NpyArray array = NpyFile.read(reference);
    long[] shape = array.shape();
    if (shape.length != 2 || shape[1] != target.spaceDimension()) {
      throw CommandException.wrongUse(
          "%s has shape %s; samples of %s have shape (n, %d)."
              .formatted(reference, Arrays.toString(shape), target.name(), target.spaceDimension()),
          null);
    }
    return array.doubles();
  }

  private Conformations readConformations() throws IOException {
    try {
      return ConformationFile.read(reference);
    } catch (IllegalArgumentException e) {
      throw CommandException.wrongUse(e.getMessage(), e);
    }
  }

  private static EvaluationData table(Target target) {
    return new EvaluationData(Observables.of(target), target.spaceDimension());
  }
}
