package dev.cmt.flow.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.flow.diagnostics.Basins.Basin;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BasinsTest {
  @Test
  void whatHasNoValleyIsOneBasin() {
    double[] flat = new double[12];
    Arrays.fill(flat, 1);
    double[] hill = {0, 0, 1, 5, 9, 5, 1, 0, 0, 0, 0, 0};

    assertThat(Basins.of(flat, false)).singleElement().extracting(Basin::size).isEqualTo(12);
    assertThat(Basins.of(flat, true)).singleElement().extracting(Basin::size).isEqualTo(12);
    assertThat(Basins.of(hill, false)).containsExactly(new Basin(0, 12));
    assertThat(Basins.of(new double[5], true)).hasSize(1);
    assertThat(Basins.of(new double[] {3}, true)).containsExactly(new Basin(0, 1));
  }

  @Test
  void valleysDivide() {
    double[] two = {1, 8, 20, 8, 1, 0, 0, 0, 1, 4, 10, 4, 1, 0, 0, 0};

    assertThat(Basins.of(two, false)).hasSize(2);
    for (boolean circular : new boolean[] {false, true}) {
      assertThat(Basins.of(two, circular))
          .extracting(basin -> basin.sum(two))
          .containsExactlyInAnyOrder(38.0, 20.0);
    }
  }

  @Test
  void aBasinMayGoAroundTheSeam() {
    double[] seam = {9, 3, 0, 0, 0, 2, 6, 2, 0, 0, 0, 3};

    assertThat(Basins.of(seam, true))
        .extracting(basin -> basin.sum(seam))
        .containsExactlyInAnyOrder(15.0, 10.0);
    assertThat(Basins.of(seam, true)).anyMatch(basin -> basin.first() + basin.size() > 12);
    assertThat(Basins.of(seam, false)).hasSize(3);
  }

  @Test
  void basinsCoverAllBinsOnce() {
    Random random = new Random(4);
    for (int round = 0; round < 200; round++) {
      double[] ones = new double[1 + random.nextInt(40)];
      Arrays.fill(ones, 1);
      double[] masses = random.doubles(ones.length).map(x -> x * x * x).toArray();
      boolean circular = random.nextBoolean();
      assertThat(Basins.of(masses, circular).stream().mapToDouble(b -> b.sum(ones)).sum())
          .as("round %d", round)
          .isEqualTo(ones.length);
    }
  }

  /** A thousand counts in 36 bins of one broad mode: chance must not make modes of it. */
  @Test
  void countingNoiseMakesNoBasins() {
    Random random = new Random(5);
    for (int round = 0; round < 50; round++) {
      double[] counts = new double[36];
      for (int i = 0; i < 4000; i++) {
        counts[Math.max(0, Math.min(35, (int) (18 + 6 * random.nextGaussian())))]++;
      }
      double[] masses = counts;
      // Ripples in the tails hold next to nothing.
      assertThat(Basins.of(masses, false).stream().filter(b -> b.sum(masses) > 40).count())
          .as("round %d", round)
          .isEqualTo(1);
    }
  }
}
