package dev.cmt.flow.coupling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.flow.Activation;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowChannel;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowLayoutTest {
  private static FlowArchitecture paper(int bonds, int angles, int torsions) {
    return new FlowArchitecture(
        List.of(
            new FlowChannel("bonds", bonds, false, true),
            new FlowChannel("angles", angles, false, true),
            new FlowChannel("torsions", torsions, true, false)),
        8,
        Collections.nCopies(5, 256),
        Activation.RELU,
        false,
        8,
        321);
  }

  /** The paper's Table 6: four published parameter counts pin splits, encoding, bins and widths. */
  @ParameterizedTest
  @CsvSource({
    "21, 20, 19, 60, 7421512",
    "19, 40, 39, 98, 9452376",
    "29, 60, 59, 148, 12124616",
    "33, 73, 72, 178, 13727952"
  })
  void countsThePapersParameters(int bonds, int angles, int torsions, int dimension, int count) {
    FlowLayout layout = new FlowLayout(paper(bonds, angles, torsions));
    assertThat(layout.architecture().dimension()).isEqualTo(dimension);
    assertThat(layout.parameterCount()).isEqualTo(count);
  }

  @Test
  void everyPairTransformsEveryCoordinateOnceGivenTheOthers() {
    FlowLayout layout = new FlowLayout(paper(21, 20, 19));
    for (List<Coupling> pair : layout.pairs()) {
      int[] all =
          pair.stream().flatMapToInt(c -> Arrays.stream(c.transformed())).sorted().toArray();
      assertThat(all).isEqualTo(IntStream.range(0, 60).toArray());
      assertThat(pair.get(0).conditioning()).isEqualTo(pair.get(1).transformed());
      assertThat(pair.get(1).conditioning()).isEqualTo(pair.get(0).transformed());
    }
    assertThat(layout.pairs().get(0).get(0).transformed())
        .isNotEqualTo(layout.pairs().get(1).get(0).transformed());
  }

  @Test
  void refusesMoreParametersThanAnArrayHolds() {
    FlowArchitecture wide =
        new FlowArchitecture(
            List.of(new FlowChannel("x", 2, false, false)),
            1,
            List.of(65536, 65536),
            Activation.RELU,
            true,
            8,
            1);
    assertThatThrownBy(() -> new FlowLayout(wide))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hidden widths [65536, 65536]")
        .hasMessageContaining("narrower layers");
  }
}
