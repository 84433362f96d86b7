package dev.cmt.flow.annealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class AnnealingDualTest {
  private static final double OFF = Double.POSITIVE_INFINITY;
  private static final GaussianStep GAUSSIAN = new GaussianStep(0.3, 2, 2.8, 0.4, 3.7);

  static List<Bounds> variants() {
    return List.of(
        new Bounds(OFF, OFF), new Bounds(0.3, OFF), new Bounds(OFF, 0.2), new Bounds(0.3, 0.2));
  }

  static List<Bounds> constrained() {
    return variants().subList(1, 4);
  }

  /** N = 1e5 mid-points: the mean of log q is off by about log(2)/2N = 3.5e-6, the rest by less. */
  @ParameterizedTest
  @MethodSource("variants")
  void agreesWithTheClosedFormOfGaussians(Bounds bounds) {
    double[][] rows = GAUSSIAN.rows(100_000);
    DualSolution solution = AnnealingDual.solve(rows[0], rows[1], bounds);
    double[] exact = GAUSSIAN.multipliers(bounds);

    assertThat(solution.converged()).isTrue();
    assertThat(solution.lambda()).isCloseTo(exact[0], within(1e-4 * (1 + exact[0])));
    assertThat(solution.eta()).isCloseTo(exact[1], within(1e-4 * (1 + exact[1])));
    assertThat(solution.kl()).isCloseTo(GAUSSIAN.kl(exact[0], exact[1]), within(1e-5));
    assertThat(solution.entropyBefore()).isCloseTo(GAUSSIAN.entropyBefore(), within(1e-5));
    assertThat(solution.entropyDrop())
        .isCloseTo(GAUSSIAN.entropyDrop(exact[0], exact[1]), within(1e-5));
    assertThat(solution.entropyAfter())
        .isCloseTo(solution.entropyBefore() - solution.entropyDrop(), within(1e-12));
    assertThat(solution.logZ())
        .isCloseTo(GAUSSIAN.intermediateLogZ(solution.lambda(), solution.eta()), within(1e-5));
    assertThat(solution.targetLogZ()).isCloseTo(3.7, within(1e-5));
  }

  @ParameterizedTest
  @MethodSource("constrained")
  void gradientIsTheSlopeOfTheValue(Bounds bounds) {
    Problem problem = Problem.random(5, 400, 6);
    AnnealingDual dual = new AnnealingDual(problem.logQ, problem.logP, bounds);
    for (double[] at : new double[][] {{0.1, 0.2}, {3, 0.5}, {0.5, 40}, {100, 10}}) {
      double lambda = bounds.trustRegion() == OFF ? 0 : at[0];
      double eta = bounds.entropy() == OFF ? 0 : at[1];
      double[] gradient = dual.gradient(lambda, eta);
      double step = 1e-4;
      if (bounds.trustRegion() != OFF) {
        double slope = (dual.value(lambda + step, eta) - dual.value(lambda - step, eta)) / 2 / step;
        assertThat(gradient[0]).isCloseTo(slope, within(1e-6));
      }
      if (bounds.entropy() != OFF) {
        double slope = (dual.value(lambda, eta + step) - dual.value(lambda, eta - step)) / 2 / step;
        assertThat(gradient[1]).isCloseTo(slope, within(1e-6));
      }
    }
  }

  /** Eq. 11 as printed, −η (H(q_i) − ε_ent), against the sign that follows from eq. 18. */
  @Test
  void theSignAsPrintedBreaksTheEntropyBound() {
    Bounds bounds = new Bounds(0.3, 0.2);
    double[][] rows = GAUSSIAN.rows(500);
    AnnealingDual dual = new AnnealingDual(rows[0], rows[1], bounds);
    DualSolution solution = dual.solve();
    double slack = solution.entropyBefore() - bounds.entropy();
    double best = Double.NEGATIVE_INFINITY;
    double[] argument = {};
    for (int i = 0; i <= 200; i++) {
      double lambda = Math.expm1(i * 0.02);
      for (int j = 0; j <= 20; j++) {
        double eta = Math.expm1(j * 0.2);
        double printed = dual.value(lambda, eta) - 2 * eta * slack;
        if (printed > best) {
          best = printed;
          argument = new double[] {lambda, eta};
        }
      }
    }
    double dropAsPrinted = bounds.entropy() + dual.gradient(argument[0], argument[1])[1];
    assertThat(dropAsPrinted).isGreaterThan(1.5 * bounds.entropy());
    assertThat(solution.entropyDrop()).isLessThanOrEqualTo(bounds.entropy() * (1 + 1e-8));
    assertThat(solution.kl()).isLessThanOrEqualTo(bounds.trustRegion() * (1 + 1e-8));
  }

  @Test
  void randomProblemsMeetTheConditionsOfAMaximum() {
    int[] active = new int[4];
    for (int seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      int n = 1 + random.nextInt(seed < 30 ? 5 : 400);
      Problem problem = Problem.random(seed, n, Math.pow(10, random.nextInt(10)));
      double trustRegion = Math.pow(10, -3 + 4 * random.nextDouble());
      double entropy = Math.pow(10, -3 + 4 * random.nextDouble());
      for (Bounds bounds :
          List.of(
              new Bounds(OFF, OFF),
              new Bounds(trustRegion, OFF),
              new Bounds(OFF, entropy),
              new Bounds(trustRegion, entropy))) {
        DualSolution solution = check(problem, bounds, "seed %d %s".formatted(seed, bounds));
        active[(solution.lambda() > 0 ? 1 : 0) + (solution.eta() > 0 ? 2 : 0)]++;
      }
    }
    // Neither, λ alone, η alone, both: each case must have come up, or the test proves little.
    assertThat(Arrays.stream(active).min().orElseThrow()).isGreaterThan(10);
  }

  /** All conditions are recomputed from the weights alone. */
  private static DualSolution check(Problem problem, Bounds bounds, String what) {
    AnnealingDual dual = new AnnealingDual(problem.logQ, problem.logP, bounds);
    DualSolution solution = dual.solve();
    double[] weights = ImportanceWeights.of(problem.logQ, problem.logP, solution);
    int n = weights.length;
    double mean = 0;
    double kl = 0;
    double before = 0;
    double after = 0;
    double squares = 0;
    double reverseKl = 0;
    for (int i = 0; i < n; i++) {
      double w = weights[i];
      double logW = w > 0 ? Math.log(w) : 0;
      mean += w / n;
      kl += w * logW / n;
      before -= problem.logQ[i] / n;
      after -= w * (problem.logQ[i] + logW) / n;
      squares += w * w / n;
      reverseKl += w * (problem.logQ[i] + logW - problem.logP[i]) / n;
    }
    assertThat(solution.converged()).as(what + "\n" + solution.explain()).isTrue();
    assertThat(mean).as(what).isCloseTo(1, within(1e-9));
    assertThat(solution.kl()).as(what).isCloseTo(kl, within(1e-8));
    assertThat(solution.entropyBefore()).as(what).isCloseTo(before, within(1e-8));
    assertThat(solution.entropyAfter()).as(what).isCloseTo(after, within(1e-8));
    assertThat(solution.essStep()).as(what).isCloseTo(1 / squares, within(1e-8));
    assertThat(kl).as(what).isLessThanOrEqualTo(bounds.trustRegion() + 1e-7);
    assertThat(before - after).as(what).isLessThanOrEqualTo(bounds.entropy() + 1e-7);
    if (solution.lambda() > 0) {
      assertThat(kl).as(what).isCloseTo(bounds.trustRegion(), within(1e-7));
    }
    if (solution.eta() > 0) {
      assertThat(before - after).as(what).isCloseTo(bounds.entropy(), within(1e-7));
    }
    // Strong duality: g is KL(q_next ‖ p̃), up to the multipliers times what is left of the bounds.
    double left =
        1e-8
            * (weigh(solution.lambda(), bounds.trustRegion())
                + weigh(solution.eta(), bounds.entropy()));
    assertThat(solution.value())
        .as(what)
        .isCloseTo(reverseKl, within(left + 1e-9 * (1 + Math.abs(reverseKl))));
    // Concave: nothing around is higher. The slack is rounding of T log Z.
    double rounding = 1e-11 * (1 + Math.abs(solution.value()));
    for (double factor : new double[] {0.5, 0.99, 1.01, 2}) {
      assertThat(dual.value(solution.lambda() * factor, solution.eta()))
          .as(what)
          .isLessThanOrEqualTo(solution.value() + rounding);
      assertThat(dual.value(solution.lambda(), solution.eta() * factor))
          .as(what)
          .isLessThanOrEqualTo(solution.value() + rounding);
    }
    assertThat(solution.evaluations()).as(what).isLessThan(600);
    return solution;
  }

  @ParameterizedTest
  @CsvSource({"1e8", "1e12", "1e16", "1e20"})
  void startsFromExtremeEnergies(double greatest) {
    Random random = new Random(17);
    double[] logQ = new double[5000];
    double[] logP = new double[5000];
    for (int n = 0; n < logQ.length; n++) {
      logQ[n] = 130 + 5 * random.nextGaussian();
      // Energies spread evenly over the orders of magnitude, as overlapping atoms give.
      logP[n] = -Math.pow(greatest, random.nextDouble());
    }
    DualSolution solution = AnnealingDual.solve(logQ, logP, new Bounds(0.3, 0.8));
    assertThat(solution.converged()).as(solution.explain()).isTrue();
    assertThat(solution.kl()).isCloseTo(0.3, within(1e-8));
    assertThat(solution.lambda()).isGreaterThan(greatest * 1e-6).isLessThan(greatest);
    assertThat(solution.eta()).isZero();
    assertThat(Arrays.stream(ImportanceWeights.of(logQ, logP, solution)).average().orElseThrow())
        .isCloseTo(1, within(1e-9));
  }

  @Test
  void constantsInEitherDensityChangeNothing() {
    Problem problem = Problem.random(23, 500, 10);
    Bounds bounds = new Bounds(0.1, 0.05);
    DualSolution plain = AnnealingDual.solve(problem.logQ, problem.logP, bounds);
    DualSolution shifted =
        AnnealingDual.solve(plus(problem.logQ, -512), plus(problem.logP, 1 << 16), bounds);
    assertThat(plain.eta()).isPositive();
    assertThat(plain.lambda()).isPositive();
    assertThat(shifted.lambda()).isCloseTo(plain.lambda(), within(1e-7 * plain.lambda()));
    assertThat(shifted.eta()).isCloseTo(plain.eta(), within(1e-7 * plain.eta()));
    assertThat(shifted.entropyDrop()).isCloseTo(plain.entropyDrop(), within(1e-9));
    assertThat(shifted.targetLogZ() - plain.targetLogZ()).isCloseTo(65536 + 512, within(1e-7));
  }

  @Test
  void anotherMeasureChangesThePathOnlyWithAnEntropyConstraint() {
    Problem problem = Problem.random(29, 500, 10);
    double[] logQ = problem.logQ.clone();
    double[] logP = problem.logP.clone();
    Random random = new Random(31);
    for (int n = 0; n < logQ.length; n++) {
      double logVolume = random.nextGaussian() + 0.3 * problem.logP[n];
      logQ[n] -= logVolume;
      logP[n] -= logVolume;
    }
    Bounds trust = new Bounds(0.1, OFF);
    double lambda = AnnealingDual.solve(problem.logQ, problem.logP, trust).lambda();
    assertThat(AnnealingDual.solve(logQ, logP, trust).lambda())
        .isCloseTo(lambda, within(1e-7 * lambda));
    Bounds both = new Bounds(0.1, 0.05);
    double eta = AnnealingDual.solve(problem.logQ, problem.logP, both).eta();
    assertThat(Math.abs(AnnealingDual.solve(logQ, logP, both).eta() - eta)).isGreaterThan(0.1);
  }

  @ParameterizedTest
  @MethodSource("variants")
  void oneRowIsTheTarget(Bounds bounds) {
    DualSolution solution =
        AnnealingDual.solve(new double[] {-137.85}, new double[] {-1e8}, bounds);
    assertThat(solution.reachesTarget()).isTrue();
    assertThat(solution.kl()).isZero();
    assertThat(solution.essStep()).isEqualTo(1);
    assertThat(solution.targetLogZ()).isCloseTo(-1e8 + 137.85, within(1e-6));
    assertThat(solution.entropyBefore()).isEqualTo(137.85);
  }

  @ParameterizedTest
  @MethodSource("variants")
  void equalRowsAreTheTarget(Bounds bounds) {
    double[] logQ = new double[3000];
    double[] logP = new double[3000];
    Arrays.fill(logQ, 0.1);
    Arrays.fill(logP, -7.3);
    DualSolution solution = AnnealingDual.solve(logQ, logP, bounds);
    assertThat(solution.reachesTarget()).isTrue();
    assertThat(solution.essStep()).isCloseTo(1, within(1e-12));
    assertThat(Arrays.stream(ImportanceWeights.of(logQ, logP, solution)).boxed())
        .allSatisfy(w -> assertThat(w).isCloseTo(1, within(1e-12)));
  }

  @Test
  void rowsThatAreNotNumbersAreLeftOutAndCounted() {
    Problem problem = Problem.random(37, 300, 5);
    double[] logQ = Arrays.copyOf(problem.logQ, 304);
    double[] logP = Arrays.copyOf(problem.logP, 304);
    logQ[300] = Double.NaN;
    logP[301] = Double.NaN;
    logP[302] = Double.POSITIVE_INFINITY;
    logQ[303] = Double.NEGATIVE_INFINITY;
    Bounds bounds = new Bounds(0.1, 0.05);
    DualSolution with = AnnealingDual.solve(logQ, logP, bounds);
    DualSolution without = AnnealingDual.solve(problem.logQ, problem.logP, bounds);
    assertThat(with.droppedRows()).isEqualTo(4);
    assertThat(with.usedRows()).isEqualTo(300);
    assertThat(with.lambda()).isEqualTo(without.lambda());
    assertThat(with.eta()).isEqualTo(without.eta());
    double[] weights = ImportanceWeights.of(logQ, logP, with);
    assertThat(Arrays.copyOfRange(weights, 300, 304)).containsOnly(0);
    assertThat(Arrays.stream(weights).sum() / 300).isCloseTo(1, within(1e-12));
  }

  @Test
  void zeroTargetDensityCountsWithWeightZero() {
    double[] logQ = new double[100];
    double[] logP = new double[100];
    Arrays.fill(logP, 0, 10, Double.NEGATIVE_INFINITY);
    DualSolution solution = AnnealingDual.solve(logQ, logP, new Bounds(0.3, OFF));
    assertThat(solution.zeroDensityRows()).isEqualTo(10);
    assertThat(solution.targetLogZ()).isCloseTo(Math.log(0.9), within(1e-14));
    assertThat(solution.kl()).isCloseTo(-Math.log(0.9), within(1e-14));
    assertThat(solution.reachesTarget()).isTrue();
  }

  @Test
  void saysWhenNoWeightingKeepsTheBounds() {
    double[] logQ = new double[100];
    double[] logP = new double[100];
    Arrays.fill(logP, 0, 90, Double.NEGATIVE_INFINITY);
    DualSolution solution = AnnealingDual.solve(logQ, logP, new Bounds(0.3, 0.8));
    assertThat(solution.converged()).isFalse();
    assertThat(solution.reachesTarget()).isFalse();
    assertThat(solution.kl()).isCloseTo(Math.log(10), within(1e-12));
    assertThat(solution.explain()).contains("NOT SOLVED");
  }

  @Test
  void refusesWhatItCannotUse() {
    assertThatThrownBy(() -> AnnealingDual.solve(new double[2], new double[3], new Bounds(1, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("log q (2 rows) and log p̃ (3 rows)");
    double[] nothing = {Double.NaN, Double.NaN};
    assertThatThrownBy(() -> AnnealingDual.solve(new double[2], nothing, new Bounds(1, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("None of 2 rows");
    assertThatThrownBy(() -> new Bounds(0, 1))
        .hasMessageContaining("trust-region bound (0.0 nats)");
    assertThatThrownBy(() -> new Bounds(1, Double.NaN)).hasMessageContaining("entropy bound (NaN");
    AnnealingDual dual = new AnnealingDual(new double[2], new double[2], new Bounds(1, 1));
    assertThatThrownBy(() -> dual.value(-1, 0)).hasMessageContaining("λ (-1.0)");
    assertThatThrownBy(() -> dual.gradient(0, OFF)).hasMessageContaining("η (Infinity)");
  }

  @Test
  void explainsItsNumbers() {
    double[][] rows = GAUSSIAN.rows(2000);
    DualSolution solution = AnnealingDual.solve(rows[0], rows[1], new Bounds(0.3, 0.2));
    assertThat(solution.explain())
        .contains("2000 count")
        .contains("= 0.300000, bound 0.300000, reached at λ = ")
        .contains("= 0.200000, bound 0.200000, reached at η = ")
        .contains("the conditions of a maximum hold");
    assertThat(AnnealingDual.solve(rows[0], rows[1], new Bounds(OFF, 50)).explain())
        .contains("unbounded, so λ = 0")
        .contains("below its bound 50.0000, so η = 0");
  }

  private static double weigh(double multiplier, double bound) {
    return multiplier == 0 ? 0 : multiplier * bound;
  }

  private static double[] plus(double[] values, double constant) {
    return Arrays.stream(values).map(value -> value + constant).toArray();
  }

  /** Gaussian log q, log-weights of a given spread with a heavy lower tail. */
  private static final class Problem {
    private final double[] logQ;
    private final double[] logP;

    private Problem(double[] logQ, double[] logP) {
      this.logQ = logQ;
      this.logP = logP;
    }

    static Problem random(long seed, int n, double spread) {
      Random random = new Random(seed);
      double power = 0.5 + 2 * random.nextDouble();
      double[] logQ = new double[n];
      double[] logP = new double[n];
      for (int i = 0; i < n; i++) {
        logQ[i] = 100 + 3 * random.nextGaussian();
        logP[i] = power * logQ[i] - spread * Math.pow(random.nextDouble(), 4);
      }
      return new Problem(logQ, logP);
    }
  }
}
