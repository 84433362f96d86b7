package dev.cmt.actors.pool;

import java.time.Duration;
import java.util.Arrays;

/**
 * How long the pool waits for a batch before somebody else gets it too: never longer than the
 * time-out and, once it knows how long batches take, not longer than a multiple of their median.
 * The median of the latest {@value #REMEMBERED} answers, so that slow workers do not raise it and
 * another molecule does.
 */
final class Patience {
  /** Shorter waits than this are noise of the machine. */
  static final Duration LEAST = Duration.ofSeconds(1);

  private static final int REMEMBERED = 64;
  private static final int ENOUGH = 8;

  private final long timeoutNanos;
  private final double stragglerFactor;
  private final long[] latest = new long[REMEMBERED];
  private int answers;

  /**
   * Knows nothing yet.
   *
   * @param timeout the longest wait
   * @param stragglerFactor multiple of the median; infinite for the time-out alone
   */
  Patience(Duration timeout, double stragglerFactor) {
    if (!(stragglerFactor > 1)) {
      throw new IllegalArgumentException(
          "The straggler factor (%s) must be above 1, or infinite.".formatted(stragglerFactor));
    }
    this.timeoutNanos = timeout.toNanos();
    this.stragglerFactor = stragglerFactor;
  }

  /** A batch was answered so long after it was handed out. */
  void answered(long nanos) {
    latest[answers++ % REMEMBERED] = nanos;
    if (answers == 2 * REMEMBERED) {
      answers = REMEMBERED;
    }
  }

  /** The longest wait that is still allowed, ns. */
  long limitNanos() {
    int known = Math.min(answers, REMEMBERED);
    if (known < ENOUGH || Double.isInfinite(stragglerFactor)) {
      return timeoutNanos;
    }
    long[] sorted = Arrays.copyOf(latest, known);
    Arrays.sort(sorted);
    long straggling = (long) (stragglerFactor * sorted[known / 2]);
    return Math.min(timeoutNanos, Math.max(LEAST.toNanos(), straggling));
  }

  /** The longest wait of all, ns. */
  long timeoutNanos() {
    return timeoutNanos;
  }
}
