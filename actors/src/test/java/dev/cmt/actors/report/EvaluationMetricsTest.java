package dev.cmt.actors.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.energy.molecule.BackboneTorsions;
import dev.cmt.energy.molecule.RotatableBond;
import dev.cmt.energy.system.Bond;
import dev.cmt.energy.toy.GaussianMixture;
import dev.cmt.energy.toy.ManyWell;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EvaluationMetricsTest {
  private static final long SEED = 20261120;
  private static final double TIGHT = 1e-12;

  @Test
  void weightsGiveEssLogZAndElbo() {
    // Weights 1, 1, 1, 3: ESS 6²/(4·12), Z 6/4, ELBO log(3)/4. A row without energy does not count.
    EvaluationData data = table();
    double[] logP = {-1, -2, -3, Math.log(3) - 4, Double.NaN};
    data.add(new double[5], new double[] {-1, -2, -3, -4, -5}, logP, 5);
    Evaluation evaluation = evaluate(data);
    assertThat(evaluation.samples()).isEqualTo(4);
    assertThat(evaluation.failedRows()).isEqualTo(1);
    assertThat(evaluation.ess()).isCloseTo(0.75, within(TIGHT));
    assertThat(evaluation.essUnclipped()).isCloseTo(0.75, within(TIGHT));
    assertThat(evaluation.logZ()).isCloseTo(Math.log(1.5), within(TIGHT));
    assertThat(evaluation.elbo()).isCloseTo(Math.log(3) / 4, within(TIGHT));
    assertThat(evaluation.reference()).isNull();
  }

  @Test
  void clippingTakesTheHighestWeightsOfLargeSamples() {
    int rows = 20_000;
    double[] logP = new double[rows];
    logP[7] = Math.log(500);
    logP[8] = Math.log(2);
    EvaluationData data = table();
    data.add(new double[rows], new double[rows], logP, rows);
    Evaluation evaluation = evaluate(data);
    // k = ⌊1e-4 · rows⌋ = 2: the greatest takes the value of the second greatest, 2.
    double sum = rows + 2;
    assertThat(evaluation.ess()).isCloseTo(sum * sum / (rows * (rows + 6.0)), within(TIGHT));
    double raw = rows - 2 + 502;
    assertThat(evaluation.essUnclipped())
        .isCloseTo(raw * raw / (rows * (rows - 2 + 250_004.0)), within(TIGHT));
    assertThat(evaluation.logZ())
        .as("never clipped")
        .isCloseTo(Math.log(raw / rows), within(TIGHT));
  }

  @Test
  void theErrorOfLogZIsThatOfTheMeanWeight() {
    Random random = new Random(SEED);
    int rows = 4000;
    double[] logP = random.doubles(rows).map(u -> Math.log(0.5 + u)).toArray();
    EvaluationData data = table();
    data.add(new double[rows], new double[rows], logP, rows);
    // Uniform weights on (0.5, 1.5): mean 1, variance 1/12. 200 resamples know an error to 5 %;
    // four sigma.
    assertThat(evaluate(data).logZStderr())
        .as("seed %d", SEED)
        .isCloseTo(Math.sqrt(1.0 / 12 / rows), within(0.2 * Math.sqrt(1.0 / 12 / rows)));
  }

  /**
   * Delta method on the moments of uniform weights on (0.5, 1.5); 200 resamples know errors to 5 %.
   */
  @Test
  void errorsOfEssAndElboAreThoseOfTheirMoments() {
    Random random = new Random(SEED);
    int rows = 4000;
    double[] weights = random.doubles(rows).map(u -> 0.5 + u).toArray();
    EvaluationData data = table();
    data.add(
        new double[rows], new double[rows], Arrays.stream(weights).map(Math::log).toArray(), rows);
    double[] m = new double[5];
    for (int k = 1; k < 5; k++) {
      m[k] = (Math.pow(1.5, k + 1) - Math.pow(0.5, k + 1)) / (k + 1);
    }
    double first = 2 * m[1] / m[2];
    double second = -m[1] * m[1] / (m[2] * m[2]);
    double variance =
        first * first * (m[2] - m[1] * m[1])
            + 2 * first * second * (m[3] - m[1] * m[2])
            + second * second * (m[4] - m[2] * m[2]);
    Evaluation evaluation = evaluate(data);
    double ess = Math.sqrt(variance / rows);
    assertThat(evaluation.essStderr()).as("seed %d", SEED).isCloseTo(ess, within(0.25 * ess));
    assertThat(evaluation.essUnclippedStderr()).isCloseTo(ess, within(0.25 * ess));
    double mean = Arrays.stream(weights).map(Math::log).average().orElseThrow();
    double elbo =
        Math.sqrt(
            Arrays.stream(weights).map(w -> Math.pow(Math.log(w) - mean, 2)).sum() / rows / rows);
    assertThat(evaluation.elboStderr()).isCloseTo(elbo, within(0.25 * elbo));
    assertThat(evaluation.targetEvals()).isEqualTo(12_345);
    assertThat(evaluation.clippedShare()).isEqualTo(1e-4);
  }

  @Test
  void theClippedShareIsAChoice() {
    EvaluationData data = table();
    int rows = 100;
    double[] logP = new double[rows];
    logP[1] = Math.log(9);
    logP[2] = Math.log(3);
    data.add(new double[rows], new double[rows], logP, rows);
    Evaluation evaluation =
        EvaluationMetrics.evaluate(
            new EvaluationSettings("test", 300, 0, 0.02, 10, SEED),
            data,
            Optional.empty(),
            (parts, total) -> {});
    assertThat(evaluation.ess()).isCloseTo(104.0 * 104 / (100 * (98 + 2 * 9.0)), within(TIGHT));
    assertThatThrownBy(() -> new EvaluationSettings("test", 300, 0, 1.5, 10, SEED))
        .hasMessageContaining("1.5");
    assertThatThrownBy(() -> new EvaluationSettings("test", 300, 0, 0, 0, SEED))
        .hasMessageContaining("at least 1");
  }

  @Test
  void basinsHaveFreeEnergies() {
    EvaluationData model = Fixtures.torsions();
    add(model, -1, 2, Math.log(4)); // β
    add(model, -1, 0, Math.log(2)); // α
    add(model, 1, 2, Math.log(2)); // φ > 0
    List<Evaluation.FreeEnergy> basins = evaluate(model).freeEnergies();
    assertThat(basins).extracting(Evaluation.FreeEnergy::basin).containsExactly("α", "β", "φ > 0");
    assertThat(basins)
        .extracting(basin -> basin.population().value())
        .containsExactly(0.25, 0.5, 0.25);
    assertThat(basins.get(0).rawFreeEnergyKt().value()).isCloseTo(0, within(TIGHT));
    assertThat(basins.get(0).freeEnergyKt().value()).isCloseTo(Math.log(2), within(TIGHT));
    assertThat(basins.get(1).freeEnergyKt().value()).isZero();
    assertThat(basins.get(2).freeEnergyKt().value()).isCloseTo(Math.log(3), within(TIGHT));
    assertThat(basins.get(0).referencePopulation()).isNull();
  }

  /**
   * Of populations p the error of ln(p/(1 − p)) is 1/√(n p (1 − p)), that of a ratio of counts
   * √(1/a + 1/b).
   */
  @Test
  void freeEnergiesHaveTheErrorsOfTheirCounts() {
    EvaluationData model = Fixtures.torsions();
    for (int row = 0; row < 2000; row++) {
      double phi = row < 100 ? 1 : -1;
      add(model, phi, row < 600 ? 0 : 2, 0);
    }

    List<Evaluation.FreeEnergy> basins = evaluate(model).freeEnergies();

    // 200 resamples know an error to 5 %.
    double left = 1 / Math.sqrt(2000 * 0.05 * 0.95);
    assertThat(basins.get(2).freeEnergyKt().value()).isCloseTo(Math.log(19), within(TIGHT));
    assertThat(basins.get(2).freeEnergyKt().standardError())
        .as("seed %d", SEED)
        .isCloseTo(left, within(0.2 * left));
    double alpha = Math.sqrt(1.0 / 500 + 1.0 / 1400);
    assertThat(basins.get(0).freeEnergyKt().value()).isCloseTo(Math.log(2.8), within(TIGHT));
    assertThat(basins.get(0).freeEnergyKt().standardError())
        .as("seed %d", SEED)
        .isCloseTo(alpha, within(0.2 * alpha));
  }

  @Test
  void severalPairsAreAveraged() {
    BackboneTorsions chain = new BackboneTorsions("ALA2", List.of(0, 1, 2, 3), List.of(1, 2, 3, 4));
    BackboneTorsions turned =
        new BackboneTorsions("ALA3", List.of(1, 2, 3, 4), List.of(0, 1, 2, 3));
    Observables both = new Observables.Backbone(List.of(chain, turned), 5, List.of(), List.of());
    EvaluationData model = new EvaluationData(both, 15);
    EvaluationData reference = new EvaluationData(both, 15);
    for (int row = 0; row < 8; row++) {
      // φ of the first residue and ψ of the second agree, the other two do in half of the rows.
      add(model, -1, 2, 0);
      add(reference, -1, row % 2 == 0 ? 2 : -2, 0);
    }
    add(model, 1, 1, 0);
    add(reference, -1, 1, 0);
    Evaluation evaluation =
        evaluate("test", model, Optional.of(new ReferenceSamples("frames", reference)));
    List<Evaluation.TorsionDistance> each = evaluation.ramachandran();
    assertThat(each).hasSize(2);
    assertThat(evaluation.ramachandranAverage()).hasSize(1);
    Evaluation.TorsionDistance average = evaluation.ramachandranAverage().get(0);
    assertThat(average.residue()).isEqualTo("average of 2");
    assertThat(average.tvRaw())
        .isCloseTo((each.get(0).tvRaw() + each.get(1).tvRaw()) / 2, within(TIGHT));
    assertThat(average.klReweighted())
        .isCloseTo((each.get(0).klReweighted() + each.get(1).klReweighted()) / 2, within(TIGHT));
    assertThat(average.tvRawStderr()).isPositive();
  }

  @Test
  void torsionsAreTransportedToTheReference() {
    // Half of the flow's samples at the reference's place, with all of the weight; half 2 rad away.
    EvaluationData model = Fixtures.torsions();
    EvaluationData reference = Fixtures.torsions();
    for (int row = 0; row < 40; row++) {
      add(model, row % 2 == 0 ? -1 : 1, 2, row % 2 == 0 ? 0 : -2000);
      add(reference, -1, 2, 0);
    }
    Evaluation.Transport transport =
        evaluate("test", model, Optional.of(new ReferenceSamples("frames", reference))).transport();
    assertThat(transport.angles()).isEqualTo(2);
    assertThat(transport.points()).as("half of the reference").isEqualTo(20);
    assertThat(transport.raw().value()).isCloseTo(Math.sqrt(0.5 * 4), within(1e-7));
    assertThat(transport.reweighted().value()).isCloseTo(0, within(1e-7));
    assertThat(transport.floor().value()).isCloseTo(0, within(1e-7));
    assertThat(evaluate(model).transport()).isNull();

    add(model, -1, 2, 1000);
    transport =
        evaluate("test", model, Optional.of(new ReferenceSamples("frames", reference))).transport();
    assertThat(transport.reweighted()).as("one sample has all the weight").isNotNull();
    for (int row = 0; row < 60; row++) {
      add(reference, -1, 2, 0);
    }
    transport =
        evaluate("test", model, Optional.of(new ReferenceSamples("frames", reference))).transport();
    assertThat(transport.reweighted()).as("less than a twentieth of 41 points").isNull();
  }

  @Test
  void resamplingIsAsFairAsWholeNumbersAllow() {
    int[] rows = {0, 1, 2, 3};
    int[] chosen = TransportMetrics.resampled(rows, new double[] {0.5, 0, 0.25, 0.25}, 400, SEED);
    assertThat(Arrays.stream(chosen).filter(row -> row == 0).count()).isBetween(199L, 201L);
    assertThat(chosen).doesNotContain(1);
    assertThat(Arrays.stream(chosen).filter(row -> row == 3).count()).isBetween(99L, 101L);
  }

  @Test
  void bondsOfAMoleculeHaveMarginals() {
    EvaluationData data = oneBond();
    for (int row = 0; row < 1000; row++) {
      data.add(new double[] {1, 2, 3, 1, 2, 3.1 + 1e-5 * row}, new double[1], new double[1], 1);
    }
    Evaluation.Line line = evaluate(data).histograms().lines().get(2);
    assertThat(line.name()).isEqualTo("bond C–N");
    assertThat(line.low()).isCloseTo(0.1, within(1e-4));
    assertThat(line.high()).isCloseTo(0.11, within(1e-4));
    // Uniform between both ends.
    assertThat(line.raw()).allSatisfy(density -> assertThat(density).isCloseTo(100, within(10.0)));
  }

  /**
   * Frames of 16 ladders in turn, which change half-way and weigh three times as much from there.
   */
  @Test
  void marginalsAreOfTheWholeTrajectoryAndOfAllLadders() {
    EvaluationData data = oneBond();
    int rows = 70_000;
    for (int row = 0; row < rows; row++) {
      boolean late = row >= rows / 2;
      data.add(
          new double[] {0, 0, 0, 0, 0, (late ? 0.12 : 0.10) + 1e-4 * (row % 16)},
          new double[1],
          new double[] {late ? Math.log(3) : 0},
          1);
    }
    assertThat(data.keptRows()).isBetween(15_000, 20_000);
    int[] ofLadder = new int[16];
    Arrays.stream(data.keptIndex()).forEach(row -> ofLadder[row % 16]++);
    // Some 1100 each, with a standard deviation of 28.
    assertThat(Arrays.stream(ofLadder).min().getAsInt()).isGreaterThan(900);

    Evaluation.Line line = evaluate(data).histograms().lines().get(2);

    // Halves of 17,500 rows are known to 0.004.
    assertThat(upperHalf(line, line.raw())).isCloseTo(0.5, within(0.016));
    assertThat(upperHalf(line, line.reweighted())).isCloseTo(0.75, within(0.016));
  }

  private static EvaluationData oneBond() {
    return new EvaluationData(
        new Observables.Backbone(
            List.of(), 2, List.of(new BondKind("C–N", List.of(new Bond(0, 1)))), List.of()),
        6);
  }

  private static double upperHalf(Evaluation.Line line, List<Double> density) {
    double width = (line.high() - line.low()) / density.size();
    return width * sum(density.subList(density.size() / 2, density.size()));
  }

  @Test
  void referenceSamplesGiveEuboAndNll() {
    EvaluationData reference = table();
    reference.add(new double[3], new double[] {-3, -5, Double.NaN}, new double[] {-1, -4, -1}, 3);
    EvaluationData model = table();
    model.add(new double[2], new double[2], new double[2], 2);
    Evaluation.Reference judged =
        evaluate("test", model, Optional.of(new ReferenceSamples("here", reference))).reference();
    assertThat(judged.samples()).isEqualTo(2);
    assertThat(judged.unreachable()).isEqualTo(1);
    assertThat(judged.nll().value()).isCloseTo(4, within(TIGHT));
    assertThat(judged.eubo().value()).isCloseTo(1.5, within(TIGHT));
    assertThat(judged.eubo().standardError()).isCloseTo(0.5, within(TIGHT));
    assertThat(judged.source()).isEqualTo("here");
  }

  @Test
  void basinsAndTorsionDistancesFollowFromTheWeights() {
    // Three samples at φ < 0 of weight 1 and one at φ > 0 of weight 3: raw 1/4, reweighted 1/2.
    EvaluationData model = Fixtures.torsions();
    add(model, -1, 2, 0);
    add(model, -1, 2, 0);
    add(model, -1, 2, 0);
    add(model, 1, 2, Math.log(3));
    EvaluationData reference = Fixtures.torsions();
    add(reference, -1, 2, 0);
    add(reference, 1, 2, 0);
    Evaluation evaluation =
        evaluate("test", model, Optional.of(new ReferenceSamples("two frames", reference)));

    Evaluation.Basin basin = evaluation.basins().get(0);
    assertThat(basin.residue()).isEqualTo("ALA2");
    assertThat(basin.samples()).isEqualTo(1);
    assertThat(basin.raw().value()).isCloseTo(0.25, within(TIGHT));
    assertThat(basin.raw().standardError()).isCloseTo(Math.sqrt(0.25 * 0.75 / 4), within(TIGHT));
    assertThat(basin.reweighted().value()).isCloseTo(0.5, within(TIGHT));
    assertThat(basin.freeEnergyKt().value()).isCloseTo(0, within(TIGHT));
    assertThat(basin.ess()).isCloseTo(1, within(TIGHT));
    assertThat(basin.reference().value()).isEqualTo(0.5);

    Evaluation.TorsionDistance distance = evaluation.ramachandran().get(0);
    assertThat(distance.source()).isEqualTo("two frames");
    assertThat(distance.tvRaw()).isCloseTo(0.25, within(TIGHT));
    assertThat(distance.tvReweighted()).isCloseTo(0, within(TIGHT));
    // ½ ln(½/¾) + ½ ln(½/¼); the floor of 1e-10 per rad² moves the last digits.
    assertThat(distance.klRaw()).isCloseTo(0.5 * Math.log(4.0 / 3), within(1e-9));
    assertThat(distance.klReweighted()).isCloseTo(0, within(1e-9));

    Evaluation.Grid grid = evaluation.histograms().grids().get(0);
    int cell = bin(1) * 100 + bin(2);
    assertThat(grid.raw().get(cell)).isEqualTo(0.25);
    assertThat(grid.reweighted().get(cell)).isEqualTo(0.5);
    assertThat(grid.reference().get(cell)).isEqualTo(0.5);
  }

  @Test
  void alanineDipeptideIsComparedWithTheBundledSimulation() {
    List<List<Double>> counts =
        BundledReference.of("alanine-dipeptide", 300).ramachandran("ALA2").orElseThrow().counts();
    Random random = new Random(SEED);
    EvaluationData model = Fixtures.torsions();
    double[] cumulative = new double[10_000];
    double sum = 0;
    for (int cell = 0; cell < cumulative.length; cell++) {
      sum += counts.get(cell / 100).get(cell % 100);
      cumulative[cell] = sum;
    }
    for (int row = 0; row < 20_000; row++) {
      int found = Arrays.binarySearch(cumulative, random.nextDouble() * sum);
      int cell = found < 0 ? -found - 1 : found + 1;
      add(model, angle(cell / 100), angle(cell % 100), 0);
    }
    Evaluation evaluation = evaluate("alanine-dipeptide", model, Optional.empty());
    Evaluation.TorsionDistance distance = evaluation.ramachandran().get(0);
    assertThat(distance.referenceSamples()).isEqualTo(1_064_760);
    // A perfect sampler: its distance is the floor, up to 3 % (the scatter of a sum over 5000 cells
    // is far less).
    assertThat(distance.tvRaw())
        .as("seed %d", SEED)
        .isCloseTo(distance.tvFloorRaw(), within(0.03 * distance.tvFloorRaw()));
    Evaluation.Basin basin = evaluation.basins().get(0);
    assertThat(basin.reference().value()).isEqualTo(0.00325);
    // The bundled population and the bundled counts agree; 20,000 rows leave 12 %, four sigma 50 %.
    assertThat(basin.reweighted().value()).as("seed %d", SEED).isBetween(0.0016, 0.0049);
    assertThat(basin.reweighted().standardError())
        .isCloseTo(basin.raw().standardError(), within(0.25 * basin.raw().standardError()));
  }

  @Test
  void modesOfTheMixtureAreWeighed() {
    GaussianMixture target = GaussianMixture.gmm40();
    EvaluationData probe = new EvaluationData(Observables.of(target), 2);
    probe.add(new double[2], new double[1], new double[1], 1);
    double[][] centres =
        evaluate(probe).modes().centres().stream()
            .map(centre -> new double[] {centre.get(0), centre.get(1)})
            .toArray(double[][]::new);
    for (int mode = 0; mode < 40; mode++) {
      assertThat(target.modeOf(centres[mode], 0)).isEqualTo(mode);
    }

    EvaluationData data = new EvaluationData(Observables.of(target), 2);
    for (int mode = 0; mode < 40; mode++) {
      data.add(centres[mode].clone(), new double[1], new double[] {mode == 3 ? Math.log(2) : 0}, 1);
    }
    Evaluation.Modes modes = evaluate(data).modes();
    assertThat(modes.raw()).containsOnly(1.0 / 40);
    assertThat(modes.reweighted().get(3)).isCloseTo(2.0 / 41, within(TIGHT));
    assertThat(modes.reweighted().get(4)).isCloseTo(1.0 / 41, within(TIGHT));
    assertThat(modes.found()).isEqualTo(39);
    assertThat(modes.total()).isEqualTo(40);
  }

  @Test
  void theExactPlaneHoldsAllMass() {
    EvaluationData data = new EvaluationData(Observables.of(GaussianMixture.gmm40()), 2);
    data.add(new double[2], new double[1], new double[1], 1);
    List<Double> exact = evaluate(data).histograms().grids().get(0).reference();
    // Midpoints of cells of 0.63 standard deviations: the error of the sum is below 1e-6, digits
    // are six.
    assertThat(sum(exact)).isCloseTo(1, within(1e-5));
  }

  @Test
  void wellsAreComparedWithQuadrature() {
    ManyWell target = ManyWell.manyWell32();
    EvaluationData data = new EvaluationData(Observables.of(target), 32);
    double[] right = new double[32];
    double[] left = new double[32];
    Arrays.fill(right, 1.7);
    Arrays.fill(left, -1.7);
    data.add(right, new double[1], new double[] {Math.log(3)}, 1);
    data.add(left, new double[1], new double[1], 1);
    Evaluation evaluation = evaluate(data);
    Evaluation.Wells wells = evaluation.wells();
    // Simpson's rule, an independent quadrature of exp(x/2 + 6x² − x⁴).
    double exact = simpson(0, 5) / (simpson(-5, 0) + simpson(0, 5));
    assertThat(wells.exactRight()).isCloseTo(exact, within(1e-8));
    assertThat(wells.raw()).hasSize(16).containsOnly(0.5);
    assertThat(wells.reweighted())
        .hasSize(16)
        .allSatisfy(
            share -> {
              assertThat(share.value()).isCloseTo(0.75, within(TIGHT));
              // √(Σ w² (f − P)²) = √((¾·¼)² + (¼·¾)²)
              assertThat(share.standardError()).isCloseTo(Math.sqrt(2) * 3 / 16, within(TIGHT));
            });
    List<Evaluation.Line> lines = evaluation.histograms().lines();
    assertThat(lines)
        .extracting(Evaluation.Line::name)
        .containsExactly("log-weight", "energy", "x", "y");
    for (Evaluation.Line line : lines.subList(2, 4)) {
      double width = (line.high() - line.low()) / line.reference().size();
      assertThat(width * sum(line.reference())).isCloseTo(1, within(1e-4));
      assertThat(width * sum(line.raw())).isCloseTo(1, within(1e-4));
    }
  }

  @Test
  void theSameSeedGivesTheSameNumbers() {
    EvaluationData data = Fixtures.torsions();
    Random random = new Random(SEED);
    for (int row = 0; row < 500; row++) {
      add(data, random.nextGaussian(), 1, random.nextGaussian());
    }
    assertThat(evaluate(data).toJson()).isEqualTo(evaluate(data).toJson());
  }

  @Test
  void nothingToEvaluateIsAnError() {
    EvaluationData data = table();
    data.add(new double[1], new double[1], new double[] {Double.NaN}, 1);
    assertThatThrownBy(() -> evaluate(data)).hasMessageContaining("None of the 1 samples");
    assertThatThrownBy(() -> new ReferenceSamples("file.npy", data))
        .hasMessageContaining("file.npy");
    assertThatThrownBy(() -> data.add(new double[1], new double[2], new double[2], 2))
        .hasMessageContaining("2 rows");
  }

  private static double simpson(double from, double to) {
    int n = 2000;
    double h = (to - from) / n;
    double sum = 0;
    for (int i = 0; i <= n; i++) {
      double x = from + i * h;
      sum +=
          (i == 0 || i == n ? 1 : i % 2 == 0 ? 2 : 4)
              * Math.exp(0.5 * x + 6 * x * x - x * x * x * x);
    }
    return sum * h / 3;
  }

  private static double sum(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).sum();
  }

  private static int bin(double angle) {
    return (int) ((angle + Math.PI) / (2 * Math.PI) * 100);
  }

  private static double angle(int bin) {
    return -Math.PI + (bin + 0.5) * 2 * Math.PI / 100;
  }

  private static Evaluation evaluate(EvaluationData data) {
    return evaluate("test", data, Optional.empty());
  }

  private static Evaluation evaluate(
      String system, EvaluationData model, Optional<ReferenceSamples> reference) {
    return EvaluationMetrics.evaluate(
        EvaluationSettings.ofPaper(system, 300, 12_345, SEED),
        model,
        reference,
        (parts, total) -> {});
  }

  /** A chain of four that turns from cis to trans, all angles as likely. */
  @Test
  void rotatableBondsHaveMarginals() {
    EvaluationData data =
        new EvaluationData(
            new Observables.Backbone(
                List.of(),
                4,
                List.of(),
                List.of(new RotatableBond("LIG1 A–B–C–D", List.of(0, 1, 2, 3)))),
            12);
    int rows = 8000;
    for (int row = 0; row < rows; row++) {
      double angle = Math.PI * (row + 0.5) / rows;
      data.add(
          new double[] {1, 0, 0, 0, 0, 0, 0, 0, 1, Math.cos(angle), Math.sin(angle), 1},
          new double[1],
          new double[1],
          1);
    }
    Evaluation.Line line = evaluate(data).histograms().lines().get(2);
    assertThat(line.name()).isEqualTo("torsion LIG1 A–B–C–D");
    assertThat(line.low()).isEqualTo(-Math.PI);
    double[] halves = new double[2];
    for (int bin = 0; bin < line.raw().size(); bin++) {
      halves[2 * bin / line.raw().size()] += line.raw().get(bin) * 2 * Math.PI / line.raw().size();
    }
    // Positive is clockwise seen along the axis: this chain turns the other way or this one, not
    // both.
    assertThat(Math.max(halves[0], halves[1])).isCloseTo(1, within(1e-4));
    assertThat(line.raw().stream().filter(density -> density > 0))
        .allSatisfy(density -> assertThat(density).isCloseTo(1 / Math.PI, within(1e-3)));
  }

  private static EvaluationData table() {
    return new EvaluationData(new Observables.None(), 1);
  }

  /** A chain of five atoms with right angles and the given torsions; log q = 0. */
  private static void add(EvaluationData data, double phi, double psi, double logP) {
    // Axes 1 → 2 along z and 2 → 3 along x; seen along an axis, torsions turn clockwise (IUPAC).
    double[] x = {
      Math.cos(phi),
      -Math.sin(phi),
      0,
      0,
      0,
      0,
      0,
      0,
      1,
      1,
      0,
      1,
      1,
      Math.sin(psi),
      1 - Math.cos(psi)
    };
    data.add(x, new double[1], new double[] {logP}, 1);
  }
}
