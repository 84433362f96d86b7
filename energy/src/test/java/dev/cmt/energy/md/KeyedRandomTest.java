package dev.cmt.energy.md;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class KeyedRandomTest {

  /** Known answers that the authors publish with Random123 (kat_vectors, philox4x64, 10 rounds). */
  @Test
  void isPhilox() {
    long[] out = new long[4];
    KeyedRandom.bits(0, 0, 0, 0, 0, 0, out);
    assertThat(out)
        .containsExactly(
            0x16554d9eca36314cL, 0xdb20fe9d672d0fdcL, 0xd7e772cee186176bL, 0x7e68b68aec7ba23bL);
    KeyedRandom.bits(-1, -1, -1, -1, -1, -1, out);
    assertThat(out)
        .containsExactly(
            0x87b092c3013fe90bL, 0x438c3c67be8d0224L, 0x9cc7d7c69cd777b6L, 0xa09caebf594f0ba0L);
    KeyedRandom.bits(
        0x452821e638d01377L,
        0xbe5466cf34e90c6cL,
        0x243f6a8885a308d3L,
        0x13198a2e03707344L,
        0xa4093822299f31d0L,
        0x082efa98ec4e6c89L,
        out);
    assertThat(out)
        .containsExactly(
            0xa528f45403e61d95L, 0x38c72dbd566e9788L, 0xa5a1610e72fd18b5L, 0x57bd43b5e52b7fe6L);
  }

  @Test
  void drawsDependOnTheirKeyAlone() {
    KeyedRandom random = new KeyedRandom(7);
    random.begin(KeyedRandom.Purpose.NOISE, 5, 3);
    long[] first = draw(random);
    random.begin(KeyedRandom.Purpose.NOISE, 6, 3);
    long[] nextStep = draw(random);
    random.begin(KeyedRandom.Purpose.SWAP, 5, 3);
    long[] otherPurpose = draw(random);
    random.begin(KeyedRandom.Purpose.NOISE, 5, 3);

    assertThat(draw(random)).containsExactly(first);
    KeyedRandom otherSeed = new KeyedRandom(8);
    otherSeed.begin(KeyedRandom.Purpose.NOISE, 5, 3);
    assertThat(
            LongStream.of(concatenate(first, nextStep, otherPurpose, draw(otherSeed)))
                .distinct()
                .count())
        .isEqualTo(40);
  }

  /** Also far out, where the ziggurat's rare branches make the numbers. */
  @Test
  void normalNumbersHaveTheNormalDistribution() {
    KeyedRandom random = new KeyedRandom(11);
    int n = 2_000_000;
    double[] moments = new double[5];
    double[] beyond = new double[5];
    double[] draws = new double[10];
    for (int step = 0; step < n / 10; step++) {
      random.begin(KeyedRandom.Purpose.NOISE, step, 0);
      random.normals(draws);
      for (double z : draws) {
        double power = 1;
        for (int k = 1; k <= 4; k++) {
          power *= z;
          moments[k] += power / n;
          beyond[k] += z > k ? 1.0 / n : 0;
        }
      }
    }
    // Five standard errors √(Var zᵏ / n) with variances 1, 2, 15, 96.
    assertThat(moments[1]).isCloseTo(0, within(3.6e-3));
    assertThat(moments[2]).isCloseTo(1, within(5e-3));
    assertThat(moments[3]).isCloseTo(0, within(1.4e-2));
    assertThat(moments[4]).isCloseTo(3, within(3.5e-2));
    // 1 − Φ(k).
    double[] tails = {0.5, 0.158655254, 0.022750132, 0.001349898, 3.16712e-5};
    for (int k = 1; k <= 4; k++) {
      assertThat(beyond[k]).isCloseTo(tails[k], within(5 * Math.sqrt(tails[k] / n)));
    }
  }

  private static long[] draw(KeyedRandom random) {
    return LongStream.generate(random::nextLong).limit(10).toArray();
  }

  private static long[] concatenate(long[]... parts) {
    return Arrays.stream(parts).flatMapToLong(LongStream::of).toArray();
  }
}
