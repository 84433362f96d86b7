package dev.cmt.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressLineTest {
  private static final List<String> NUMBERS =
      List.of("ESS 0.799", "β 1.000", "log Z -175.010", "H -213.9", "8000 evals/s");

  @Test
  void aThirdOfEightyColumnsIsBar() {
    String line = line(0.5, 80);
    assertThat(line).hasSize(80).startsWith(" 50% ███").contains("60/120 5:01 left 5:02 ESS 0.799");
    assertThat(line.chars().filter(c -> c == '█' || c == '░').count()).isBetween(26L, 40L);
    assertThat(line.chars().filter(c -> c == '█').count())
        .isCloseTo(line.chars().filter(c -> c == '░').count(), within(1L));
  }

  @Test
  void aWideTerminalShowsAllNumbers() {
    assertThat(line(0.5, 140)).hasSize(140).endsWith("log Z -175.010 H -213.9 8000 evals/s");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 12, 30, 79, 80, 200})
  void neverIsLongerThanTheTerminal(int columns) {
    for (double done : new double[] {0, 0.333, 1}) {
      assertThat(line(done, columns)).hasSize(columns);
    }
  }

  @Test
  void anUnknownRestIsAQuestionMark() {
    assertThat(ProgressLine.of(0, "0/9", Duration.ZERO, null, List.of(), 60))
        .endsWith("░ 0/9 0:00 left ?");
    assertThat(ProgressLine.time(3661)).isEqualTo("1:01:01");
  }

  private static String line(double done, int columns) {
    return ProgressLine.of(
        done, "60/120", Duration.ofSeconds(301), Duration.ofSeconds(302), NUMBERS, columns);
  }
}
