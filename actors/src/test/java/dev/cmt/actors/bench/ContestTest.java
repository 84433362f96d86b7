package dev.cmt.actors.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ContestTest {
  @Test
  void tasksTakeTurns() {
    List<String> order = new ArrayList<>();
    List<Double> progress = new ArrayList<>();
    Contest<String> contest = new Contest<>();
    contest.add("a", () -> order.add("a"));
    contest.add("b", () -> order.add("b"));

    // No seconds: one repetition a slot.
    Map<String, Timing> timings = contest.run(0, progress::add);

    assertThat(String.join("", order)).isEqualTo("ab".repeat(11));
    assertThat(timings.keySet()).containsExactly("a", "b");
    assertThat(timings.get("a").repetitions()).isEqualTo(10);
    assertThat(progress).isSorted().hasSize(22).endsWith(1.0);
  }

  @Test
  void aTaskIsRepeatedForItsTime() {
    Contest<String> contest = new Contest<>();
    contest.add("quick", () -> {});

    Timing timing = contest.run(0.02, done -> {}).get("quick");

    assertThat(timing.repetitions()).isGreaterThan(100);
    assertThat(timing.best()).isLessThanOrEqualTo(timing.median());
  }

  @Test
  void bestAndMedianAreThoseOfTheRepetitions() {
    Timing odd = Timing.of(new long[] {5_000, 1_000, 2_000});
    Timing even = Timing.of(new long[] {4_000, 1_000, 2_000, 9_000});

    assertThat(odd.best()).isCloseTo(1e-6, within(1e-15));
    assertThat(odd.median()).isCloseTo(2e-6, within(1e-15));
    assertThat(even.median()).isCloseTo(3e-6, within(1e-15));
    assertThat(even.repetitions()).isEqualTo(4);
  }
}
