package dev.cmt.energy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineCheckTest {
  private static final double CUT = 1e20;

  @Test
  void everyStretchHasOneRow() {
    int batch = 1000;
    EngineCheck check = new EngineCheck(CUT, 7);
    List<Long> chosen = new ArrayList<>();
    for (long start = 0; start < 100L * EngineCheck.ROWS_PER_CHECK; start += batch) {
      int[] rows = check.choose(batch);
      if (start == 0) {
        assertThat(rows).hasSizeGreaterThanOrEqualTo(1);
      }
      for (int row : rows) {
        assertThat(row).isBetween(0, batch - 1);
        chosen.add(start + row);
      }
    }
    assertThat(chosen).hasSizeGreaterThanOrEqualTo(100).isSorted().doesNotHaveDuplicates();
    for (int n = 0; n < 100; n++) {
      assertThat(chosen.get(n) / EngineCheck.ROWS_PER_CHECK).isEqualTo(n);
    }
  }

  /** 4096 draws of one of 16 places: 256 each, standard deviation 15.5. */
  @Test
  void everyPlaceHasItsTurn() {
    int[] counts = new int[16];
    EngineCheck check = new EngineCheck(CUT, 3);
    for (int n = 0; n < 4096 * 16; n++) {
      for (int row : check.choose(EngineCheck.ROWS_PER_CHECK / 16)) {
        assertThat(row).isLessThan(EngineCheck.ROWS_PER_CHECK / 16);
        counts[n % 16]++;
      }
    }
    for (int count : counts) {
      assertThat(count).as("key 3").isBetween(256 - 80, 256 + 80);
    }
  }

  @Test
  void theKeyChooses() {
    assertThat(new EngineCheck(CUT, 5).choose(4096))
        .isEqualTo(new EngineCheck(CUT, 5).choose(4096));
    assertThat(new EngineCheck(CUT, 5).choose(4096))
        .isNotEqualTo(new EngineCheck(CUT, 6).choose(4096));
    EngineCheck check = new EngineCheck(CUT, 5);
    assertThat(check.choose(0)).isEmpty();
    assertThat(check.choose(1)).containsExactly(0);
    assertThat(check.choose(10 * EngineCheck.ROWS_PER_CHECK)).hasSizeBetween(9, 10);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1.0000005, true",
    "1, 1.00001, false",
    "1e12, 1.0000000001e12, true",
    "1e12, 1.00001e12, false",
    "NaN, NaN, true",
    "NaN, 5, false",
    "5, NaN, false",
    "Infinity, 5, false",
    "5, Infinity, false",
    "NaN, Infinity, true",
    "Infinity, NaN, true",
    "Infinity, 1e25, true",
    "3e21, Infinity, true",
    "3e21, 1e25, true",
    "1e19, Infinity, false",
    "1e19, 1e21, false",
    "NaN, 1e25, false",
    "1e25, NaN, false",
  })
  void aRowThatIsANumberToOneOnlyIsADisagreement(double found, double expected, boolean agree) {
    assertThat(new EngineCheck(CUT, 0).agree(found, expected)).isEqualTo(agree);
  }
}
