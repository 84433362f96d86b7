package dev.cmt.actors.report;

import dev.cmt.energy.molecule.BackboneTorsions;
import dev.cmt.flow.diagnostics.EffectiveSampleSize;
import dev.cmt.flow.diagnostics.Estimate;
import dev.cmt.flow.diagnostics.LogWeights;
import dev.cmt.flow.diagnostics.SamplingFloor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What backbone torsions say of a flow: basins of each residue, their free energies, and distances
 * from references, for each (φ, ψ) and averaged over them as in the paper's tables.
 */
final class TorsionMetrics implements Resampled {
  private final EvaluationData model;
  private final LogWeights weights;
  private final List<TorsionPair> pairs = new ArrayList<>();

  /** Of references that all residues have, if there is more than one residue. */
  private final List<String> averaged;

  /**
   * Prepares all residues.
   *
   * @param model samples of the flow with backbone observables
   * @param weights their weights, clipped
   * @param reference samples of the target; may be null
   * @param known bundled references
   */
  TorsionMetrics(
      EvaluationData model,
      LogWeights weights,
      ReferenceSamples reference,
      BundledReference known) {
    this.model = model;
    this.weights = weights;
    double[] shares = weights.normalized();
    List<BackboneTorsions> residues = ((Observables.Backbone) model.observables()).residues();
    for (int k = 0; k < residues.size(); k++) {
      String residue = residues.get(k).residue();
      List<TorsionReference> references = new ArrayList<>();
      known
          .ramachandran(residue)
          .ifPresent(bundled -> references.add(TorsionReference.of(bundled)));
      if (reference != null) {
        references.add(
            TorsionReference.of(
                reference.source(),
                reference.data().observable(2 * k),
                reference.data().observable(2 * k + 1)));
      }
      // Most counts first: it is the one to look at.
      references.sort((a, b) -> Long.compare(b.samples(), a.samples()));
      pairs.add(
          new TorsionPair(
              residue, model.observable(2 * k), model.observable(2 * k + 1), shares, references));
    }
    averaged = pairs.size() > 1 ? commonSources(pairs) : List.of();
  }

  private static List<String> commonSources(List<TorsionPair> pairs) {
    return sources(pairs.get(0)).stream()
        .filter(source -> pairs.stream().allMatch(pair -> sources(pair).contains(source)))
        .toList();
  }

  private static List<String> sources(TorsionPair pair) {
    return pair.references().stream().map(TorsionReference::source).toList();
  }

  @Override
  public int size() {
    return pairsSize() + TorsionPair.DISTANCES_PER_REFERENCE * averaged.size();
  }

  private int pairsSize() {
    return pairs.stream().mapToInt(TorsionPair::size).sum();
  }

  @Override
  public void compute(int[] counts, double[] out, int offset) {
    int place = offset;
    int averages = offset + pairsSize();
    Arrays.fill(out, averages, offset + size(), 0);
    for (TorsionPair pair : pairs) {
      pair.compute(counts, out, place);
      for (int s = 0; s < averaged.size(); s++) {
        int r = sources(pair).indexOf(averaged.get(s));
        for (int i = 0; i < TorsionPair.DISTANCES_PER_REFERENCE; i++) {
          int width = TorsionPair.DISTANCES_PER_REFERENCE;
          out[averages + width * s + i] +=
              out[place + TorsionPair.DISTANCES + width * r + i] / pairs.size();
        }
      }
      place += pair.size();
    }
  }

  /** What the estimates of {@link #compute}'s numbers mean. */
  Findings conclude(Estimate[] estimates, int offset) {
    List<Evaluation.Basin> basins = new ArrayList<>();
    List<Evaluation.FreeEnergy> freeEnergies = new ArrayList<>();
    List<Evaluation.TorsionDistance> distances = new ArrayList<>();
    List<Evaluation.Grid> grids = new ArrayList<>();
    double ess = EffectiveSampleSize.raw(weights);
    int place = offset;
    for (int k = 0; k < pairs.size(); k++) {
      TorsionPair pair = pairs.get(k);
      Estimate[] own = Arrays.copyOfRange(estimates, place, place + pair.size());
      basins.add(basin(pair, own, model.observable(2 * k)));
      freeEnergies.addAll(freeEnergies(pair, own));
      for (int r = 0; r < pair.references().size(); r++) {
        TorsionReference reference = pair.references().get(r);
        distances.add(
            distance(
                pair,
                reference,
                own,
                TorsionPair.DISTANCES + TorsionPair.DISTANCES_PER_REFERENCE * r,
                ess));
      }
      grids.add(grid(pair));
      place += pair.size();
    }
    List<Evaluation.TorsionDistance> averages = new ArrayList<>();
    for (int s = 0; s < averaged.size(); s++) {
      averages.add(
          average(
              averaged.get(s),
              distances,
              estimates,
              place + TorsionPair.DISTANCES_PER_REFERENCE * s));
    }
    return new Findings(basins, freeEnergies, distances, averages, grids);
  }

  /** All that torsions say. */
  record Findings(
      List<Evaluation.Basin> basins,
      List<Evaluation.FreeEnergy> freeEnergies,
      List<Evaluation.TorsionDistance> distances,
      List<Evaluation.TorsionDistance> averages,
      List<Evaluation.Grid> grids) {
    /** Of targets without torsions. */
    static final Findings NOTHING =
        new Findings(List.of(), List.of(), List.of(), List.of(), List.of());
  }

  private Evaluation.Basin basin(TorsionPair pair, Estimate[] own, double[] phi) {
    boolean[] inside = new boolean[phi.length];
    int count = 0;
    for (int row = 0; row < phi.length; row++) {
      inside[row] = phi[row] > 0;
      count += inside[row] ? 1 : 0;
    }
    int left = RamachandranBasin.LEFT.index();
    return new Evaluation.Basin(
        pair.residue(),
        count,
        share(count, phi.length),
        own[TorsionPair.POPULATION + left],
        own[TorsionPair.FREE_ENERGY + left],
        EffectiveSampleSize.within(weights, inside),
        pair.references().isEmpty() ? null : pair.references().get(0).phiPositive());
  }

  /** A share of equally weighted rows with its binomial error. */
  private static Estimate share(int count, int rows) {
    double p = (double) count / rows;
    return new Estimate(p, Math.sqrt(p * (1 - p) / rows), rows);
  }

  private static List<Evaluation.FreeEnergy> freeEnergies(TorsionPair pair, Estimate[] own) {
    List<Evaluation.FreeEnergy> found = new ArrayList<>();
    double[] reference =
        pair.references().isEmpty()
            ? null
            : RamachandranBasin.populations(pair.references().get(0).histogram());
    for (RamachandranBasin basin : RamachandranBasin.values()) {
      found.add(
          new Evaluation.FreeEnergy(
              pair.residue(),
              basin.label(),
              own[TorsionPair.RAW_POPULATION + basin.index()],
              own[TorsionPair.POPULATION + basin.index()],
              own[TorsionPair.RAW_FREE_ENERGY + basin.index()],
              own[TorsionPair.FREE_ENERGY + basin.index()],
              reference == null ? null : reference[basin.index()],
              reference == null ? null : TorsionPair.freeEnergy(reference, basin)));
    }
    return found;
  }

  private Evaluation.TorsionDistance distance(
      TorsionPair pair, TorsionReference reference, Estimate[] own, int place, double ess) {
    // The best reference knows the density best, also for what another is bound to differ.
    double[] masses = pair.references().get(0).histogram().masses();
    double n = model.rows();
    double m = reference.samples();
    return distance(
        pair.residue(),
        reference.source(),
        reference.samples(),
        own,
        place,
        new double[] {
          SamplingFloor.kl(masses, n, m),
          SamplingFloor.kl(masses, ess * n, m),
          SamplingFloor.totalVariation(masses, n, m),
          SamplingFloor.totalVariation(masses, ess * n, m)
        });
  }

  private static Evaluation.TorsionDistance average(
      String source, List<Evaluation.TorsionDistance> distances, Estimate[] estimates, int place) {
    double[] floors = new double[TorsionPair.DISTANCES_PER_REFERENCE];
    long samples = Long.MAX_VALUE;
    int count = 0;
    for (Evaluation.TorsionDistance one : distances) {
      if (one.source().equals(source)) {
        floors[TorsionPair.KL_RAW] += one.klFloorRaw();
        floors[TorsionPair.KL] += one.klFloorReweighted();
        floors[TorsionPair.TV_RAW] += one.tvFloorRaw();
        floors[TorsionPair.TV] += one.tvFloorReweighted();
        samples = Math.min(samples, one.referenceSamples());
        count++;
      }
    }
    for (int i = 0; i < floors.length; i++) {
      floors[i] /= count;
    }
    return distance("average of " + count, source, samples, estimates, place, floors);
  }

  private static Evaluation.TorsionDistance distance(
      String residue,
      String source,
      long samples,
      Estimate[] estimates,
      int place,
      double[] floors) {
    Estimate klRaw = estimates[place + TorsionPair.KL_RAW];
    Estimate kl = estimates[place + TorsionPair.KL];
    Estimate tvRaw = estimates[place + TorsionPair.TV_RAW];
    Estimate tv = estimates[place + TorsionPair.TV];
    return new Evaluation.TorsionDistance(
        residue,
        source,
        samples,
        klRaw.value(),
        kl.value(),
        tvRaw.value(),
        tv.value(),
        floors[TorsionPair.TV_RAW],
        floors[TorsionPair.TV],
        klRaw.standardError(),
        kl.standardError(),
        tvRaw.standardError(),
        tv.standardError(),
        floors[TorsionPair.KL_RAW],
        floors[TorsionPair.KL]);
  }

  private Evaluation.Grid grid(TorsionPair pair) {
    int[] once = new int[model.rows()];
    Arrays.fill(once, 1);
    double[] raw = new double[TorsionPair.BINS * TorsionPair.BINS];
    double[] reweighted = new double[raw.length];
    pair.count(once, raw, reweighted);
    TorsionReference best = pair.references().isEmpty() ? null : pair.references().get(0);
    return new Evaluation.Grid(
        pair.residue(),
        TorsionPair.BINS,
        -Math.PI,
        Math.PI,
        masses(raw),
        masses(reweighted),
        best == null ? null : Densities.rounded(best.histogram().masses()),
        best == null ? null : best.source());
  }

  private static List<Double> masses(double[] cells) {
    double sum = Arrays.stream(cells).sum();
    return Densities.rounded(Arrays.stream(cells).map(cell -> cell / sum).toArray());
  }
}
