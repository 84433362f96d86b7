package dev.cmt.flow.fast;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Measures how long the native flows of this process are inside matrix products, in place: two
 * looks at the monotonic clock around each product, some 50 ns. While no clock runs, products pay
 * nothing measurable. There is one for the whole process; safe for use by many threads.
 */
public final class ProductClock implements AutoCloseable {
  private static final AtomicBoolean RUNNING = new AtomicBoolean();

  private final AtomicBoolean closed = new AtomicBoolean();

  private ProductClock() {}

  /**
   * Starts the clock at 0.
   *
   * @throws IllegalStateException if it runs already
   */
  public static ProductClock start() {
    if (!RUNNING.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "The clock of matrix products runs already; close the other one first.");
    }
    FlowNative.Kernel.runProductClock(true);
    return new ProductClock();
  }

  /**
   * Seconds inside matrix products since the start, added up over threads. A product under way
   * counts when it ends.
   */
  public double threadSeconds() {
    return FlowNative.Kernel.productNanoseconds() * 1e-9;
  }

  /** Stops the clock; closing twice is harmless. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      FlowNative.Kernel.runProductClock(false);
      RUNNING.set(false);
    }
  }
}
