package dev.cmt.actors.report;

import dev.cmt.flow.diagnostics.Bootstrap;
import dev.cmt.flow.diagnostics.EffectiveSampleSize;
import dev.cmt.flow.diagnostics.Estimate;
import dev.cmt.flow.diagnostics.EvidenceBounds;
import dev.cmt.flow.diagnostics.ForwardEffectiveSampleSize;
import dev.cmt.flow.diagnostics.LogPartition;
import dev.cmt.flow.diagnostics.LogWeights;
import dev.cmt.flow.diagnostics.WeightTail;
import java.util.ArrayList;
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
   * Evaluates. Takes about 2 s for a million samples and 10 s more for each bootstrap: one of log Z
   * and one per residue.
   *
   * @param system name of the target, as configs have it
   * @param temperatureK temperature of the run, K
   * @param model samples of the flow, at least one with finite densities
   * @param reference samples of the target, if there are any, with the same observables
   * @param seed of the resampling behind standard errors
   * @throws IllegalArgumentException if no sample has finite densities
   */
  public static Evaluation evaluate(
      String system,
      double temperatureK,
      EvaluationData model,
      Optional<ReferenceSamples> reference,
      long seed) {
    if (model.rows() == 0) {
      throw new IllegalArgumentException(
          "None of the %d samples of the flow has a finite density, so there is nothing to evaluate."
              .formatted(model.failedRows()));
    }
    Bootstrap bootstrap = new Bootstrap(seed, RESAMPLES);
    LogWeights weights = LogWeights.of(model.logQ(), model.logP());
    LogWeights clipped = weights.clipTop(LogWeights.CLIPPED_SHARE);
    double[] shares = clipped.normalized();
    Estimate logZ = LogPartition.of(weights, bootstrap);

    List<Evaluation.Basin> basins = List.of();
    List<Evaluation.TorsionDistance> distances = List.of();
    Evaluation.Modes modes = null;
    Evaluation.Wells wells = null;
    List<Evaluation.Grid> grids = List.of();
    List<Evaluation.Line> lines = new ArrayList<>();
    lines.add(Densities.logWeights(relative(weights, logZ.value()), shares));
    lines.add(energies(model, shares, reference.orElse(null)));
    if (model.observables() instanceof Observables.Backbone) {
      TorsionMetrics torsions =
          new TorsionMetrics(
              model,
              clipped,
              reference.orElse(null),
              BundledReference.of(system, temperatureK),
              bootstrap);
      basins = torsions.basins();
      distances = torsions.distances();
      grids = torsions.grids();
    } else if (model.observables() instanceof Observables.Plane plane) {
      modes = ToyMetrics.modes(model, plane.target(), shares);
      grids = List.of(ToyMetrics.plane(model, plane.target(), shares));
    } else if (model.observables() instanceof Observables.DoubleWells doubleWells) {
      wells = ToyMetrics.wells(model, doubleWells.target(), shares);
      lines.addAll(ToyMetrics.wellLines(model, doubleWells.target(), shares));
    }
    return new Evaluation(
        Evaluation.VERSION,
        system,
        temperatureK,
        model.rows(),
        model.failedRows(),
        seed,
        EffectiveSampleSize.raw(clipped),
        EffectiveSampleSize.raw(weights),
        logZ.value(),
        logZ.standardError(),
        WeightTail.shape(weights),
        EvidenceBounds.clippedElbo(weights).value(),
        basins,
        distances,
        modes,
        wells,
        reference.map(EvaluationMetrics::judge).orElse(null),
        new Evaluation.Histograms(grids, lines));
  }

  private static Evaluation.Reference judge(ReferenceSamples reference) {
    EvaluationData data = reference.data();
    LogWeights weights = LogWeights.of(data.logQ(), data.logP());
    return new Evaluation.Reference(
        reference.source(),
        data.rows(),
        data.failedRows(),
        EvidenceBounds.nll(data.logQ()),
        EvidenceBounds.eubo(weights),
        ForwardEffectiveSampleSize.of(weights));
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
