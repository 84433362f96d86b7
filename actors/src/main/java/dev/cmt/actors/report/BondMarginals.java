package dev.cmt.actors.report;

import java.util.Arrays;
import java.util.List;

/** How long bonds are in the flow's samples, before and after reweighting, and in the reference. */
final class BondMarginals {
  private BondMarginals() {}

  /** One line per kind of bond; none if no conformations were kept. */
  static List<Evaluation.Line> of(
      EvaluationData model, double[] shares, ReferenceSamples reference) {
    int rows = model.keptRows();
    if (rows == 0 || Arrays.stream(shares, 0, rows).sum() == 0) {
      return List.of();
    }
    return ((Observables.Backbone) model.observables())
        .bondKinds().stream().map(kind -> line(kind, model, shares, reference)).toList();
  }

  private static Evaluation.Line line(
      BondKind kind, EvaluationData model, double[] shares, ReferenceSamples reference) {
    double[][] lengths = kind.measure(model.kept(), model.keptRows());
    double[][] referenceLengths =
        reference == null
            ? null
            : kind.measure(reference.data().kept(), reference.data().keptRows());
    return Densities.pooled(
        EvaluationFigures.BOND + kind.label(),
        lengths,
        Arrays.copyOf(shares, model.keptRows()),
        referenceLengths,
        reference == null ? null : reference.source());
  }
}
