package dev.cmt.actors.md;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.energy.kernel.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimulationSettingsTest {
  /** Blocks fill vectors of 16 rows, and together hold every ladder once. */
  @ParameterizedTest
  @CsvSource({
    "8, 16, 2, 8",
    "6, 16, 8, 2",
    "5, 20, 16, 2",
    "16, 3, 1, 3",
    "1, 40, 16, 3",
    "12, 5, 4, 2"
  })
  void blocksFillVectors(int rungs, int ladders, int laddersPerBlock, int blocks) {
    SimulationSettings settings = settings(rungs, ladders, 10, 100, 1000);

    assertThat(settings.laddersPerBlock()).isEqualTo(laddersPerBlock);
    assertThat(settings.laddersPerBlock() * rungs % 16).isZero();
    assertThat(settings.blocks()).isEqualTo(blocks);
    int sum = 0;
    for (int block = 0; block < blocks; block++) {
      assertThat(settings.firstLadder(block)).isEqualTo(sum);
      sum += settings.laddersOf(block);
    }
    assertThat(sum).isEqualTo(ladders);
  }

  @Test
  void framesBeginAfterEquilibration() {
    SimulationSettings settings = settings(8, 16, 10, 100, 1000);
    assertThat(settings.frames(500)).isZero();
    assertThat(settings.frames(1000)).isZero();
    assertThat(settings.frames(1100)).isEqualTo(1);
    assertThat(settings.nanoseconds(1_000_000)).isEqualTo(2);
  }

  @Test
  void valuesAreChecked() {
    assertThatThrownBy(() -> settings(0, 1, 10, 100, 0)).hasMessageContaining("rungs (0)");
    assertThatThrownBy(() -> settings(8, 0, 10, 100, 0)).hasMessageContaining("ladders (0)");
    assertThatThrownBy(() -> settings(8, 1, 30, 100, 0))
        .hasMessageContaining("multiple of the steps between swaps (30)");
    assertThatThrownBy(() -> settings(8, 1, 10, 100, 50))
        .hasMessageContaining("equilibration (50)");
  }

  private static SimulationSettings settings(
      int rungs, int ladders, int swapEvery, int saveEvery, long equilibration) {
    return new SimulationSettings(
        "m",
        "",
        1,
        300,
        600,
        rungs,
        ladders,
        2,
        1,
        swapEvery,
        saveEvery,
        equilibration,
        Precision.SINGLE);
  }
}
