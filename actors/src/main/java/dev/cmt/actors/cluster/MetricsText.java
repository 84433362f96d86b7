package dev.cmt.actors.cluster;

import java.util.function.ToDoubleFunction;

/** A head's figures in Prometheus' text format, version 0.0.4. */
final class MetricsText {
  private final StringBuilder text = new StringBuilder();
  private final HeadStatus status;

  private MetricsText(HeadStatus status) {
    this.status = status;
  }

  /** All of them; those of a completed step only once there is one. */
  static String of(HeadStatus status) {
    return new MetricsText(status).write();
  }

  private String write() {
    pool();
    run();
    if (status.run().latest() != null) {
      latest(status.run().latest());
    }
    gauge("cmt_heap_used_bytes", "Heap in use at the head", status.head().heapUsedBytes());
    gauge("cmt_heap_max_bytes", "Heap the head may use", status.head().heapMaxBytes());
    counter("cmt_gc_seconds_total", "Time in the head's collectors", status.head().gcSeconds());
    nodes();
    standbys();
    return text.toString();
  }

  private void pool() {
    gauge("cmt_workers", "Workers of the pool: the head's threads, and nodes", status.workers());
    gauge("cmt_batches_waiting", "Batches that wait for a worker", status.waiting());
    gauge("cmt_batches_assigned", "Batches in workers' hands", status.assigned());
    counter("cmt_batches_total", "Batches settled", status.batches());
    counter("cmt_evaluations_total", "Rows of batches settled", status.rows());
    counter("cmt_reissues_total", "Batches given to another worker", status.reissued());
    counter("cmt_duplicates_total", "Answers that came too late", status.duplicates());
    counter("cmt_nodes_admitted_total", "Nodes let in", status.admitted());
    counter("cmt_nodes_gone_total", "Nodes that have gone", status.gone());
    counter("cmt_nodes_refused_total", "Nodes turned away", status.refused());
  }

  private void run() {
    RunProgress run = status.run();
    gauge("cmt_step", "Annealing step under way; cmt_steps is the final evaluation", run.step());
    gauge("cmt_steps", "Annealing steps of the run", run.steps());
    gauge("cmt_step_rows", "Samples of the step", run.rows());
    gauge("cmt_step_rows_stored", "Samples of the step in the journal", run.storedRows());
    gauge("cmt_gradient_steps", "Gradient steps of the step's fit", run.gradientSteps());
    gauge("cmt_gradient_steps_done", "Gradient steps done", run.gradientStepsDone());
    counter("cmt_target_evals_total", "Evaluations of the whole run", run.targetEvals());
  }

  private void latest(RunProgress.Step step) {
    gauge("cmt_ess_step", "Effective sample size of the latest completed step", step.essStep());
    gauge("cmt_ess_target", "Effective sample size of the target", step.essTarget());
    gauge("cmt_entropy_nats", "Entropy of the sampled flow", step.entropy());
    gauge("cmt_entropy_drop_nats", "Loss of entropy of the step's aim", step.entropyDrop());
    gauge("cmt_kl_nats", "KL divergence of the step's aim", step.kl());
    gauge("cmt_log_z", "Estimate of the target's log Z", step.logZ());
    gauge("cmt_path_beta", "Progress of the annealing path, 0 to 1", step.beta());
    gauge("cmt_path_alpha", "Temper of the annealing path, 0 to 1", step.alpha());
    gauge("cmt_loss", "Mean loss of the step's fit", step.loss());
    gauge("cmt_failed_rows", "Rows of the step without an energy", step.failedRows());
  }

  private void nodes() {
    of("cmt_node_workers", "gauge", "Worker threads of a node", NodeRegistry.Node::workers);
    of(
        "cmt_node_rows_per_second",
        "gauge",
        "Evaluations a second of a node",
        NodeRegistry.Node::rowsPerSecond);
    of(
        "cmt_node_worker_rows_per_second",
        "gauge",
        "Evaluations a second of a node's worker, in the mean",
        node -> node.rowsPerSecond() / node.workers());
    of("cmt_node_batches", "gauge", "Batches that a node has", NodeRegistry.Node::outstanding);
    of(
        "cmt_node_evaluations_total",
        "counter",
        "Rows that a node has evaluated",
        node -> node.figures().rows());
    of(
        "cmt_node_refused_batches_total",
        "counter",
        "Batches that a node could not evaluate",
        node -> node.figures().refused());
    of(
        "cmt_node_busy_seconds_total",
        "counter",
        "Time of a node's workers in evaluations, added up",
        node -> node.figures().busySeconds());
    of(
        "cmt_node_heap_used_bytes",
        "gauge",
        "Heap in use at a node",
        node -> node.figures().heapUsedBytes());
    of(
        "cmt_node_heap_max_bytes",
        "gauge",
        "Heap that a node may use",
        node -> node.figures().heapMaxBytes());
    of(
        "cmt_node_gc_seconds_total",
        "counter",
        "Time in a node's garbage collectors",
        node -> node.figures().gcSeconds());
  }

  private void standbys() {
    gauge("cmt_standbys", "Processes that copy the run", status.standbys().size());
    head(
        "cmt_standby_completed_steps",
        "gauge",
        "Steps with which the run could go on at a standby");
    for (NodeRegistry.Standby standby : status.standbys()) {
      text.append("cmt_standby_completed_steps{standby=\"").append(standby.address());
      text.append("\"} ").append(standby.completedSteps()).append('\n');
    }
  }

  private void of(
      String name, String type, String help, ToDoubleFunction<NodeRegistry.Node> value) {
    head(name, type, help);
    for (NodeRegistry.Node node : status.nodes()) {
      text.append(name).append("{node=\"").append(node.address()).append("\"} ");
      text.append(number(value.applyAsDouble(node))).append('\n');
    }
  }

  private void gauge(String name, String help, double value) {
    metric(name, "gauge", help, value);
  }

  private void counter(String name, String help, double value) {
    metric(name, "counter", help, value);
  }

  private void metric(String name, String type, String help, double value) {
    head(name, type, help);
    text.append(name).append(' ').append(number(value)).append('\n');
  }

  private void head(String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  /** Whole numbers without a fraction; infinities by Prometheus' names. */
  private static String number(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    return value == (long) value ? Long.toString((long) value) : Double.toString(value);
  }
}
