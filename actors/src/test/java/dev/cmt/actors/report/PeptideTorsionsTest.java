package dev.cmt.actors.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.TargetSettings;
import dev.cmt.energy.Targets;
import dev.cmt.energy.molecule.BackboneTorsions;
import dev.cmt.energy.molecule.MolecularTarget;
import dev.cmt.energy.openmm.OpenMmPlatform;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Molecules with several (φ, ψ) pairs: each is measured and judged by its own reference. */
class PeptideTorsionsTest {
  private static final long SEED = 20261121;

  @ParameterizedTest
  @CsvSource({"alanine-tetrapeptide, 3", "alanine-hexapeptide, 5", "elil, 2"})
  void everyPairIsJudgedByItsOwnReference(String system, int pairs) {
    MolecularTarget target =
        (MolecularTarget)
            Targets.create(
                system,
                new TargetSettings(300, 1e8, 1e20, EnergyEngine.KERNEL, OpenMmPlatform.AUTO));
    Observables observables = Observables.of(target);
    assertThat(observables.count()).isEqualTo(2 * pairs);

    int rows = 500;
    double[] x = conformations(target, rows);
    double[] measured = new double[rows * observables.count()];
    observables.measure(x, rows, measured);
    List<BackboneTorsions> residues = BackboneTorsions.of(target.system());
    double[] pair = new double[2 * rows];
    for (int k = 0; k < pairs; k++) {
      residues.get(k).measure(x, rows, target.system().atoms().size(), pair);
      for (int row = 0; row < rows; row++) {
        assertThat(measured[row * 2 * pairs + 2 * k]).isEqualTo(pair[2 * row]);
        assertThat(measured[row * 2 * pairs + 2 * k + 1]).isEqualTo(pair[2 * row + 1]);
      }
    }

    EvaluationData model = new EvaluationData(observables, target.spaceDimension());
    model.add(x, new double[rows], new double[rows], rows);
    Evaluation evaluation =
        EvaluationMetrics.evaluate(
            EvaluationSettings.ofPaper(system, 300, 0, SEED),
            model,
            Optional.empty(),
            (parts, total) -> {});
    List<String> names = residues.stream().map(BackboneTorsions::residue).toList();
    assertThat(evaluation.basins()).extracting(Evaluation.Basin::residue).isEqualTo(names);
    assertThat(evaluation.ramachandran())
        .extracting(Evaluation.TorsionDistance::residue)
        .isEqualTo(names);
    assertThat(evaluation.histograms().grids())
        .filteredOn(grid -> names.contains(grid.name()))
        .extracting(Evaluation.Grid::name)
        .isEqualTo(names);
    BundledReference known = BundledReference.of(system, 300);
    for (int k = 0; k < pairs; k++) {
      BundledReference.Ramachandran bundled = known.ramachandran(names.get(k)).orElseThrow();
      assertThat(evaluation.basins().get(k).reference()).isEqualTo(bundled.phiPositive());
      assertThat(evaluation.ramachandran().get(k).referenceSamples()).isEqualTo(16_667);
      // Torsions of the prior are uniform, so half have φ > 0; 500 rows leave 2.2 %.
      assertThat(evaluation.basins().get(k).raw().value())
          .as("seed %d", SEED)
          .isCloseTo(0.5, within(0.1));
      assertThat(evaluation.ramachandran().get(k).tvRaw()).isGreaterThan(0.5);
    }
  }

  /** Bonds and angles of the minimum, torsions anywhere in their ranges. */
  private static double[] conformations(MolecularTarget target, int rows) {
    SplittableRandom random = new SplittableRandom(SEED);
    int d = target.dimension();
    int stiff = d - target.zMatrix().rowCount();
    float[] u = new float[rows * d];
    for (int n = 0; n < u.length; n++) {
      u[n] = n % d < stiff ? 0.5f : (float) random.nextDouble();
    }
    double[] x = new double[rows * target.spaceDimension()];
    double[] logVolume = new double[rows];
    target.map(u, rows, x, logVolume);
    assertThat(logVolume).doesNotContain(Double.NaN);
    return x;
  }
}
