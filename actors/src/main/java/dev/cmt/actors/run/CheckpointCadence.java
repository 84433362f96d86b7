package dev.cmt.actors.run;

import dev.cmt.actors.config.RunConfig;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * When a fit under way is saved: so many seconds or gradient steps after it began, was taken up or
 * was last saved, whichever comes first. Decides when work becomes safe, never what comes out of
 * it.
 */
final class CheckpointCadence {
  private final long everyNanos;
  private final int everySteps;
  private final LongSupplier clock;
  private long sinceNanos;
  private int sinceSteps;

  /**
   * A cadence.
   *
   * @param every the seconds and gradient steps between checkpoints; 0 for never
   * @param clock nanoseconds that only go forward, such as {@link System#nanoTime}
   */
  CheckpointCadence(RunConfig.Checkpoint every, LongSupplier clock) {
    this.everyNanos = TimeUnit.SECONDS.toNanos(every.everySeconds());
    this.everySteps = every.everyGradientSteps();
    this.clock = clock;
  }

  /** Everything up to this gradient step of the fit is safe, or begins here. */
  void restart(int gradientStep) {
    sinceNanos = clock.getAsLong();
    sinceSteps = gradientStep;
  }

  /** Whether it is time to save a fit that has come this far. */
  boolean isDue(int gradientStep) {
    return (everySteps > 0 && gradientStep - sinceSteps >= everySteps)
        || (everyNanos > 0 && clock.getAsLong() - sinceNanos >= everyNanos);
  }
}
