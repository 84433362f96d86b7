package dev.cmt.actors.cluster;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;

/**
 * What a process takes of its machine's memory.
 *
 * @param heapUsedBytes heap in use
 * @param heapMaxBytes heap it may use
 * @param gcSeconds time its garbage collectors took since it started
 */
public record JvmFigures(long heapUsedBytes, long heapMaxBytes, double gcSeconds) {
  /** Of this process. */
  static JvmFigures here() {
    Runtime runtime = Runtime.getRuntime();
    long gcMillis =
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .mapToLong(GarbageCollectorMXBean::getCollectionTime)
            .sum();
    return new JvmFigures(
        runtime.totalMemory() - runtime.freeMemory(), runtime.maxMemory(), gcMillis * 1e-3);
  }
}
