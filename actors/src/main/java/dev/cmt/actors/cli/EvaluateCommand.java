package dev.cmt.actors.cli;

import dev.cmt.actors.report.Evaluation;
import dev.cmt.actors.report.EvaluationData;
import dev.cmt.actors.report.EvaluationMetrics;
import dev.cmt.actors.report.EvaluationSettings;
import dev.cmt.actors.report.EvaluationText;
import dev.cmt.actors.report.Observables;
import dev.cmt.actors.report.ReferenceSamples;
import dev.cmt.actors.run.TrainedSampler;
import dev.cmt.energy.Target;
import dev.cmt.energy.io.ConformationFile;
import dev.cmt.energy.io.Conformations;
import dev.cmt.energy.io.NpyArray;
import dev.cmt.energy.io.NpyFile;
import dev.cmt.energy.io.NpzFile;
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
      "Draws fresh samples: effective sample size, log Z, ELBO, populations and free energies of"
          + " basins or modes, distances of Ramachandran densities from a bundled reference. With"
          + " reference samples also EUBO, NLL, forward ESS, distances from them, and the torus"
          + " Wasserstein-2 distance of all backbone torsions. Each distance stands beside the value"
          + " that sampling alone gives.",
      "",
      "Writes DIR/evaluation.json, which ./cmt report DIR shows; an earlier one is kept as"
          + " evaluation-1.json, evaluation-2.json, ….",
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
          "Equally weighted samples of the target: conformations as .npy or .npz (nm), .dcd or .pdb"
              + " in the target's atom order; for other targets .npy of shape (n, d), or .npz with"
              + " such an array named x.")
  private Path reference;

  @Option(
      names = "--clip",
      paramLabel = "SHARE",
      description =
          "Share of the highest weights to clip, and of the lowest for the ELBO; default: 1e-4, as in"
              + " the paper.")
  private double clip = EvaluationSettings.PAPER_CLIPPED_SHARE;

  @Option(
      names = "--transport-points",
      paramLabel = "N",
      description =
          "Points on either side of the Wasserstein-2 distance, at most half of the reference;"
              + " default: 10000, as in the paper. Takes a minute or two; 3000 take some seconds.")
  private int transportPoints = EvaluationSettings.PAPER_TRANSPORT_POINTS;

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
    Optional<Path> kept = evaluation.write(directory);
    PrintWriter err = spec.commandLine().getErr();
    kept.ifPresent(file -> err.println("cmt: the earlier evaluation is now " + file));
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
    EvaluationSettings settings = settings(sampler);
    int count = samples == null ? sampler.config().evaluation().samples() : samples;
    // Reference first: a file that does not fit should not cost the time of sampling.
    Optional<ReferenceSamples> judged =
        reference == null ? Optional.empty() : Optional.of(judge(sampler));
    EvaluationData model = table(sampler.target());
    try (Bar bar = Bar.of("sampling", count)) {
      sampler.draw(
          count,
          settings.seed(),
          batch -> {
            model.add(batch.x(), batch.logQ(), batch.logP(), batch.rows());
            bar.add(batch.rows());
          });
    }
    try (Bar bar = Bar.of("Wasserstein-2", 0)) {
      return EvaluationMetrics.evaluate(settings, model, judged, bar::show);
    }
  }

  private EvaluationSettings settings(TrainedSampler sampler) {
    try {
      return new EvaluationSettings(
          sampler.config().target().system(),
          sampler.config().target().temperatureK(),
          sampler.targetEvaluations(),
          clip,
          transportPoints,
          seed == null ? sampler.config().seed() : seed);
    } catch (IllegalArgumentException e) {
      throw CommandException.wrongUse(e.getMessage(), e);
    }
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
    requireEqualWeights();
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
    NpyArray array =
        WholeFile.suffix(reference).equals(".npz") ? archived("x") : NpyFile.read(reference);
    long[] shape = array.shape();
    if (shape.length != 2 || shape[1] != target.spaceDimension()) {
      throw CommandException.wrongUse(
          "%s has shape %s; samples of %s have shape (n, %d)."
              .formatted(reference, Arrays.toString(shape), target.name(), target.spaceDimension()),
          null);
    }
    return array.doubles();
  }

  private NpyArray archived(String name) throws IOException {
    NpyArray array = NpzFile.read(reference).get(name);
    if (array == null) {
      throw CommandException.wrongUse(
          "%s has no array %s, where samples of this target would be.".formatted(reference, name),
          null);
    }
    return array;
  }

  /**
   * What {@code ./cmt sample} writes is weighted: taken as it is, it is no sample of the target.
   */
  private void requireEqualWeights() throws IOException {
    if (!WholeFile.suffix(reference).equals(".npz")) {
      return;
    }
    NpyArray weights = NpzFile.read(reference).get("weights");
    if (weights != null && Arrays.stream(weights.doubles()).distinct().limit(2).count() > 1) {
      throw CommandException.wrongUse(
          "%s holds weighted samples; a reference needs samples that all weigh the same. Draw rows of it by their weights first."
              .formatted(reference),
          null);
    }
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
