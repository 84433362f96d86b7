package dev.cmt.actors.cluster;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Who works for a head, for status and metrics. Safe for use by many threads. */
public final class NodeRegistry {
  private static final int REMEMBERED_REFUSALS = 20;

  /**
   * A node that was let in.
   *
   * @param name process and host
   * @param address where it listens
   * @param workers its worker threads
   * @param engine what it computes with; empty until it has opened it
   * @param outstanding batches it has
   * @param rowsPerSecond of the latest seconds
   * @param figures what it has done
   */
  public record Node(
      String name,
      String address,
      int workers,
      String engine,
      int outstanding,
      double rowsPerSecond,
      NodeFigures figures) {}

  /**
   * A standby that was let in.
   *
   * @param name process and host
   * @param address where it listens
   * @param completedSteps steps with which the run could go on there
   */
  public record Standby(String name, String address, int completedSteps) {}

  /**
   * A node that was not let in.
   *
   * @param name process and host
   * @param reason in words
   */
  public record Refusal(String name, String reason) {}

  private final Map<String, Node> nodes = new LinkedHashMap<>();
  private final Map<String, Standby> standbys = new LinkedHashMap<>();
  private final Deque<Refusal> refusals = new ArrayDeque<>();
  private long admitted;
  private long lost;
  private long refused;

  synchronized void update(String key, Node node) {
    if (nodes.put(key, node) == null) {
      admitted++;
    }
  }

  synchronized void update(String key, Standby standby) {
    standbys.put(key, standby);
  }

  synchronized void standbyGone(String key) {
    standbys.remove(key);
  }

  synchronized void gone(String key) {
    if (nodes.remove(key) != null) {
      lost++;
    }
  }

  synchronized void turnedAway(String name, String reason) {
    refused++;
    refusals.addLast(new Refusal(name, reason));
    if (refusals.size() > REMEMBERED_REFUSALS) {
      refusals.removeFirst();
    }
  }

  /** Nodes that are there, in the order in which they came. */
  public synchronized List<Node> nodes() {
    return new ArrayList<>(nodes.values());
  }

  /** Standbys that are there, in the order in which they came. */
  public synchronized List<Standby> standbys() {
    return new ArrayList<>(standbys.values());
  }

  /** The latest nodes that were turned away, newest last. */
  public synchronized List<Refusal> refusals() {
    return new ArrayList<>(refusals);
  }

  /** Nodes that were let in so far. */
  public synchronized long admitted() {
    return admitted;
  }

  /** Nodes that have gone again. */
  public synchronized long gone() {
    return lost;
  }

  /** Nodes that were turned away so far. */
  public synchronized long refused() {
    return refused;
  }
}
