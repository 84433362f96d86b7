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
    Thread hook =
        new Thread(
            () -> {
              stop.run();
              try {
                if (!done.await(STOP_SECONDS, TimeUnit.SECONDS)) {
                  System.err.printf(
                      "The run did not close within %d s; it can be taken up again all the same.%n",
                      STOP_SECONDS);
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
