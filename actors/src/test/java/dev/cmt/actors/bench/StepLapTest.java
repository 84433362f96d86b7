package dev.cmt.actors.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.actors.run.StepRecord;
import java.util.List;
import org.assertj.core.util.DoubleComparator;
import org.junit.jupiter.api.Test;

class StepLapTest {
  @Test
  void stagesAddUpToTheStep() {
    List<StepLap> laps =
        List.of(
            lap(new StepRecord.Seconds(1, 4, 0.5, 5, 0.5), 10, 8, 0.2),
            lap(new StepRecord.Seconds(2, 8, 0.5, 6, 0.5), 12, 12, 0.4));

    List<StageFigure> stages = StepLap.breakdown(laps, 4, 2, 3);

    assertThat(stages)
        .extracting(StageFigure::stage)
        .containsExactly(
            "sample",
            "dual",
            "fit",
            "rest",
            "step",
            "energy",
            "checkpoint",
            "storage",
            "matrix products");
    assertThat(stages)
        .extracting(StageFigure::secondsPerStep)
        .usingComparatorForType(new DoubleComparator(1e-12), Double.class)
        .containsExactly(1.5, 0.5, 5.5, 3.5, 11.0, 1.5, 0.5, 0.1, 5.0);
    assertThat(stages.get(8).shareOfWall()).isCloseTo(5.0 / 11, within(1e-12));
    assertThat(
            stages.stream()
                .filter(stage -> !stage.overlapping() && !stage.stage().equals("step"))
                .mapToDouble(StageFigure::shareOfWall)
                .sum())
        .isCloseTo(1, within(1e-12));
  }

  @Test
  void productsThatWereNotTimedHaveNoLine() {
    List<StepLap> laps =
        List.of(lap(new StepRecord.Seconds(1, 1, 1, 1, 1), 6, Double.NaN, Double.NaN));

    assertThat(StepLap.breakdown(laps, 1, 1, 1))
        .extracting(StageFigure::stage)
        .doesNotContain("matrix products", "storage")
        .contains("energy");
  }

  private static StepLap lap(
      StepRecord.Seconds seconds, double wall, double products, double storage) {
    return new StepLap(
        new StepRecord(
            1, 0, 0, 0, 1, null, 0, 0, 0, 0, 1, 1, 100, 10, 0, 0, 0, true, 0, seconds, List.of()),
        wall,
        products,
        storage);
  }
}
