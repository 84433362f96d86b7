package dev.cmt.flow.fast;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** A fixed number of threads that work on parts of one task; the caller is the first of them. */
final class ShardPool implements AutoCloseable {
  private final int threads;
  private final ExecutorService helpers;

  ShardPool(int threads) {
    this.threads = threads;
    AtomicInteger number = new AtomicInteger();
    this.helpers =
        threads == 1
            ? null
            : Executors.newFixedThreadPool(
                threads - 1,
                task -> {
                  Thread thread = new Thread(task, "cmt-flow-" + number.incrementAndGet());
                  thread.setDaemon(true);
                  return thread;
                });
  }

  int threads() {
    return threads;
  }

  /**
   * Runs parts 0 … parts − 1, at most one a thread, and waits for all of them.
   *
   * @throws RuntimeException of the first part that failed, once none runs any more
   */
  void run(int parts, IntConsumer part) {
    List<Future<?>> others = new ArrayList<>();
    for (int i = 1; i < parts; i++) {
      int index = i;
      others.add(helpers.submit(() -> part.accept(index)));
    }
    Throwable failure = null;
    try {
      part.accept(0);
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    for (Future<?> other : others) {
      Throwable found = outcome(other);
      failure = failure == null ? found : failure;
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure != null) {
      throw (RuntimeException) failure;
    }
  }

  /** Waits to the end even if interrupted: native code must not run on in memory we may free. */
  private static Throwable outcome(Future<?> task) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          task.get();
          return null;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          return e.getCause();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    if (helpers != null) {
      helpers.shutdown();
    }
  }
}
