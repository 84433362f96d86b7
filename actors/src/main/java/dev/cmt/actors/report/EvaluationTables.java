package dev.cmt.actors.report;

import dev.cmt.actors.report.Page.Row;
import dev.cmt.actors.report.Page.Table;
import dev.cmt.flow.diagnostics.Estimate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/** Tables of an evaluation. */
final class EvaluationTables {
  private EvaluationTables() {}

  /** All tables there is something to say in. */
  static List<Table> of(Evaluation evaluation) {
    List<Table> tables = new ArrayList<>();
    if (!evaluation.basins().isEmpty()) {
      tables.add(basins(evaluation));
    }
    if (!evaluation.freeEnergies().isEmpty()) {
      tables.add(freeEnergies(evaluation));
    }
    if (!evaluation.ramachandran().isEmpty()) {
      tables.add(torsions(evaluation));
    }
    if (evaluation.transport() != null) {
      tables.add(transport(evaluation.transport()));
    }
    if (evaluation.modes() != null) {
      tables.add(modes(evaluation.modes()));
    }
    if (evaluation.wells() != null) {
      tables.add(wells(evaluation.wells()));
    }
    return tables;
  }

  /** The numbers every target has: those of the paper's tables, and how far to trust them. */
  static Table metrics(Evaluation evaluation) {
    List<Row> rows = new ArrayList<>();
    if (evaluation.targetEvals() != null) {
      rows.add(
          Row.of(
              "Target evaluations",
              Format.significant((double) evaluation.targetEvals()),
              Format.count(evaluation.targetEvals()) + " for training"));
    }
    String clipped =
        evaluation.clippedShare() == null ? "0.01 %" : Format.share(evaluation.clippedShare());
    rows.add(
        Row.of(
            "Effective sample size",
            percent(evaluation.ess(), evaluation.essStderr()),
            "highest "
                + clipped
                + " of the weights clipped; unclipped "
                + percent(evaluation.essUnclipped(), evaluation.essUnclippedStderr())));
    rows.add(
        Row.of(
            "log Z / nat",
            Format.estimate(evaluation.logZ(), evaluation.logZStderr()),
            "importance weights, bootstrap error"));
    rows.add(
        Row.of(
            "Tail of the weights k̂",
            Format.fixed(evaluation.weightTail(), 2),
            "Pareto shape of the highest weights: above 0.5 errors are too small, above 0.7 estimates cannot be trusted"));
    rows.add(
        Row.of(
            "ELBO / nat",
            elbo(evaluation),
            "lowest "
                + clipped
                + " of the log-weights raised; still ruled by a few clashing samples, so not to be relied on"));
    Evaluation.Reference reference = evaluation.reference();
    if (reference != null) {
      rows.add(
          Row.of(
              "EUBO / nat",
              Format.estimate(reference.eubo()),
              Format.count(reference.samples()) + " reference samples of " + reference.source()));
      rows.add(
          Row.of(
              "NLL / nat",
              Format.estimate(reference.nll()),
              "−log q of the same samples; compare EUBO − log Z = KL(target ‖ flow) rather than this"));
      rows.add(
          Row.of(
              "Forward effective sample size",
              percent(reference.forwardEss(), reference.forwardEssStderr()),
              "from the same samples; unstable, a warning rather than a score"));
    }
    rows.add(
        Row.of(
            "Samples",
            Format.count(evaluation.samples()),
            Format.count(evaluation.failedRows()) + " more without a finite density"));
    return new Table("Metrics", Table.REMARKS, List.of("", "value", "how"), rows, "");
  }

  private static String percent(double share, Double error) {
    return error == null || !Double.isFinite(error)
        ? Format.percent(share, 2)
        : Format.estimate(100 * share, 100 * error) + Format.THIN_SPACE + "%";
  }

  private static String elbo(Evaluation evaluation) {
    Double error = evaluation.elboStderr();
    return error == null || !Double.isFinite(error)
        ? nats(evaluation.elbo())
        : Format.estimate(evaluation.elbo(), error);
  }

  private static String nats(double value) {
    return Math.abs(value) < 1e4 ? Format.fixed(value, 3) : Format.significant(value);
  }

  private static Table basins(Evaluation evaluation) {
    return new Table(
        "Basin φ > 0",
        Table.NUMBERS,
        List.of(
            "residue",
            "samples inside",
            "flow",
            "reweighted",
            "reference",
            "ΔF / kT",
            "ESS inside"),
        evaluation.basins().stream()
            .map(
                basin ->
                    Row.of(
                        basin.residue(),
                        Format.count(basin.samples()),
                        Format.estimate(basin.raw()),
                        Format.estimate(basin.reweighted()),
                        Format.estimate(basin.reference()),
                        Format.estimate(basin.freeEnergyKt()),
                        Format.percent(basin.ess(), 1)))
            .toList(),
        "Probability of φ > 0; ΔF = −ln(P/(1−P)) from the reweighted one. A low effective sample size inside a basin means that its "
            + "population rests on few samples, however high the overall one is.");
  }

  private static Table freeEnergies(Evaluation evaluation) {
    return new Table(
        "Basins and their free energies",
        Table.NUMBERS,
        List.of(
            "residue",
            "basin",
            "P flow",
            "P reweighted",
            "P reference",
            "F flow / kT",
            "F reweighted / kT",
            "F reference / kT"),
        evaluation.freeEnergies().stream()
            .map(
                one ->
                    Row.of(
                        one.residue(),
                        one.basin(),
                        Format.estimate(one.rawPopulation()),
                        Format.estimate(one.population()),
                        number(one.referencePopulation()),
                        freeEnergy(one.basin(), one.rawFreeEnergyKt()),
                        freeEnergy(one.basin(), one.freeEnergyKt()),
                        freeEnergy(one.basin(), one.referenceFreeEnergyKt())))
            .toList(),
        "β: φ ≤ 0 outside −120° ≤ ψ < 60°; α: φ ≤ 0 within it. F of α is −ln(P_α/P_β), that of φ > 0 is −ln(P/(1 − P)). Bootstrap errors; "
            + "a dash where some resample had no sample in the basin.");
  }

  private static String freeEnergy(String basin, Estimate kt) {
    return kt == null || basin.equals(RamachandranBasin.BETA.label())
        ? Format.NOTHING
        : Format.estimate(kt);
  }

  private static String freeEnergy(String basin, Double kt) {
    return kt == null || basin.equals(RamachandranBasin.BETA.label())
        ? Format.NOTHING
        : Format.fixed(kt, 2);
  }

  private static String number(Double value) {
    return value == null ? Format.NOTHING : Format.significant(value);
  }

  private static Table torsions(Evaluation evaluation) {
    List<Evaluation.TorsionDistance> distances = new ArrayList<>(evaluation.ramachandran());
    distances.addAll(evaluation.ramachandranAverage());
    boolean several =
        distances.stream().map(Evaluation.TorsionDistance::source).distinct().count() > 1;
    List<Row> rows = new ArrayList<>();
    for (Evaluation.TorsionDistance one : distances) {
      String place = several ? one.residue() + ", " + one.source() : one.residue();
      rows.add(
          distance(
              place,
              "flow",
              new double[] {one.tvRaw(), one.tvRawStderr(), one.tvFloorRaw()},
              new double[] {one.klRaw(), one.klRawStderr(), one.klFloorRaw()}));
      rows.add(
          distance(
              "",
              "reweighted",
              new double[] {one.tvReweighted(), one.tvReweightedStderr(), one.tvFloorReweighted()},
              new double[] {
                one.klReweighted(), one.klReweightedStderr(), one.klFloorReweighted()
              }));
    }
    return new Table(
        "Ramachandran distances from the reference",
        Table.NUMBERS,
        List.of("residue", "samples", "TV", "floor of TV", "KL / nat", "floor of KL"),
        rows,
        "Total variation and KL(reference ‖ flow) on 100 × 100 bins of (φ, ψ); the paper's tables have the former times 100. Floors are what "
            + "counting noise alone gives a perfect sampler of the same size; for the reweighted flow, of its effective size. Reference: "
            + sources(distances)
            + ".");
  }

  private static String sources(List<Evaluation.TorsionDistance> distances) {
    return distances.stream()
        .map(one -> one.source() + " (" + Format.count(one.referenceSamples()) + " samples)")
        .distinct()
        .collect(Collectors.joining("; "));
  }

  private static Row distance(String place, String samples, double[] tv, double[] kl) {
    // A file of an earlier version has no errors and no floor of KL.
    return Row.of(
        place,
        samples,
        Format.estimate(tv[0], tv[1]),
        Format.significant(tv[2]),
        Format.estimate(kl[0], kl[1]),
        kl[2] > 0 ? Format.significant(kl[2]) : Format.NOTHING);
  }

  private static Table transport(Evaluation.Transport transport) {
    return new Table(
        "Torus Wasserstein-2 distance from the reference",
        Table.NUMBERS,
        List.of("", "distance / rad"),
        List.of(
            Row.of("flow", Format.estimate(transport.raw())),
            Row.of("reweighted", Format.estimate(transport.reweighted())),
            Row.of("floor: the reference from itself", Format.estimate(transport.floor()))),
        "RAM T-W2: exact optimal transport in all %d backbone torsions at once between %s points and as many of %s. Compare with the floor, two disjoint parts of the reference at the same number of points: a rare basin that holds a few points more or less decides the value."
            .formatted(transport.angles(), Format.count(transport.points()), transport.source()));
  }

  private static Table modes(Evaluation.Modes modes) {
    double share = 1.0 / modes.total();
    return new Table(
        "Modes",
        Table.NUMBERS,
        List.of("", "found", "least mass", "greatest mass", "fair share"),
        List.of(
            modeRow("flow", modes.raw(), share), modeRow("reweighted", modes.reweighted(), share)),
        "A mode counts as found if its mass is within 30 % of its fair share.");
  }

  private static Row modeRow(String name, List<Double> mass, double share) {
    return Row.of(
        name,
        ToyMetrics.found(mass) + " of " + mass.size(),
        Format.significant(Collections.min(mass)),
        Format.significant(Collections.max(mass)),
        Format.significant(share));
  }

  private static Table wells(Evaluation.Wells wells) {
    List<Row> rows = new ArrayList<>();
    for (int pair = 0; pair < wells.raw().size(); pair++) {
      rows.add(
          Row.of(
              Integer.toString(pair + 1),
              Format.fixed(wells.raw().get(pair), 4),
              Format.estimate(wells.reweighted().get(pair)),
              Format.fixed(wells.exactRight(), 4)));
    }
    return new Table(
        "Probability of the right well",
        Table.NUMBERS,
        List.of("pair", "flow", "reweighted", "exact"),
        rows,
        "Probability of x > 0 in each pair.");
  }
}
