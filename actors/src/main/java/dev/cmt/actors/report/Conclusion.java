package dev.cmt.actors.report;

import dev.cmt.actors.run.RunResult;
import dev.cmt.actors.run.RunSummary;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunLock;
import dev.cmt.buffer.StepSamples;
import dev.cmt.energy.Target;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * What a finished run leaves for people: evaluation.json from the samples of its final evaluation,
 * summary.json, the report. Writing it again gives the same files.
 */
public final class Conclusion {
  private static final int CHUNK_ROWS = 4096;

  private Conclusion() {}

  /**
   * Writes the three, with the run's lock, which {@code result} means is free.
   *
   * @param result of a finished run
   * @return the evaluation
   * @throws IllegalArgumentException if the run is not finished, or none of its final samples has
   *     finite densities
   * @throws dev.cmt.buffer.RunLockedException if another process works on the directory
   */
  public static Evaluation write(RunResult result) throws IOException {
    if (result.status() != RunResult.Status.FINISHED) {
      throw new IllegalArgumentException(
          "A run that is %s (%s) has no conclusion.".formatted(result.status(), result.reason()));
    }
    // Another process must neither take the run up nor take half of this for debris meanwhile.
    try (RunLock lock = RunLock.acquire(result.directory())) {
      return write(result, lock.directory());
    }
  }

  private static Evaluation write(RunResult result, RunDirectory directory) throws IOException {
    EvaluationData data = measure(result.target(), result.evaluation());
    Evaluation evaluation =
        EvaluationMetrics.evaluate(
            EvaluationSettings.ofPaper(
                result.config().target().system(),
                result.config().target().temperatureK(),
                result.targetEvaluations(),
                result.config().seed()),
            data,
            Optional.empty(),
            (parts, total) -> {});
    evaluation.write(directory.root());
    new RunSummary(
            "finished",
            result.reachedTarget(),
            evaluation.ess(),
            evaluation.logZ(),
            evaluation.logZStderr(),
            evaluation.elbo(),
            result.targetEvaluations(),
            result.completedSteps(),
            result.wallSeconds(),
            result.parameterCount(),
            result.parametersSha256())
        .write(directory);
    ReportWriter.write(directory.root());
    return evaluation;
  }

  private static EvaluationData measure(Target target, StepSamples samples) {
    EvaluationData data = new EvaluationData(Observables.of(target), target.spaceDimension());
    int dimension = target.dimension();
    for (int first = 0; first < samples.rows(); first += CHUNK_ROWS) {
      int last = Math.min(samples.rows(), first + CHUNK_ROWS);
      int rows = last - first;
      float[] u = Arrays.copyOfRange(samples.u(), first * dimension, last * dimension);
      double[] x = new double[rows * target.spaceDimension()];
      target.map(u, rows, x, new double[rows]);
      data.add(
          x,
          Arrays.copyOfRange(samples.logQ(), first, last),
          Arrays.copyOfRange(samples.logP(), first, last),
          rows);
    }
    return data;
  }
}
