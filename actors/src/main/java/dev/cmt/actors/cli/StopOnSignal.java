package dev.cmt.actors.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Ends long work gracefully on SIGINT or SIGTERM. */
final class StopOnSignal {
  /** How long a stop may take before the process ends all the same. */
  private static final int STOP_SECONDS = 9;

  private StopOnSignal() {}

  /**
   * From here on a signal stops the work and waits until its directory is closed.
   *
   * @param stop asks for the stop and returns at once
   * @param done counted down when the directory is closed
   * @return to be handed to {@link #remove}
   */
  static Thread install(Runnable stop, CountDownLatch done) {
    return install(
        stop,
        done,
        STOP_SECONDS,
        "The run did not close within %d s; it can be taken up again all the same.");
  }

  /**
   * From here on a signal stops the work and waits until it has ended.
   *
   * @param stop asks for the stop and returns at once
   * @param done counted down when the work has ended
   * @param seconds how long that may take before the process ends all the same
   * @param late what is said then, with a place for the seconds
   * @return to be handed to {@link #remove}
   */
  static Thread install(Runnable stop, CountDownLatch done, int seconds, String late) {
    Thread hook =
        new Thread(
            () -> {
              stop.run();
              try {
                if (!done.await(seconds, TimeUnit.SECONDS)) {
                  System.err.println(late.formatted(seconds));
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "stop-on-signal");
    Runtime.getRuntime().addShutdownHook(hook);
    return hook;
  }

  /** The work is over. */
  static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is already shutting down, because of the very signal the hook waits for.
      return;
    }
  }
}
