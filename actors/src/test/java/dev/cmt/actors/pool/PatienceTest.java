package dev.cmt.actors.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PatienceTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(10);
  private static final long SECOND = 1_000_000_000L;

  private static Patience after(int answers, long nanos) {
    Patience patience = new Patience(TIMEOUT, 8);
    for (int i = 0; i < answers; i++) {
      patience.answered(nanos);
    }
    return patience;
  }

  @Test
  void waitsForTheTimeoutUntilItKnowsHowLongBatchesTake() {
    assertThat(after(7, SECOND).limitNanos()).isEqualTo(TIMEOUT.toNanos());
    assertThat(after(8, SECOND).limitNanos()).isEqualTo(8 * SECOND);
  }

  @Test
  void neverWaitsLessThanASecondNorLongerThanTheTimeout() {
    assertThat(after(8, 1000).limitNanos()).isEqualTo(SECOND);
    assertThat(after(8, 100 * SECOND).limitNanos()).isEqualTo(TIMEOUT.toNanos());
  }

  @Test
  void takesTheMedianOfTheLatestAnswers() {
    Patience patience = after(200, 50 * SECOND);
    for (int i = 0; i < 33; i++) {
      patience.answered(2 * SECOND);
    }
    assertThat(patience.limitNanos()).isEqualTo(16 * SECOND);
  }

  @Test
  void anInfiniteFactorLeavesTheTimeoutAlone() {
    Patience patience = new Patience(TIMEOUT, Double.POSITIVE_INFINITY);
    for (int i = 0; i < 100; i++) {
      patience.answered(SECOND);
    }
    assertThat(patience.limitNanos()).isEqualTo(TIMEOUT.toNanos());
  }

  @Test
  void aFactorThatWouldCallEveryBatchAStragglerIsRefused() {
    assertThatThrownBy(() -> new Patience(TIMEOUT, 1)).hasMessageContaining("above 1");
    assertThatThrownBy(() -> new Patience(TIMEOUT, Double.NaN)).hasMessageContaining("NaN");
  }
}
