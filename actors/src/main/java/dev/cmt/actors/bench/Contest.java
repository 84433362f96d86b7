package dev.cmt.actors.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;

/**
 * Times tasks against each other: in each round every task runs for a slot of its own, over and
 * over, so that load that comes and goes meets all of them. Belongs to one thread.
 *
 * @param <K> what tells tasks apart
 */
final class Contest<K> {
  private static final int ROUNDS = 10;

  private final Map<K, Runnable> tasks = new LinkedHashMap<>();

  /** Enters a task; one repetition should take at least some milliseconds. */
  void add(K key, Runnable task) {
    tasks.put(key, task);
  }

  /**
   * Runs every task once without looking at the clock, then all rounds.
   *
   * @param seconds for each task; each runs at least once a round, however long that takes
   * @param progress hears the part that is done, 0 to 1
   */
  Map<K, Timing> run(double seconds, DoubleConsumer progress) {
    long slot = (long) (seconds * 1e9 / ROUNDS);
    Map<K, List<Long>> nanos = new LinkedHashMap<>();
    int parts = (ROUNDS + 1) * tasks.size();
    int done = 0;
    for (Map.Entry<K, Runnable> task : tasks.entrySet()) {
      nanos.put(task.getKey(), new ArrayList<>());
      task.getValue().run();
      progress.accept(++done / (double) parts);
    }
    for (int round = 0; round < ROUNDS; round++) {
      for (Map.Entry<K, Runnable> task : tasks.entrySet()) {
        repeat(task.getValue(), slot, nanos.get(task.getKey()));
        progress.accept(++done / (double) parts);
      }
    }
    Map<K, Timing> timings = new LinkedHashMap<>();
    nanos.forEach(
        (key, all) ->
            timings.put(key, Timing.of(all.stream().mapToLong(Long::longValue).toArray())));
    return timings;
  }

  private static void repeat(Runnable task, long slot, List<Long> nanos) {
    long begin = System.nanoTime();
    long start = begin;
    do {
      task.run();
      long end = System.nanoTime();
      nanos.add(end - start);
      start = end;
    } while (start - begin < slot);
  }
}
