package dev.cmt.actors.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Set;

/** The CPU time of the threads that write a run's journal and checkpoints. */
final class StorageClock {
  /** Of the buffer actor and the checkpoint writer. */
  private static final Set<String> THREADS = Set.of("cmt-buffer", "cmt-checkpoint-writer");

  private StorageClock() {}

  /** Seconds until now; NaN if the JVM does not measure CPU time or there are no such threads. */
  static double cpuSeconds() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    if (!threads.isThreadCpuTimeSupported() || !threads.isThreadCpuTimeEnabled()) {
      return Double.NaN;
    }
    int found = 0;
    double seconds = 0;
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null && THREADS.contains(thread.getThreadName())) {
        found++;
        seconds += threads.getThreadCpuTime(thread.getThreadId()) * 1e-9;
      }
    }
    return found == THREADS.size() ? seconds : Double.NaN;
  }
}
