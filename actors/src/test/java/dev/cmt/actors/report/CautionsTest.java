package dev.cmt.actors.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.energy.toy.GaussianMixture;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CautionsTest {
  private static final long SEED = 4;

  @Test
  void goodWeightsNeedNone() {
    assertThat(cautions(20_000, 0.3, 0, 0)).isEmpty();
  }

  /** log-normal weights of σ = 4 have a tail that 20,000 samples do not see the end of. */
  @Test
  void aHeavyTailAndFewEffectiveSamplesAreSaid() {
    List<String> cautions = cautions(20_000, 4, 0, 0);
    assertThat(cautions).hasSize(2);
    assertThat(cautions.get(0)).contains("heavy tail (k̂ = ", "wrong by more than their errors");
    assertThat(cautions.get(1)).contains("effective samples of " + Format.count(20_000));
  }

  @Test
  void rowsWithoutADensityAreCounted() {
    assertThat(cautions(20_000, 0.3, 1000, 0))
        .singleElement()
        .asString()
        // 1000 of 21,000.
        .contains(
            Format.count(1000) + " samples had no finite density",
            "log Z is lower by 0.049",
            "4.8 %");
  }

  @Test
  void referenceSamplesThatTheFlowCannotReachAreCounted() {
    assertThat(cautions(20_000, 0.3, 0, 7))
        .singleElement()
        .asString()
        .startsWith("7 reference samples lie outside");
  }

  @Test
  void aBasinOfFewSamplesIsNamed() {
    EvaluationData data = Fixtures.torsions();
    data.add(new Random(SEED).doubles(15 * 50).toArray(), new double[50], new double[50], 50);
    assertThat(Cautions.of(evaluate(data, Optional.empty())))
        .anySatisfy(caution -> assertThat(caution).startsWith("The basin φ > 0 of ALA2 rests on"));
  }

  /** Random chains against those of them with φ > 0 alone. */
  @Test
  void aBasinThatTheReferenceHasAndTheFlowHasNotIsLost() {
    EvaluationData model = Fixtures.torsions();
    EvaluationData reference = Fixtures.torsions();
    Random random = new Random(SEED);
    for (int row = 0; row < 4000; row++) {
      double[] chain = random.doubles(15).toArray();
      double[] phiAndPsi = new double[2];
      model.observables().measure(chain, 1, phiAndPsi);
      boolean left = phiAndPsi[0] > 0;
      (left && row % 20 != 0 ? reference : model).add(chain, new double[1], new double[1], 1);
    }
    assertThat(Cautions.of(evaluate(model, Optional.of(new ReferenceSamples("frames", reference)))))
        .anySatisfy(
            caution -> assertThat(caution).contains("φ > 0 of ALA2 holds", "most of it was lost"));
  }

  @Test
  void modesThatWereNotFoundAreCounted() {
    EvaluationData data = new EvaluationData(Observables.of(GaussianMixture.gmm40()), 2);
    data.add(new double[2], new double[1], new double[1], 1);
    assertThat(Cautions.of(evaluate(data, Optional.empty())))
        .anySatisfy(caution -> assertThat(caution).endsWith("of 40 modes were found."));
  }

  /**
   * @param spread standard deviation of the log-weights
   * @param failed rows without a density
   * @param unreachable reference rows without one; 100 have one
   */
  private static List<String> cautions(int rows, double spread, int failed, int unreachable) {
    EvaluationData model = data(rows, spread, failed);
    Optional<ReferenceSamples> reference =
        unreachable == 0
            ? Optional.empty()
            : Optional.of(new ReferenceSamples("frames", data(100, spread, unreachable)));
    return Cautions.of(evaluate(model, reference));
  }

  private static Evaluation evaluate(EvaluationData model, Optional<ReferenceSamples> reference) {
    return EvaluationMetrics.evaluate(
        EvaluationSettings.ofPaper("test", 300, 0, SEED), model, reference, (parts, total) -> {});
  }

  private static EvaluationData data(int rows, double spread, int failed) {
    Random random = new Random(SEED);
    EvaluationData data = new EvaluationData(new Observables.None(), 1);
    for (int row = 0; row < rows; row++) {
      data.add(new double[1], new double[1], new double[] {spread * random.nextGaussian()}, 1);
    }
    for (int row = 0; row < failed; row++) {
      data.add(new double[1], new double[1], new double[] {Double.NaN}, 1);
    }
    return data;
  }
}
