package dev.cmt.actors.cluster;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.cmt.actors.farm.PoolFigures;
import java.util.List;
import java.util.Locale;

/**
 * How a head is, at one moment.
 *
 * @param workers workers of the pool: threads of the head and nodes
 * @param waiting batches that wait for a worker
 * @param assigned batches in workers' hands
 * @param batches batches settled
 * @param rows rows of them
 * @param reissued how often a batch was given to another worker
 * @param duplicates answers to batches that somebody else had settled
 * @param admitted nodes let in so far
 * @param gone nodes that have gone again
 * @param refused nodes turned away so far
 * @param heapUsedBytes heap in use at the head
 * @param nodes who is there
 * @param refusals the latest nodes that were turned away
 */
public record HeadStatus(
    int workers,
    int waiting,
    int assigned,
    long batches,
    long rows,
    long reissued,
    long duplicates,
    long admitted,
    long gone,
    long refused,
    long heapUsedBytes,
    List<NodeRegistry.Node> nodes,
    List<NodeRegistry.Refusal> refusals) {
  /** Reads it. */
  public static HeadStatus of(PoolFigures pool, NodeRegistry registry) {
    Runtime runtime = Runtime.getRuntime();
    return new HeadStatus(
        pool.workers(),
        pool.waiting(),
        pool.assigned(),
        pool.batches(),
        pool.rows(),
        pool.reissued(),
        pool.duplicates(),
        registry.admitted(),
        registry.gone(),
        registry.refused(),
        runtime.totalMemory() - runtime.freeMemory(),
        registry.nodes(),
        registry.refusals());
  }

  /** Whether anybody can evaluate. */
  @JsonIgnore
  public boolean isReady() {
    return workers > 0;
  }

  /** Prometheus' text format, version 0.0.4. */
  String prometheus() {
    StringBuilder text = new StringBuilder();
    metric(text, "cmt_workers", "gauge", "Workers of the pool", workers);
    metric(text, "cmt_batches_waiting", "gauge", "Batches that wait for a worker", waiting);
    metric(text, "cmt_batches_assigned", "gauge", "Batches in workers' hands", assigned);
    metric(text, "cmt_batches_total", "counter", "Batches settled", batches);
    metric(text, "cmt_evaluations_total", "counter", "Rows of batches settled", rows);
    metric(text, "cmt_reissues_total", "counter", "Batches given to another worker", reissued);
    metric(text, "cmt_duplicates_total", "counter", "Answers that came too late", duplicates);
    metric(text, "cmt_nodes_admitted_total", "counter", "Nodes let in", admitted);
    metric(text, "cmt_nodes_gone_total", "counter", "Nodes that have gone", gone);
    metric(text, "cmt_nodes_refused_total", "counter", "Nodes turned away", refused);
    metric(text, "cmt_heap_used_bytes", "gauge", "Heap in use at the head", heapUsedBytes);
    head(text, "cmt_node_rows_per_second", "gauge", "Evaluations a second of a node");
    for (NodeRegistry.Node node : nodes) {
      text.append("cmt_node_rows_per_second{node=\"%s\"} ".formatted(node.address()))
          .append(String.format(Locale.ROOT, "%.1f%n", node.rowsPerSecond()));
    }
    head(text, "cmt_node_gc_seconds_total", "counter", "Time in a node's garbage collectors");
    for (NodeRegistry.Node node : nodes) {
      text.append("cmt_node_gc_seconds_total{node=\"%s\"} ".formatted(node.address()))
          .append(String.format(Locale.ROOT, "%.3f%n", node.figures().gcSeconds()));
    }
    return text.toString();
  }

  private static void head(StringBuilder text, String name, String type, String help) {
    text.append("# HELP %s %s\n# TYPE %s %s\n".formatted(name, help, name, type));
  }

  private static void metric(
      StringBuilder text, String name, String type, String help, long value) {
    head(text, name, type, help);
    text.append(name).append(' ').append(value).append('\n');
  }
}
