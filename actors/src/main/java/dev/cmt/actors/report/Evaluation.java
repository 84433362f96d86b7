package dev.cmt.actors.report;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.cmt.buffer.AtomicFile;
import dev.cmt.flow.diagnostics.Estimate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What an evaluation found: the content of {@code evaluation.json} (snake_case keys; absent parts
 * are left out; a number that is not finite is written as a word in quotes).
 *
 * @param version of this format, now 1
 * @param system name of the target
 * @param temperatureK K; targets that are no molecules ignore it
 * @param samples samples of the flow that count
 * @param failedRows samples that had no finite log-density and were left out
 * @param bootstrapSeed seed of the resampling behind the standard errors
 * @param targetEvals target evaluations that the training cost so far
 * @param clippedShare share of the weights that was clipped, 1e-4 in the paper
 * @param ess effective sample size of the target under the flow, 0 to 1, after clipping the highest
 *     {@code clippedShare} of the weights
 * @param essStderr its bootstrap standard error
 * @param essUnclipped the same without clipping
 * @param essUnclippedStderr its bootstrap standard error
 * @param logZ estimate of the target's log Z, nats
 * @param logZStderr its bootstrap standard error
 * @param weightTail Pareto shape of the highest weights: above 0.5 errors are too small, above 0.7
 *     estimates cannot be trusted; NaN if there is no tail to fit
 * @param elbo evidence lower bound with the lowest {@code clippedShare} of the log-weights raised;
 *     nats
 * @param elboStderr its bootstrap standard error
 * @param basins populations of φ &gt; 0, one per residue of a molecule
 * @param freeEnergies populations and free energies of all basins of each residue
 * @param ramachandran distances of torsion densities from references
 * @param ramachandranAverage the same averaged over the residues, as the paper's tables have them;
 *     empty for a single residue
 * @param transport Wasserstein-2 distance of the torsions from reference samples; null without them
 * @param modes for mixtures: how much of each mode was found; null for other targets
 * @param wells for double wells: how much is in the right wells; null for other targets
 * @param reference what reference samples say; null without them
 * @param histograms what figures show; null where only numbers are wanted
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
public record Evaluation(
    int version,
    String system,
    double temperatureK,
    int samples,
    long failedRows,
    long bootstrapSeed,
    Long targetEvals,
    Double clippedShare,
    double ess,
    Double essStderr,
    double essUnclipped,
    Double essUnclippedStderr,
    double logZ,
    @JsonProperty("log_z_stderr") double logZStderr,
    double weightTail,
    double elbo,
    Double elboStderr,
    List<Basin> basins,
    List<FreeEnergy> freeEnergies,
    List<TorsionDistance> ramachandran,
    List<TorsionDistance> ramachandranAverage,
    Transport transport,
    Modes modes,
    Wells wells,
    Reference reference,
    Histograms histograms) {
  /** The file's name in a run directory. */
  public static final String FILE = "evaluation.json";

  /** The version this code writes. */
  public static final int VERSION = 1;

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  public Evaluation {
    Objects.requireNonNull(system, "system");
    basins = basins == null ? List.of() : List.copyOf(basins);
    freeEnergies = freeEnergies == null ? List.of() : List.copyOf(freeEnergies);
    ramachandran = ramachandran == null ? List.of() : List.copyOf(ramachandran);
    ramachandranAverage =
        ramachandranAverage == null ? List.of() : List.copyOf(ramachandranAverage);
  }

  /**
   * The basin φ &gt; 0 of one residue.
   *
   * @param residue such as {@code ALA2}
   * @param samples samples inside
   * @param raw its probability under the flow
   * @param reweighted its probability under the target
   * @param freeEnergyKt −ln(P/(1−P)) from the reweighted probability, kT
   * @param ess effective sample size of the samples inside, 0 to 1; NaN if there are none
   * @param reference its probability in a reference; null if there is none
   */
  public record Basin(
      String residue,
      int samples,
      Estimate raw,
      Estimate reweighted,
      Estimate freeEnergyKt,
      double ess,
      Estimate reference) {}

  /**
   * One basin of one residue: {@code α} (φ ≤ 0, −120° ≤ ψ &lt; 60°), {@code β} (φ ≤ 0, other ψ) or
   * {@code φ > 0}.
   *
   * @param residue such as {@code ALA2}
   * @param basin its name
   * @param rawPopulation probability under the flow
   * @param population probability under the target
   * @param rawFreeEnergyKt free energy under the flow, kT
   * @param freeEnergyKt free energy under the target, kT: of α against β, of φ &gt; 0 against all
   *     the rest, of β 0
   * @param referencePopulation probability in the reference; null if there is none
   * @param referenceFreeEnergyKt free energy in the reference; null if there is none
   */
  public record FreeEnergy(
      String residue,
      String basin,
      Estimate rawPopulation,
      Estimate population,
      Estimate rawFreeEnergyKt,
      Estimate freeEnergyKt,
      Double referencePopulation,
      Double referenceFreeEnergyKt) {}

  /**
   * How far the torsions of one residue are from a reference, on a grid of 100 × 100. Errors are
   * those of the flow's samples; the reference is held fixed.
   *
   * @param residue such as {@code ALA2}, or what was averaged
   * @param source what the reference is
   * @param referenceSamples counts in the reference
   * @param klRaw KL(reference ‖ flow), nats
   * @param klReweighted KL(reference ‖ reweighted flow), nats
   * @param tvRaw total variation between reference and flow, 0 to 1
   * @param tvReweighted total variation between reference and reweighted flow, 0 to 1
   * @param tvFloorRaw total variation that a perfect sampler of as many samples would show
   * @param tvFloorReweighted the same for a sampler of as many samples as the weights are worth
   * @param klRawStderr bootstrap standard error, as the next three
   * @param klFloorRaw KL divergence that a perfect sampler of as many samples would show
   * @param klFloorReweighted the same for a sampler of as many samples as the weights are worth
   */
  public record TorsionDistance(
      String residue,
      String source,
      long referenceSamples,
      double klRaw,
      double klReweighted,
      double tvRaw,
      double tvReweighted,
      double tvFloorRaw,
      double tvFloorReweighted,
      double klRawStderr,
      double klReweightedStderr,
      double tvRawStderr,
      double tvReweightedStderr,
      double klFloorRaw,
      double klFloorReweighted) {}

  /**
   * The Wasserstein-2 distance on the torus of all backbone torsions at once (RAM T-W2), rad.
   *
   * @param source what the reference is
   * @param angles torsions of a sample
   * @param points samples on either side
   * @param raw between flow and reference
   * @param reweighted between flow and reference, after resampling the flow by its weights; null if
   *     those are worth fewer samples than a twentieth of the points
   * @param floor between two disjoint parts of the reference
   */
  public record Transport(
      String source, int angles, int points, Estimate raw, Estimate reweighted, Estimate floor) {}

  /**
   * The modes of a mixture of equal weights.
   *
   * @param found modes whose reweighted mass is within 30 % of their share
   * @param total how many there are
   * @param centres {@code [total][2]} where they are
   * @param raw {@code [total]} mass under the flow
   * @param reweighted {@code [total]} mass under the target
   */
  public record Modes(
      int found, int total, List<List<Double>> centres, List<Double> raw, List<Double> reweighted) {
    public Modes {
      centres = centres.stream().map(List::copyOf).toList();
      raw = List.copyOf(raw);
      reweighted = List.copyOf(reweighted);
    }
  }

  /**
   * Double wells.
   *
   * @param exactRight exact probability of x &gt; 0
   * @param raw {@code [pairs]} under the flow
   * @param reweighted {@code [pairs]} under the target, with errors
   */
  public record Wells(double exactRight, List<Double> raw, List<Estimate> reweighted) {
    public Wells {
      raw = List.copyOf(raw);
      reweighted = List.copyOf(reweighted);
    }
  }

  /**
   * What reference samples say of the flow.
   *
   * @param source where they came from
   * @param samples how many could be judged
   * @param unreachable how many lie outside the flow's coordinates or had no energy, and were left
   *     out
   * @param nll −E[log q], nats, in the target's measure
   * @param eubo evidence upper bound E[log p̃ − log q], nats
   * @param forwardEss effective sample size from these samples; unstable
   * @param forwardEssStderr its bootstrap standard error
   */
  public record Reference(
      String source,
      int samples,
      long unreachable,
      Estimate nll,
      Estimate eubo,
      double forwardEss,
      Double forwardEssStderr) {}

  /** What figures show: densities on grids and on lines. */
  public record Histograms(List<Grid> grids, List<Line> lines) {
    public Histograms {
      grids = List.copyOf(grids);
      lines = List.copyOf(lines);
    }
  }

  /**
   * Probabilities of square cells.
   *
   * @param name what is shown, such as {@code ALA2}
   * @param bins cells per side
   * @param low lower edge of both axes
   * @param high upper edge of both axes
   * @param raw {@code [bins][bins]} flattened, first coordinate first
   * @param reweighted as {@code raw}, reweighted to the target
   * @param reference as {@code raw}; null if there is none
   * @param source what the reference is; null if there is none
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Grid(
      String name,
      int bins,
      double low,
      double high,
      List<Double> raw,
      List<Double> reweighted,
      List<Double> reference,
      String source) {
    public Grid {
      raw = List.copyOf(raw);
      reweighted = List.copyOf(reweighted);
      reference = reference == null ? null : List.copyOf(reference);
    }
  }

  /**
   * Densities over equal bins; what lies outside is missing from the integral.
   *
   * @param name what is shown: {@code log-weight}, {@code energy}, {@code x}, {@code y}
   * @param low lower edge
   * @param high upper edge
   * @param raw {@code [bins]} density of the flow's samples
   * @param reweighted {@code [bins]} density after reweighting
   * @param reference {@code [bins]}; null if there is none
   * @param source what the reference is; null if there is none
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Line(
      String name,
      double low,
      double high,
      List<Double> raw,
      List<Double> reweighted,
      List<Double> reference,
      String source) {
    public Line {
      raw = List.copyOf(raw);
      reweighted = List.copyOf(reweighted);
      reference = reference == null ? null : List.copyOf(reference);
    }
  }

  /** The same without what only figures need. */
  public Evaluation withoutHistograms() {
    return new Evaluation(
        version,
        system,
        temperatureK,
        samples,
        failedRows,
        bootstrapSeed,
        targetEvals,
        clippedShare,
        ess,
        essStderr,
        essUnclipped,
        essUnclippedStderr,
        logZ,
        logZStderr,
        weightTail,
        elbo,
        elboStderr,
        basins,
        freeEnergies,
        ramachandran,
        ramachandranAverage,
        transport,
        modes,
        wells,
        reference,
        null);
  }

  /** As JSON text, the form of the file. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Records of numbers always have a JSON form.", e);
    }
  }

  /**
   * Writes {@code evaluation.json}, whole or not at all. An earlier one that says something else is
   * kept as {@code evaluation-N.json}, with the first N that is free.
   *
   * @param runDirectory where
   * @return where the earlier one is now, if there was one to keep
   * @throws IOException if it cannot be written; an earlier file is then untouched
   */
  public Optional<Path> write(Path runDirectory) throws IOException {
    Path file = runDirectory.resolve(FILE);
    byte[] content = (toJson() + "\n").getBytes(StandardCharsets.UTF_8);
    Optional<Path> kept = Optional.empty();
    if (Files.exists(file)) {
      byte[] earlier = Files.readAllBytes(file);
      if (Arrays.equals(earlier, content)) {
        return kept;
      }
      Path free = firstFree(runDirectory);
      AtomicFile.write(free, earlier);
      kept = Optional.of(free);
    }
    AtomicFile.write(file, content);
    return kept;
  }

  private static Path firstFree(Path runDirectory) {
    int number = 1;
    while (Files.exists(runDirectory.resolve("evaluation-" + number + ".json"))) {
      number++;
    }
    return runDirectory.resolve("evaluation-" + number + ".json");
  }

  /**
   * Reads what {@link #write} wrote; empty if there is no such file.
   *
   * @throws IOException if the file cannot be understood, naming it
   */
  public static Optional<Evaluation> read(Path runDirectory) throws IOException {
    Path file = runDirectory.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Evaluation evaluation;
    try {
      evaluation = JSON.readValue(file.toFile(), Evaluation.class);
    } catch (JsonProcessingException e) {
      throw new IOException(
          "%s is not an evaluation (%s); delete it or evaluate again."
              .formatted(file, e.getOriginalMessage()),
          e);
    }
    if (evaluation.version != VERSION) {
      throw new IOException(
          "%s has format version %d; this build reads %d. Evaluate again to replace it."
              .formatted(file, evaluation.version, VERSION));
    }
    return Optional.of(evaluation);
  }
}
