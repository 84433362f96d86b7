package dev.cmt.actors.report;

import dev.cmt.flow.diagnostics.Bootstrap;
import dev.cmt.flow.diagnostics.EffectiveSampleSize;
import dev.cmt.flow.diagnostics.Estimate;
import dev.cmt.flow.diagnostics.EvidenceBounds;
import dev.cmt.flow.diagnostics.ForwardEffectiveSampleSize;
import dev.cmt.flow.diagnostics.LogPartition;
import dev.cmt.flow.diagnostics.LogWeights;
import dev.cmt.flow.diagnostics.TorusTransport;
import dev.cmt.flow.diagnostics.WeightTail;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Judges a trained flow by weighted i.i.d. samples of its own and, if there are any, by samples of
 * the target from elsewhere. Metrics are those of the paper's section D.3 (Table 2), with errors
 * and with facts of each kind of target.
 */
public final class EvaluationMetrics {
  private static final int RESAMPLES = 200;

  private EvaluationMetrics() {}

  /**
   * Evaluates. Takes about 10 s of all cores together for a million samples, and more with
   * reference samples of a molecule: see {@link TransportMetrics}.
   *
   * @param settings what is judged, and how
   * @param model samples of the flow, at least one with finite densities
   * @param reference samples of the target, if there are any, with the same observables
   * @param progress hears how far the longest part of the work is
   * @throws IllegalArgumentException if no sample has finite densities
   */
  public static Evaluation evaluate(
      EvaluationSettings settings,
      EvaluationData model,
      Optional<ReferenceSamples> reference,
      TorusTransport.Progress progress) {
    if (model.rows() == 0) {
      throw new IllegalArgumentException(
          "None of the %d samples of the flow has a finite density, so there is nothing to evaluate."
              .formatted(model.failedRows()));
    }
    Bootstrap bootstrap = new Bootstrap(settings.seed(), RESAMPLES);
    LogWeights weights = LogWeights.of(model.logQ(), model.logP());
    LogWeights clipped = weights.clipTop(settings.clippedShare());
    double[] shares = clipped.normalized();

    WeightStatistics statistics = new WeightStatistics(weights, settings.clippedShare());
    Optional<TorsionMetrics> torsions =
        model.observables() instanceof Observables.Backbone
            ? Optional.of(
                new TorsionMetrics(
                    model,
                    clipped,
                    reference.orElse(null),
                    BundledReference.of(settings.system(), settings.temperatureK())))
            : Optional.empty();
    Estimate[] estimates = estimates(bootstrap, model.rows(), statistics, torsions);
    TorsionMetrics.Findings findings =
        torsions
            .map(found -> found.conclude(estimates, statistics.size()))
            .orElse(TorsionMetrics.Findings.NOTHING);

    Evaluation.Modes modes = null;
    Evaluation.Wells wells = null;
    Evaluation.Transport transport = null;
    List<Evaluation.Grid> grids = findings.grids();
    List<Evaluation.Line> lines = new ArrayList<>();
    double logZ = LogPartition.of(weights);
    lines.add(Densities.logWeights(relative(weights, logZ), shares));
    lines.add(energies(model, shares, reference.orElse(null)));
    if (model.observables() instanceof Observables.Backbone) {
      lines.addAll(ConformationMarginals.of(model, shares, reference.orElse(null)));
      transport =
          reference
              .flatMap(of -> TransportMetrics.of(model, shares, of, settings, progress))
              .orElse(null);
    } else if (model.observables() instanceof Observables.Plane plane) {
      modes = ToyMetrics.modes(model, plane.target(), shares);
      grids = List.of(ToyMetrics.plane(model, plane.target(), shares));
    } else if (model.observables() instanceof Observables.DoubleWells doubleWells) {
      wells = ToyMetrics.wells(model, doubleWells.target(), shares);
      lines.addAll(ToyMetrics.wellLines(model, doubleWells.target(), shares));
    }
    return new Evaluation(
        Evaluation.VERSION,
        settings.system(),
        settings.temperatureK(),
        model.rows(),
        model.failedRows(),
        settings.seed(),
        settings.targetEvaluations(),
        settings.clippedShare(),
        EffectiveSampleSize.raw(clipped),
        estimates[WeightStatistics.ESS].standardError(),
        EffectiveSampleSize.raw(weights),
        estimates[WeightStatistics.ESS_UNCLIPPED].standardError(),
        logZ,
        estimates[WeightStatistics.LOG_Z].standardError(),
        WeightTail.shape(weights),
        EvidenceBounds.elbo(weights.clipBottom(settings.clippedShare())).value(),
        estimates[WeightStatistics.ELBO].standardError(),
        findings.basins(),
        findings.freeEnergies(),
        findings.distances(),
        findings.averages(),
        transport,
        modes,
        wells,
        reference.map(samples -> judge(samples, bootstrap)).orElse(null),
        new Evaluation.Histograms(grids, lines));
  }

  /** Of all numbers at once: drawing the resamples is most of the work. */
  private static Estimate[] estimates(
      Bootstrap bootstrap,
      int rows,
      WeightStatistics statistics,
      Optional<TorsionMetrics> torsions) {
    int size = statistics.size() + torsions.map(TorsionMetrics::size).orElse(0);
    return bootstrap.estimates(
        rows,
        counts -> {
          double[] numbers = new double[size];
          statistics.compute(counts, numbers, 0);
          torsions.ifPresent(found -> found.compute(counts, numbers, statistics.size()));
          return numbers;
        });
  }

  private static Evaluation.Reference judge(ReferenceSamples reference, Bootstrap bootstrap) {
    EvaluationData data = reference.data();
    LogWeights weights = LogWeights.of(data.logQ(), data.logP());
    return new Evaluation.Reference(
        reference.source(),
        data.rows(),
        data.failedRows(),
        EvidenceBounds.nll(data.logQ()),
        EvidenceBounds.eubo(weights),
        ForwardEffectiveSampleSize.of(weights),
        forwardEssError(weights, bootstrap));
  }

  private static double forwardEssError(LogWeights weights, Bootstrap bootstrap) {
    double[] values = weights.values();
    double greatest = Arrays.stream(values).max().orElseThrow();
    double least = Arrays.stream(values).min().orElseThrow();
    return bootstrap
        .estimate(
            values.length,
            counts -> {
              double sum = 0;
              double inverses = 0;
              for (int row = 0; row < counts.length; row++) {
                sum += counts[row] * Math.exp(values[row] - greatest);
                inverses += counts[row] * Math.exp(least - values[row]);
              }
              double rows = counts.length;
              return Math.exp(
                  2 * Math.log(rows) - Math.log(sum) - Math.log(inverses) + least - greatest);
            })
        .standardError();
  }

  private static Evaluation.Line energies(
      EvaluationData model, double[] shares, ReferenceSamples reference) {
    return Densities.energies(
        negative(model.logP()),
        shares,
        reference == null ? null : negative(reference.data().logP()),
        reference == null ? null : reference.source());
  }

  private static double[] relative(LogWeights weights, double logZ) {
    double[] values = weights.values();
    for (int row = 0; row < values.length; row++) {
      values[row] -= logZ;
    }
    return values;
  }

  private static double[] negative(double[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = -values[i];
    }
    return values;
  }
}
