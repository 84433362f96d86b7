package dev.cmt.actors.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.energy.molecule.BackboneTorsions;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.toy.ManyWell;
import dev.cmt.flow.diagnostics.SamplingFloor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BundledReferenceTest {
  @Test
  void alanineDipeptideHasCountsThatAgreeWithItsPopulation() {
    BundledReference known = BundledReference.of("alanine-dipeptide", 300);
    assertThat(known.logZ()).hasValue(-175.009);
    BundledReference.Ramachandran bundled = known.ramachandran("ALA2").orElseThrow();
    double total = 0;
    double positive = 0;
    for (int i = 0; i < 100; i++) {
      assertThat(bundled.counts().get(i)).hasSize(100);
      double row = bundled.counts().get(i).stream().mapToDouble(Double::doubleValue).sum();
      total += row;
      positive += i < 50 ? 0 : row;
    }
    assertThat(total).isEqualTo(1_064_760);
    assertThat(positive / total)
        .isCloseTo(bundled.phiPositive().value(), within(bundled.phiPositive().standardError()));
  }

  /** Frames agree with the population of the whole simulation, whose errors know correlations. */
  @ParameterizedTest
  @CsvSource({
    "alanine-tetrapeptide, -334.194, ALA2 ALA3 ALA4",
    "alanine-hexapeptide, -534.426, ALA2 ALA3 ALA4 ALA5 ALA6",
    "elil, -278.481, LEU2 ILE3"
  })
  void peptidesHaveCountsOfEveryResidueWithBothTorsions(
      String system, double logZ, String residues) {
    BundledReference known = BundledReference.of(system, 300);
    assertThat(known.logZ()).hasValue(logZ);
    assertThat(known.ramachandran())
        .extracting(BundledReference.Ramachandran::residue)
        .containsExactly(residues.split(" "))
        .isEqualTo(
            BackboneTorsions.of(BuiltInSystems.load(system)).stream()
                .map(BackboneTorsions::residue)
                .toList());
    for (BundledReference.Ramachandran bundled : known.ramachandran()) {
      assertThat(bundled.counts()).hasSize(100).allSatisfy(row -> assertThat(row).hasSize(100));
      double positive =
          bundled.counts().subList(50, 100).stream()
              .flatMap(List::stream)
              .mapToDouble(Double::doubleValue)
              .sum();
      assertThat(bundled.counts().stream().flatMap(List::stream).mapToDouble(n -> n).sum())
          .isEqualTo(bundled.phiPositive().rows())
          .isEqualTo(16_667);
      assertThat(positive / 16_667)
          .isCloseTo(bundled.phiPositive().value(), within(bundled.phiPositive().standardError()));
    }
  }

  @Test
  void anotherTemperatureOrTargetHasNone() {
    assertThat(BundledReference.of("alanine-dipeptide", 310).logZ()).isEmpty();
    assertThat(BundledReference.of("alanine-dipeptide", 310).ramachandran()).isEmpty();
    assertThat(BundledReference.of("something-else", 300).logZ()).isEmpty();
  }

  @Test
  void toysAgreeWithTheirTargets() {
    assertThat(BundledReference.of("gmm40", 300).logZ()).hasValue(0);
    assertThat(BundledReference.of("many-well-32", 1).logZ().getAsDouble())
        .isCloseTo(ManyWell.manyWell32().logPartition(), within(1e-4));
  }

  /**
   * The simulation's own two halves, 532,380 counts each, would differ by 0.03588 if their counts
   * were independent; that number was found by resampling when the simulation was analysed.
   */
  @Test
  void theNoiseFloorAgreesWithResampledHalves() {
    List<List<Double>> counts =
        BundledReference.of("alanine-dipeptide", 300).ramachandran("ALA2").orElseThrow().counts();
    double[] masses =
        counts.stream().flatMap(List::stream).mapToDouble(count -> count / 1_064_760).toArray();
    assertThat(SamplingFloor.totalVariation(masses, 532_380, 532_380))
        .isCloseTo(0.03588, within(0.001));
    assertThat(SamplingFloor.totalVariation(masses, 1e6, 1_064_760))
        .isCloseTo(0.026, within(0.0015));
  }
}
