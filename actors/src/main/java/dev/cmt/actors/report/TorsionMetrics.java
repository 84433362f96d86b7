package dev.cmt.actors.report;

import dev.cmt.energy.molecule.BackboneTorsions;
import dev.cmt.flow.diagnostics.Bootstrap;
import dev.cmt.flow.diagnostics.EffectiveSampleSize;
import dev.cmt.flow.diagnostics.Estimate;
import dev.cmt.flow.diagnostics.Histogram2D;
import dev.cmt.flow.diagnostics.LogWeights;
import java.util.ArrayList;
import java.util.List;

/** What backbone torsions say of a flow: basins, and distances from references. */
final class TorsionMetrics {
  /** Cells per angle, as in the paper's section D.3.2. */
  private static final int BINS = 100;

  private final List<Evaluation.Basin> basins = new ArrayList<>();
  private final List<Evaluation.TorsionDistance> distances = new ArrayList<>();
  private final List<Evaluation.Grid> grids = new ArrayList<>();

  /**
   * Measures all residues.
   *
   * @param model samples of the flow with backbone observables
   * @param weights their weights, clipped
   * @param reference samples of the target; may be null
   * @param known bundled references
   * @param bootstrap for errors of reweighted populations
   */
  TorsionMetrics(
      EvaluationData model,
      LogWeights weights,
      ReferenceSamples reference,
      BundledReference known,
      Bootstrap bootstrap) {
    double[] shares = weights.normalized();
    double ess = EffectiveSampleSize.raw(weights);
    List<BackboneTorsions> residues = ((Observables.Backbone) model.observables()).residues();
    for (int k = 0; k < residues.size(); k++) {
      String residue = residues.get(k).residue();
      double[] phi = model.observable(2 * k);
      double[] psi = model.observable(2 * k + 1);
      List<Torsions> references = new ArrayList<>();
      known.ramachandran(residue).ifPresent(bundled -> references.add(Torsions.of(bundled)));
      if (reference != null) {
        references.add(
            Torsions.of(
                reference.source(),
                reference.data().observable(2 * k),
                reference.data().observable(2 * k + 1)));
      }
      // Most counts first: it is the one to look at.
      references.sort((a, b) -> Long.compare(b.samples, a.samples));
      Torsions best = references.isEmpty() ? null : references.get(0);
      basins.add(basin(residue, phi, weights, shares, bootstrap, best));
      addHistograms(residue, phi, psi, shares, ess, references);
    }
  }

  List<Evaluation.Basin> basins() {
    return basins;
  }

  List<Evaluation.TorsionDistance> distances() {
    return distances;
  }

  List<Evaluation.Grid> grids() {
    return grids;
  }

  private static Evaluation.Basin basin(
      String residue,
      double[] phi,
      LogWeights weights,
      double[] shares,
      Bootstrap bootstrap,
      Torsions reference) {
    boolean[] inside = new boolean[phi.length];
    int count = 0;
    for (int row = 0; row < phi.length; row++) {
      inside[row] = phi[row] > 0;
      count += inside[row] ? 1 : 0;
    }
    Estimate reweighted = bootstrap.weightedShare(shares, inside);
    double p = reweighted.value();
    return new Evaluation.Basin(
        residue,
        count,
        share(count, phi.length),
        reweighted,
        new Estimate(
            Math.log1p(-p) - Math.log(p), reweighted.standardError() / (p * (1 - p)), phi.length),
        EffectiveSampleSize.within(weights, inside),
        reference == null ? null : reference.phiPositive);
  }

  /** A share of equally weighted rows with its binomial error. */
  private static Estimate share(int count, int rows) {
    double p = (double) count / rows;
    return new Estimate(p, Math.sqrt(p * (1 - p) / rows), rows);
  }

  private void addHistograms(
      String residue,
      double[] phi,
      double[] psi,
      double[] shares,
      double ess,
      List<Torsions> references) {
    Histogram2D raw = new Histogram2D(BINS);
    raw.add(phi, psi);
    Histogram2D reweighted = new Histogram2D(BINS);
    reweighted.add(phi, psi, shares);
    for (Torsions reference : references) {
      double[] p = reference.histogram.masses();
      distances.add(
          new Evaluation.TorsionDistance(
              residue,
              reference.source,
              reference.samples,
              reference.histogram.kl(raw),
              reference.histogram.kl(reweighted),
              reference.histogram.totalVariation(raw),
              reference.histogram.totalVariation(reweighted),
              noiseFloor(p, phi.length, (double) reference.samples),
              noiseFloor(p, ess * phi.length, (double) reference.samples)));
    }
    Torsions best = references.isEmpty() ? null : references.get(0);
    grids.add(
        new Evaluation.Grid(
            residue,
            BINS,
            -Math.PI,
            Math.PI,
            Densities.rounded(raw.masses()),
            Densities.rounded(reweighted.masses()),
            best == null ? null : Densities.rounded(best.histogram.masses()),
            best == null ? null : best.source));
  }

  /**
   * Total variation that counting noise alone puts between two histograms of one density. A cell
   * behaves like a Poisson count of mean λ = p/(1/n + 1/m), whose mean absolute deviation is 2
   * λ^(k+1) e^−λ / k! with k = ⌊λ⌋ (de Moivre, 1730): exact where one histogram is much larger than
   * the other, and √(2λ/π) for many counts.
   *
   * @param p masses of the cells
   * @param n samples of one histogram
   * @param m samples of the other
   */
  static double noiseFloor(double[] p, double n, double m) {
    double size = 1 / (1 / n + 1 / m);
    double sum = 0;
    for (double cell : p) {
      sum += meanDeviation(cell * size) / size;
    }
    return sum / 2;
  }

  private static double meanDeviation(double lambda) {
    if (lambda > 200) {
      return Math.sqrt(2 * lambda / Math.PI);
    }
    double term = 2 * lambda * Math.exp(-lambda);
    for (int k = 1; k <= lambda; k++) {
      term *= lambda / k;
    }
    return term;
  }

  /** Torsions of a reference. */
  private static final class Torsions {
    final String source;
    final long samples;
    final Histogram2D histogram = new Histogram2D(BINS);
    final Estimate phiPositive;

    private Torsions(String source, long samples, Estimate phiPositive) {
      this.source = source;
      this.samples = samples;
      this.phiPositive = phiPositive;
    }

    static Torsions of(String source, double[] phi, double[] psi) {
      int count = 0;
      for (double angle : phi) {
        count += angle > 0 ? 1 : 0;
      }
      // Frames of a trajectory are not independent, so a binomial error would be too small.
      Torsions torsions =
          new Torsions(
              source,
              phi.length,
              new Estimate((double) count / phi.length, Double.NaN, phi.length));
      torsions.histogram.add(phi, psi);
      return torsions;
    }

    static Torsions of(BundledReference.Ramachandran bundled) {
      List<List<Double>> counts = bundled.counts();
      double width = 2 * Math.PI / counts.size();
      long samples = 0;
      Torsions torsions =
          new Torsions(bundled.source(), bundled.phiPositive().rows(), bundled.phiPositive());
      for (int i = 0; i < counts.size(); i++) {
        for (int j = 0; j < counts.get(i).size(); j++) {
          torsions.histogram.add(
              -Math.PI + (i + 0.5) * width, -Math.PI + (j + 0.5) * width, counts.get(i).get(j));
          samples += counts.get(i).get(j).longValue();
        }
      }
      if (samples != torsions.samples) {
        throw new IllegalStateException(
            "The bundled counts of %s add up to %d, not %d."
                .formatted(bundled.residue(), samples, torsions.samples));
      }
      return torsions;
    }
  }
}
