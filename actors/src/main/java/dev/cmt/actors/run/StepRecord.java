package dev.cmt.actors.run;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;

/**
 * What one annealing step was, as a line of {@code steps.jsonl} (snake_case keys).
 *
 * @param step index of the step, from 0
 * @param lambda multiplier of the trust region
 * @param eta multiplier of the entropy constraint
 * @param beta progress of the geometric part of the path after this step, 0 to 1
 * @param alpha temper of the path after this step, 0 to 1 (paper, Theorem 2.4)
 * @param epsEnt greatest loss of entropy the step was allowed, nats; null if unbounded, or if the
 *     run is of a version that did not say
 * @param kl KL(q_{i+1} ‖ q_i) of the step's aim, nats
 * @param entropy H(q_i) of the flow that was sampled, nats, in the target's measure
 * @param entropyDrop H(q_i) − H(q_{i+1}) of the step's aim, nats
 * @param logZ estimate of the target's log Z from the step's samples
 * @param essStep effective sample size of q_{i+1} under q_i, 0 to 1
 * @param essTarget effective sample size of the target under q_i, 0 to 1
 * @param targetEvals target evaluations of the whole run so far
 * @param gradientSteps gradient steps of the whole run so far
 * @param loss mean minibatch loss of the step's fit
 * @param gradNorm mean gradient norm before clipping
 * @param skippedUpdates gradient steps whose update was skipped because it was not finite
 * @param converged whether the dual met its bounds; if not, the log says how far it came
 * @param failedRows rows of the step that had no finite log-density
 * @param seconds where the time went
 * @param warnings what was wrong with the step, such as a mode on its way out; mostly empty, and so
 *     in runs of a version that did not say. A process that took the run up compares with the steps
 *     that it has seen itself, so this is no function of the run alone
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonIgnoreProperties(ignoreUnknown = true)
public record StepRecord(
    int step,
    double lambda,
    double eta,
    double beta,
    double alpha,
    Double epsEnt,
    double kl,
    double entropy,
    double entropyDrop,
    double logZ,
    double essStep,
    double essTarget,
    long targetEvals,
    long gradientSteps,
    double loss,
    double gradNorm,
    int skippedUpdates,
    boolean converged,
    int failedRows,
    Seconds seconds,
    List<String> warnings) {

  /** Keeps a copy of the warnings. */
  public StepRecord {
    warnings = warnings == null ? List.of() : List.copyOf(warnings);
  }

  /**
   * Seconds that the step's stages were busy; sampling and energies overlap, and energies add up
   * over workers.
   *
   * @param sample drawing from the flow
   * @param energy evaluating the target
   * @param dual solving for the multipliers
   * @param fit gradient steps
   * @param checkpoint the flow's state to disk; of the step before, because a record cannot hold
   *     the time of its own writing
   */
  public record Seconds(double sample, double energy, double dual, double fit, double checkpoint) {}
}
