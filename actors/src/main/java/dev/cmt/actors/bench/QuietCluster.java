package dev.cmt.actors.bench;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what a cluster says of its members' coming and going out of a benchmark's output: here they
 * come and go by the minute. What goes wrong ends the benchmark with a message of its own.
 */
final class QuietCluster {
  private QuietCluster() {}

  /** From here on this process tells of a cluster's errors only. */
  static void begin() {
    for (String name : new String[] {"org.apache.pekko", "dev.cmt.actors.cluster"}) {
      ((Logger) LoggerFactory.getLogger(name)).setLevel(Level.ERROR);
    }
  }
}
