package dev.cmt.flow.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TorusTransportTest {
  private static final long SEED = 20261121;
  private static final double TURN = 2 * Math.PI;
  private static final double ROUNDING = 1e-10;
  private static final TorusTransport.Progress SILENT = (parts, total) -> {};

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void isTheBestOfAllPermutations(int angles) {
    Random random = new Random(SEED);
    for (int problem = 0; problem < 40; problem++) {
      int n = 1 + problem % 7;
      double[][] first = uniform(random, angles, n);
      double[][] second = uniform(random, angles, n);
      assertThat(distance(first, second))
          .as("seed %d, problem %d, %d points", SEED, problem, n)
          .isCloseTo(Math.sqrt(best(first, second, new boolean[n], 0) / n), within(ROUNDING));
    }
  }

  /**
   * On a circle some rotation of the sorted order is optimal for a convex cost (J. Delon, J.
   * Salomon, A. Sobolevski, SIAM Journal on Applied Mathematics 70 (2010) 2239–2258).
   */
  @Test
  void onACircleSomeRotationOfTheSortedPointsIsBest() {
    Random random = new Random(SEED);
    int n = 400;
    double[] x = random.doubles(n, -Math.PI, Math.PI).sorted().toArray();
    double[] y = random.doubles(n).map(u -> TURN * u * u - Math.PI).sorted().toArray();
    double least = Double.POSITIVE_INFINITY;
    for (int shift = 0; shift < n; shift++) {
      double sum = 0;
      for (int i = 0; i < n; i++) {
        sum += square(x[i] - y[(i + shift) % n]);
      }
      least = Math.min(least, sum / n);
    }
    assertThat(distance(new double[][] {x}, new double[][] {y}))
        .isCloseTo(Math.sqrt(least), within(ROUNDING));
  }

  /** In a small neighbourhood the torus is flat, where a translation is optimal. */
  @Test
  void aTranslationAcrossTheSeamCostsItsLength() {
    Random random = new Random(SEED);
    int n = 300;
    double[][] first = new double[2][n];
    double[][] second = new double[2][n];
    int[] order = shuffled(random, n);
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < 2; k++) {
        first[k][i] = Math.PI - 0.2 + 0.1 * random.nextDouble();
        // Any turn will do.
        second[k][order[i]] = first[k][i] + (k == 0 ? 0.3 : 0.4) + TURN * random.nextInt(3);
      }
    }
    assertThat(distance(first, second)).isCloseTo(0.5, within(1e-9));
  }

  /** W₂² of two normal densities is (μ − ν)² + (σ − τ)². */
  @Test
  void narrowNormalsHaveTheirClosedForm() {
    Random random = new Random(SEED);
    int n = 3000;
    double[] x = random.doubles(n).map(u -> 2 + 0.3 * random.nextGaussian()).toArray();
    double[] y = random.doubles(n).map(u -> 2.5 + 0.1 * random.nextGaussian()).toArray();
    Estimate found = TorusTransport.wasserstein2(new double[][] {x}, new double[][] {y}, SILENT);
    assertThat(found.rows()).isEqualTo(n);
    assertThat(found.value())
        .as("seed %d", SEED)
        .isCloseTo(Math.sqrt(0.25 + 0.04), within(4 * found.standardError()));
    assertThat(found.standardError()).isBetween(0.003, 0.009);
  }

  @ParameterizedTest
  @CsvSource({"2, 500", "6, 300", "2, 33"})
  void pricesAndProfitsProveTheOptimum(int angles, int n) {
    Random random = new Random(SEED);
    // Clusters of unequal size on both sides: mass must go far, which is the hard case.
    double[][] rows = clusters(random, angles, n, 0.6);
    double[][] columns = clusters(random, angles, n, 0.5);
    TorusAssignment assignment = new TorusAssignment(rows, columns);
    assignment.solve(SILENT);
    double[] profit = assignment.profits();
    double[] price = assignment.prices();
    int[] columnOfRow = assignment.columnOfRow();
    assertThat(Arrays.stream(columnOfRow).distinct().count()).isEqualTo(n);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double slack = cost(rows, i, columns, j) - profit[i] - price[j];
        assertThat(slack).isGreaterThan(-ROUNDING);
        if (columnOfRow[i] == j) {
          assertThat(slack).isLessThan(ROUNDING);
        }
      }
    }
  }

  @Test
  void pointsThatCoincideAreNoProblem() {
    int n = 200;
    double[][] same = new double[2][n];
    assertThat(TorusTransport.wasserstein2(same, same, SILENT))
        .isEqualTo(new Estimate(0, Double.NaN, n));
    double[][] half = new double[2][n];
    Arrays.fill(half[0], 0, n / 2, 1);
    assertThat(distance(same, half)).isCloseTo(Math.sqrt(0.5), within(ROUNDING));
    double[][] spread = uniform(new Random(SEED), 2, n);
    double mean = 0;
    for (int i = 0; i < n; i++) {
      mean += cost(same, 0, spread, i) / n;
    }
    assertThat(distance(same, spread)).isCloseTo(Math.sqrt(mean), within(ROUNDING));
  }

  @Test
  void theErrorIsTheScatterOfIndependentSamples() {
    Random random = new Random(SEED);
    int repeats = 150;
    double sum = 0;
    double squares = 0;
    double errors = 0;
    for (int repeat = 0; repeat < repeats; repeat++) {
      Estimate found =
          TorusTransport.wasserstein2(
              clusters(random, 2, 120, 0.7), clusters(random, 2, 120, 0.4), SILENT);
      sum += found.value();
      squares += found.value() * found.value();
      errors += found.standardError();
    }
    double mean = sum / repeats;
    double scatter = Math.sqrt((squares / repeats - mean * mean) * repeats / (repeats - 1));
    // 150 repeats know a standard deviation to 6 %; four sigma.
    assertThat(errors / repeats).as("seed %d", SEED).isCloseTo(scatter, within(0.24 * scatter));
  }

  @Test
  void progressGrowsToTheEnd() {
    Random random = new Random(SEED);
    double[] share = {0};
    TorusTransport.wasserstein2(
        clusters(random, 2, 300, 0.9),
        clusters(random, 2, 300, 0.1),
        (parts, total) -> {
          double now = (double) parts / total;
          assertThat(now).isGreaterThan(share[0]).isLessThanOrEqualTo(1);
          share[0] = now;
        });
    assertThat(share[0]).isEqualTo(1);
  }

  @Test
  void shapesAreChecked() {
    double[][] two = new double[2][3];
    assertRefused("2 and of 1 angles", two, new double[1][3]);
    assertRefused("at least 1", new double[0][], new double[0][]);
    assertRefused("not 3 and 4", two, new double[2][4]);
    assertRefused("not 0 and 0", new double[1][0], new double[1][0]);
    assertRefused("Angle 1 of point 2 is NaN", two, new double[][] {{0, 0, 0}, {0, 0, Double.NaN}});
  }

  private static void assertRefused(String why, double[][] first, double[][] second) {
    assertThatThrownBy(() -> TorusTransport.wasserstein2(first, second, SILENT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  private static double distance(double[][] first, double[][] second) {
    return TorusTransport.wasserstein2(first, second, SILENT).value();
  }

  /** Least sum over all ways to pair rows from {@code row} on with columns that are not taken. */
  private static double best(double[][] rows, double[][] columns, boolean[] taken, int row) {
    if (row == taken.length) {
      return 0;
    }
    double least = Double.POSITIVE_INFINITY;
    for (int column = 0; column < taken.length; column++) {
      if (!taken[column]) {
        taken[column] = true;
        double rest = best(rows, columns, taken, row + 1);
        least = Math.min(least, cost(rows, row, columns, column) + rest);
        taken[column] = false;
      }
    }
    return least;
  }

  private static double cost(double[][] rows, int row, double[][] columns, int column) {
    double sum = 0;
    for (int k = 0; k < rows.length; k++) {
      sum += square(rows[k][row] - columns[k][column]);
    }
    return sum;
  }

  /** By way of the angle's sine and cosine: other arithmetic than the code under test. */
  private static double square(double difference) {
    double angle = Math.atan2(Math.sin(difference), Math.cos(difference));
    return angle * angle;
  }

  private static double[][] uniform(Random random, int angles, int n) {
    double[][] points = new double[angles][];
    for (int k = 0; k < angles; k++) {
      points[k] = random.doubles(n, -Math.PI, Math.PI).toArray();
    }
    return points;
  }

  /** Two clusters, the first of which holds about {@code share} of the points. */
  private static double[][] clusters(Random random, int angles, int n, double share) {
    double[][] points = new double[angles][n];
    for (int i = 0; i < n; i++) {
      double centre = random.nextDouble() < share ? -1.5 : 2.5;
      for (int k = 0; k < angles; k++) {
        points[k][i] = Math.IEEEremainder(centre + 0.4 * random.nextGaussian(), TURN);
      }
    }
    return points;
  }

  private static int[] shuffled(Random random, int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
