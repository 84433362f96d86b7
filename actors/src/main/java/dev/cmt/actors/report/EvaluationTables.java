package dev.cmt.actors.report;

import dev.cmt.actors.report.Page.Row;
import dev.cmt.actors.report.Page.Table;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Tables of an evaluation. */
final class EvaluationTables {
  private EvaluationTables() {}

  /** All tables there is something to say in. */
  static List<Table> of(Evaluation evaluation) {
    List<Table> tables = new ArrayList<>();
    if (!evaluation.basins().isEmpty()) {
      tables.add(basins(evaluation));
    }
    if (!evaluation.ramachandran().isEmpty()) {
      tables.add(torsions(evaluation));
    }
    if (evaluation.modes() != null) {
      tables.add(modes(evaluation.modes()));
    }
    if (evaluation.wells() != null) {
      tables.add(wells(evaluation.wells()));
    }
    return tables;
  }

  /** The numbers every target has. */
  static Table metrics(Evaluation evaluation) {
    List<Row> rows = new ArrayList<>();
    rows.add(
        Row.of(
            "Effective sample size",
            Format.percent(evaluation.ess(), 2),
            "highest 1e-4 of the weights clipped; unclipped "
                + Format.percent(evaluation.essUnclipped(), 2)));
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
            nats(evaluation.elbo()),
            "lowest 1e-4 of the log-weights raised; still ruled by a few clashing samples, so not to be relied on"));
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
              Format.percent(reference.forwardEss(), 2),
              "from the same samples; unstable, a warning rather than a score"));
    }
    rows.add(
        Row.of(
            "Samples",
            Format.count(evaluation.samples()),
            Format.count(evaluation.failedRows()) + " more without a finite density"));
    return new Table("Metrics", Table.REMARKS, List.of("", "value", "how"), rows, "");
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

  private static Table torsions(Evaluation evaluation) {
    return new Table(
        "Torsions against the reference",
        Table.NUMBERS,
        List.of(
            "residue",
            "reference",
            "TV flow",
            "TV reweighted",
            "floor flow",
            "floor reweighted",
            "KL flow",
            "KL reweighted"),
        evaluation.ramachandran().stream()
            .map(
                distance ->
                    Row.of(
                        distance.residue(),
                        distance.source(),
                        Format.significant(distance.tvRaw()),
                        Format.significant(distance.tvReweighted()),
                        Format.significant(distance.tvFloorRaw()),
                        Format.significant(distance.tvFloorReweighted()),
                        Format.significant(distance.klRaw()),
                        Format.significant(distance.klReweighted())))
            .toList(),
        "Total variation and KL(reference ‖ flow) on 100 × 100 bins of (φ, ψ). The floor is the total variation that counting noise alone "
            + "gives a perfect sampler of the same size: about 0.026 at 10⁶ samples against the bundled 1.06 × 10⁶ counts.");
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
