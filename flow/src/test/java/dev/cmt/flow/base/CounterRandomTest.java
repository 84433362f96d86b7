package dev.cmt.flow.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CounterRandomTest {
  /** Known answers of Philox4x32-10, from the Random123 distribution (kat_vectors). */
  @Test
  void givesThePublishedWords() {
    int[] out = new int[4];
    CounterRandom.bits(0, 0, 0, out);
    assertThat(out).containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    CounterRandom.bits(-1, -1, -1, out);
    assertThat(out).containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    CounterRandom.bits(0x299f31d0a4093822L, 0x85a308d3243f6a88L, 0x0370734413198a2eL, out);
    assertThat(out).containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  @Test
  void uniformsFillTheUnitIntervalEvenly() {
    double[] draws = new double[100_000];
    CounterRandom.uniforms(7, 3, draws);
    assertThat(Arrays.stream(draws).min().orElseThrow()).isGreaterThan(0);
    assertThat(Arrays.stream(draws).max().orElseThrow()).isLessThan(1);
    // Five standard errors of the mean of uniform numbers.
    assertThat(Arrays.stream(draws).average().orElseThrow())
        .isBetween(0.5 - 5 * Math.sqrt(1 / 12e5), 0.5 + 5 * Math.sqrt(1 / 12e5));
  }

  @Test
  void permutationHoldsEveryNumberOnce() {
    int[] order = CounterRandom.permutation(11, 5, 1000);
    assertThat(order).isNotEqualTo(IntStream.range(0, 1000).toArray());
    assertThat(IntStream.of(order).sorted().toArray())
        .isEqualTo(IntStream.range(0, 1000).toArray());
  }
}
