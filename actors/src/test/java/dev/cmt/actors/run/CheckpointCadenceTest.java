package dev.cmt.actors.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.actors.config.RunConfig;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CheckpointCadenceTest {
  /** Near the end of the clock's range: such clocks may begin anywhere and overflow. */
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);

  @Test
  void whicheverComesFirst() {
    CheckpointCadence cadence = new CheckpointCadence(new RunConfig.Checkpoint(30, 100), now::get);
    cadence.restart(400);
    assertThat(cadence.isDue(499)).isFalse();
    assertThat(cadence.isDue(500)).isTrue();
    now.addAndGet(TimeUnit.SECONDS.toNanos(30));
    assertThat(cadence.isDue(401)).isTrue();
    cadence.restart(401);
    assertThat(cadence.isDue(500)).isFalse();
  }

  @Test
  void zeroIsNever() {
    CheckpointCadence never = new CheckpointCadence(new RunConfig.Checkpoint(0, 0), now::get);
    never.restart(0);
    now.addAndGet(TimeUnit.DAYS.toNanos(30));
    assertThat(never.isDue(Integer.MAX_VALUE)).isFalse();
  }
}
