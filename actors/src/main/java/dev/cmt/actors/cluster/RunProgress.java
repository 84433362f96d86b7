package dev.cmt.actors.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * Where a run is, for status and metrics.
 *
 * @param id tells the run from others: the same in all its processes, however often it is taken up
 * @param stage {@code starting}, {@code collecting} or {@code fitting}
 * @param step index of the annealing step under way; the number of steps for the final evaluation
 * @param steps annealing steps of the run
 * @param storedRows rows of the step in the journal
 * @param rows rows of the step
 * @param gradientStepsDone of the step's fit
 * @param gradientSteps of the step's fit
 * @param targetEvals target evaluations of the whole run so far
 * @param latest the latest step that this process completed; null before there is one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RunProgress(
    String id,
    String stage,
    int step,
    int steps,
    long storedRows,
    long rows,
    int gradientStepsDone,
    int gradientSteps,
    long targetEvals,
    Step latest) {
  /**
   * A completed step; what its figures mean is said of the lines of steps.jsonl.
   *
   * @param step index of the step
   * @param essStep effective sample size of the next flow under the sampled one, 0 to 1
   * @param essTarget effective sample size of the target under the sampled flow, 0 to 1
   * @param entropy of the sampled flow, nats
   * @param entropyDrop loss of entropy of the step's aim, nats
   * @param kl of the step's aim, nats
   * @param logZ estimate of the target's log Z
   * @param beta progress of the path, 0 to 1
   * @param alpha temper of the path, 0 to 1
   * @param loss mean of the fit
   * @param failedRows rows without a finite log-density
   */
  public record Step(
      int step,
      double essStep,
      double essTarget,
      double entropy,
      double entropyDrop,
      double kl,
      double logZ,
      double beta,
      double alpha,
      double loss,
      int failedRows) {}
}
