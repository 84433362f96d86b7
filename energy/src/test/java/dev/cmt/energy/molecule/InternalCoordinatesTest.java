package dev.cmt.energy.molecule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.energy.ReferenceData;
import dev.cmt.energy.system.BuiltInSystems;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InternalCoordinatesTest {
  private static final int WIDTH = 66;
  private static final InternalCoordinates COORDINATES =
      new InternalCoordinates(ZMatrix.parse(BuiltInSystems.zMatrix("alanine-dipeptide")));
  private static final double[] CONFORMATIONS = ReferenceData.numbers("positions.npy");

  static Stream<Named<MolecularTarget>> builtIn() {
    return BuiltInTargets.all().map(target -> Named.of(target.name(), target));
  }

  /**
   * Shapes, not places: distances of all pairs, and the handedness of a centre. All 200
   * conformations, from the minimum to clashes, whatever ranges a target allows.
   */
  @ParameterizedTest
  @MethodSource("builtIn")
  void roundTripKeepsTheShape(MolecularTarget target) {
    InternalCoordinates coordinates = new InternalCoordinates(target.zMatrix());
    double[] conformations = ReferenceData.numbers(target.name(), "positions.npy");
    int width = target.spaceDimension();
    assertThat(conformations).hasSize(200 * width);
    double[] q = new double[coordinates.dimension()];
    double[] back = new double[coordinates.dimension()];
    double[] x = new double[width];
    int[] row = target.zMatrix().row(target.stereochemistry().bounded().get(0).torsion());
    for (int start = 0; start < conformations.length; start += width) {
      double measured = coordinates.toInternal(conformations, start, q, 0);
      double built = coordinates.toCartesian(q, 0, x, 0);
      assertThat(built).isCloseTo(measured, Offset.offset(1e-9));
      double worst = 0;
      for (int a = 0; a < coordinates.atoms(); a++) {
        for (int b = 0; b < a; b++) {
          double error =
              Geometry.distance(x, 0, a, b) - Geometry.distance(conformations, start, a, b);
          worst = Math.max(worst, Math.abs(error));
        }
      }
      assertThat(worst).as("nm").isLessThan(1e-10);
      assertThat(Geometry.handedness(x, 0, row[1], row[0], row[2], row[3]))
          .isCloseTo(
              Geometry.handedness(conformations, start, row[1], row[0], row[2], row[3]),
              Offset.offset(1e-9));
      coordinates.toInternal(x, 0, back, 0);
      assertThat(back).containsExactly(q, Offset.offset(1e-8));
    }
  }

  @Test
  void frameLiesAsSaid() {
    double[] q = new double[COORDINATES.dimension()];
    double[] x = new double[WIDTH];
    COORDINATES.toInternal(CONFORMATIONS, 0, q, 0);
    COORDINATES.toCartesian(q, 0, x, 0);
    assertThat(Arrays.copyOfRange(x, 3 * 14, 3 * 15)).containsOnly(0);
    assertThat(x[3 * 8]).isPositive();
    assertThat(x[3 * 8 + 1]).isZero();
    assertThat(x[3 * 6 + 1]).isPositive();
    assertThat(x[3 * 6 + 2]).isZero();
  }

  /**
   * The full map (x0, three orientation angles, internal coordinates) to 3N Cartesian coordinates,
   * differentiated numerically (fourth order, steps of 1e-3), against the closed form. Two Euler
   * angles are normalised to [0, 1], which is the (2π)² of the convention, the third enters by its
   * cosine.
   */
  @ParameterizedTest
  @MethodSource("builtIn")
  void volumeEqualsTheNumericalJacobian(MolecularTarget target) {
    InternalCoordinates coordinates = new InternalCoordinates(target.zMatrix());
    double[] conformations = ReferenceData.numbers(target.name(), "positions.npy");
    int width = target.spaceDimension();
    SplittableRandom random = new SplittableRandom(2601);
    for (int conformation : new int[] {0, 60, 150, 190}) {
      double[] parameters = new double[width];
      for (int i = 0; i < 6; i++) {
        parameters[i] = 0.2 + 0.6 * random.nextDouble();
      }
      double expected = coordinates.toInternal(conformations, conformation * width, parameters, 6);
      double[][] jacobian = new double[width][];
      for (int i = 0; i < width; i++) {
        jacobian[i] = derivative(coordinates, parameters, i);
      }
      assertThat(logAbsDeterminant(jacobian)).isCloseTo(expected, Offset.offset(1e-6));
    }
  }

  @Test
  void impossibleGeometryIsNaN() {
    double[] q = new double[COORDINATES.dimension()];
    double[] x = new double[WIDTH];
    COORDINATES.toInternal(CONFORMATIONS, 0, q, 0);
    double[] bad = {
      0, -0.1, Double.NaN, Double.NEGATIVE_INFINITY, 0, Math.PI, 3.2, -0.1, Double.NaN
    };
    int[] where = {0, 5, 20, 1, 21, 21, 30, 40, 50};
    for (int i = 0; i < bad.length; i++) {
      double[] wrong = q.clone();
      wrong[where[i]] = bad[i];
      assertThat(COORDINATES.toCartesian(wrong, 0, x, 0)).isNaN();
    }
    double[] collinear = Arrays.copyOf(CONFORMATIONS, WIDTH);
    for (int k = 0; k < 3; k++) {
      collinear[3 * 6 + k] = 2 * collinear[3 * 8 + k] - collinear[3 * 14 + k];
    }
    assertThat(COORDINATES.toInternal(collinear, 0, q, 0)).isNaN();
    assertThat(COORDINATES.toInternal(new double[WIDTH], 0, q, 0)).isNaN();
  }

  /** Torsions of a known shape: a at +y, d turned by the angle about +x, seen along b → c. */
  @Test
  void torsionsFollowTheIupacSign() {
    for (double torsion : new double[] {-3, -1.2, 0, 0.4, 2.9}) {
      double[] x = {0, 1, 0, 0, 0, 0, 1, 0, 0, 1, Math.cos(torsion), Math.sin(torsion)};
      assertThat(Geometry.torsion(x, 0, 0, 1, 2, 3)).isCloseTo(torsion, Offset.offset(1e-14));
    }
  }

  private static double[] derivative(InternalCoordinates coordinates, double[] parameters, int i) {
    double h = 1e-3;
    double[] derivative = new double[parameters.length];
    double[] weights = {1, -8, 8, -1};
    double[] steps = {-2, -1, 1, 2};
    for (int s = 0; s < 4; s++) {
      double[] moved = parameters.clone();
      moved[i] += steps[s] * h;
      double[] x = place(coordinates, moved);
      for (int k = 0; k < x.length; k++) {
        derivative[k] += weights[s] * x[k] / (12 * h);
      }
    }
    return derivative;
  }

  /** x0 + R(α, cos β, γ) · conformation, R = Rz(2πα) Ry(β) Rx(2πγ): the body's axis is x. */
  private static double[] place(InternalCoordinates coordinates, double[] parameters) {
    double[] body = new double[parameters.length];
    coordinates.toCartesian(parameters, 6, body, 0);
    double alpha = 2 * Math.PI * parameters[3];
    double beta = Math.acos(parameters[4]);
    double gamma = 2 * Math.PI * parameters[5];
    double[] x = new double[body.length];
    for (int a = 0; a < x.length; a += 3) {
      // About the body's axis; then the axis is brought from x to z by a fixed turn.
      double y1 = Math.cos(gamma) * body[a + 1] - Math.sin(gamma) * body[a + 2];
      double z1 = Math.sin(gamma) * body[a + 1] + Math.cos(gamma) * body[a + 2];
      double x2 = y1;
      double y2 = z1;
      double z2 = body[a];
      double x3 = Math.cos(beta) * x2 + Math.sin(beta) * z2;
      double z3 = -Math.sin(beta) * x2 + Math.cos(beta) * z2;
      x[a] = parameters[0] + Math.cos(alpha) * x3 - Math.sin(alpha) * y2;
      x[a + 1] = parameters[1] + Math.sin(alpha) * x3 + Math.cos(alpha) * y2;
      x[a + 2] = parameters[2] + z3;
    }
    return x;
  }

  /** Gaussian elimination with row pivots. */
  private static double logAbsDeterminant(double[][] matrix) {
    double log = 0;
    for (int c = 0; c < matrix.length; c++) {
      int pivot = c;
      for (int r = c + 1; r < matrix.length; r++) {
        if (Math.abs(matrix[r][c]) > Math.abs(matrix[pivot][c])) {
          pivot = r;
        }
      }
      double[] row = matrix[pivot];
      matrix[pivot] = matrix[c];
      matrix[c] = row;
      log += Math.log(Math.abs(row[c]));
      for (int r = c + 1; r < matrix.length; r++) {
        double factor = matrix[r][c] / row[c];
        for (int k = c; k < matrix.length; k++) {
          matrix[r][k] -= factor * row[k];
        }
      }
    }
    return log;
  }
}
