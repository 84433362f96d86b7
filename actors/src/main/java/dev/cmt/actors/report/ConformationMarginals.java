package dev.cmt.actors.report;

import dev.cmt.energy.molecule.RotatableBond;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Lengths of bonds and torsions about them in conformations of the flow, before and after
 * reweighting, and of the reference.
 */
final class ConformationMarginals {
  private final EvaluationData model;
  private final double[] shares;
  private final ReferenceSamples reference;

  private ConformationMarginals(EvaluationData model, double[] shares, ReferenceSamples reference) {
    this.model = model;
    this.shares = Arrays.stream(model.keptIndex()).mapToDouble(row -> shares[row]).toArray();
    this.reference = reference;
  }

  /**
   * One line per kind of bond and per torsion; none if no conformations were kept.
   *
   * @param shares {@code [rows]} weights of all samples
   * @param reference may be null
   */
  static List<Evaluation.Line> of(
      EvaluationData model, double[] shares, ReferenceSamples reference) {
    ConformationMarginals marginals = new ConformationMarginals(model, shares, reference);
    if (model.keptRows() == 0 || Arrays.stream(marginals.shares).sum() == 0) {
      return List.of();
    }
    Observables.Backbone measured = (Observables.Backbone) model.observables();
    List<Evaluation.Line> lines = new ArrayList<>();
    measured.bondKinds().forEach(kind -> lines.add(marginals.lengths(kind)));
    measured.rotatableBonds().forEach(bond -> lines.add(marginals.torsion(bond)));
    return lines;
  }

  private Evaluation.Line lengths(BondKind kind) {
    return Densities.pooled(
        EvaluationFigures.BOND + kind.label(),
        kind.measure(model.kept(), model.keptRows()),
        shares,
        reference == null
            ? null
            : kind.measure(reference.data().kept(), reference.data().keptRows()),
        source());
  }

  private Evaluation.Line torsion(RotatableBond bond) {
    return Densities.torsion(
        EvaluationFigures.TORSION + bond.label(),
        bond.measure(model.kept(), model.keptRows()),
        shares,
        reference == null
            ? null
            : bond.measure(reference.data().kept(), reference.data().keptRows()),
        source());
  }

  private String source() {
    return reference == null ? null : reference.source();
  }
}
