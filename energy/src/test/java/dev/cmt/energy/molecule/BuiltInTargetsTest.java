package dev.cmt.energy.molecule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.energy.Evaluation;
import dev.cmt.energy.Evaluator;
import dev.cmt.energy.ReferenceData;
import dev.cmt.energy.RowFailure;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The four molecules as targets, against conformations and energies made elsewhere. */
class BuiltInTargetsTest {
  private static final double KT = 8.31446261815324e-3 * 300;

  static Stream<Named<MolecularTarget>> all() {
    return BuiltInTargets.all().map(target -> Named.of(target.name(), target));
  }

  /** Replica exchange at 300 K never leaves the half circles or the boxes. */
  @ParameterizedTest
  @MethodSource("all")
  void equilibriumFramesAreReached(MolecularTarget target) {
    double[] frames = ReferenceData.numbers(target.name(), "equilibrium.npy");
    int rows = frames.length / target.spaceDimension();
    assertThat(rows).isGreaterThanOrEqualTo(500);
    double[] logVolume = new double[rows];
    target.unmap(frames, rows, new float[rows * target.dimension()], logVolume);
    assertThat(logVolume).doesNotContain(Double.NaN);
    for (BoundedTorsion torsion : target.stereochemistry().bounded()) {
      assertThat(leastDistanceFromItsEnds(target, torsion, frames))
          .as("%s", torsion)
          .isGreaterThan(0.5);
    }
  }

  /** No bounded torsion comes near an end of its half circle, so none is cut. */
  private static double leastDistanceFromItsEnds(
      MolecularTarget target, BoundedTorsion torsion, double[] frames) {
    int[] row = target.zMatrix().row(torsion.torsion());
    double least = Math.PI;
    for (int start = 0; start < frames.length; start += target.spaceDimension()) {
      double t = Math.abs(Geometry.torsion(frames, start, row[0], row[1], row[2], row[3]));
      least = Math.min(least, Math.min(t, Math.PI - t));
    }
    return least;
  }

  /**
   * How many of the 200 reference conformations unit coordinates reach, by where they are from: all
   * of dynamics at 300 and 1200 K, and noisy ones as far as bonds and angles stay in their boxes;
   * with constraints, noise of 1 pm already breaks lengths that must hold. Those reached come back:
   * u is float32, so torsions are known to 4e-7 rad and angles to 1e-7 rad.
   */
  @ParameterizedTest
  @CsvSource({
    "alanine-dipeptide, 40, 40, 55",
    "alanine-tetrapeptide, 40, 40, 0",
    "alanine-hexapeptide, 40, 40, 0",
    "elil, 40, 40, 0"
  })
  void referenceConformationsComeBack(String name, int md300, int md1200, int noise) {
    MolecularTarget target =
        BuiltInTargets.all().filter(one -> one.name().equals(name)).findFirst().get();
    double[] positions = ReferenceData.numbers(name, "positions.npy");
    double[] energies = ReferenceData.numbers(name, "energies.npy");
    List<String> labels = ReferenceData.labels(name);
    int width = target.spaceDimension();
    int d = target.dimension();
    float[] u = new float[200 * d];
    double[] logVolume = new double[200];
    target.unmap(positions, 200, u, logVolume);
    double[] x = new double[200 * width];
    double[] mapped = new double[200];
    target.map(u, 200, x, mapped);
    int[] reached = new int[3];
    try (Evaluator evaluator = target.openEvaluator()) {
      Evaluation evaluation = evaluator.evaluate(u, 200);
      for (int row = 0; row < 200; row++) {
        if (Double.isNaN(logVolume[row])) {
          assertThat(evaluation.failure()[row]).isEqualTo(RowFailure.BAD_COORDINATE);
          continue;
        }
        String label = labels.get(row);
        reached[label.equals("md300") ? 0 : label.equals("md1200") ? 1 : 2]++;
        assertThat(mapped[row]).isCloseTo(logVolume[row], Offset.offset(1e-3));
        assertSameShape(target, positions, x, row);
        if (energies[row] < 1e4) {
          // Stiff terms amplify the rounding of u; kT is the scale that matters.
          assertThat(evaluation.logDensity()[row])
              .as("%s, row %d, %s", name, row, label)
              .isCloseTo(-energies[row] / KT, Offset.offset(2e-2));
        }
      }
    }
    assertThat(reached).containsExactly(md300, md1200, noise);
  }

  private static void assertSameShape(
      MolecularTarget target, double[] positions, double[] x, int row) {
    int width = target.spaceDimension();
    double worst = 0;
    for (int a = 0; a < width / 3; a++) {
      for (int b = 0; b < a; b++) {
        double error =
            Geometry.distance(x, row * width, a, b)
                - Geometry.distance(positions, row * width, a, b);
        worst = Math.max(worst, Math.abs(error));
      }
    }
    assertThat(worst).as("nm, row %d", row).isLessThan(2e-5);
  }
}
