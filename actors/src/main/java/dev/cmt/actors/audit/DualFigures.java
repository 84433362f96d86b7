package dev.cmt.actors.audit;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.cmt.actors.run.StepRecord;
import dev.cmt.flow.annealing.AnnealingDual;
import dev.cmt.flow.annealing.AnnealingPath;
import dev.cmt.flow.annealing.DualSolution;
import dev.cmt.flow.diagnostics.EffectiveSampleSize;
import dev.cmt.flow.diagnostics.LogWeights;
import java.util.stream.DoubleStream;

/**
 * What the samples of a step say: the figures of {@link StepRecord} that need no fit (snake_case
 * keys).
 *
 * @param lambda multiplier of the trust region
 * @param eta multiplier of the entropy constraint
 * @param beta progress of the geometric part of the path after the step, 0 to 1
 * @param alpha temper of the path after the step, 0 to 1
 * @param kl KL(q_{i+1} ‖ q_i) of the step's aim, nats
 * @param entropy H(q_i), nats
 * @param entropyDrop H(q_i) − H(q_{i+1}) of the step's aim, nats
 * @param logZ estimate of the target's log Z
 * @param essStep effective sample size of q_{i+1} under q_i, 0 to 1
 * @param essTarget effective sample size of the target under q_i, 0 to 1, clipped as in the paper
 * @param converged whether the bounds could be met
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record DualFigures(
    double lambda,
    double eta,
    double beta,
    double alpha,
    double kl,
    double entropy,
    double entropyDrop,
    double logZ,
    double essStep,
    double essTarget,
    boolean converged) {

  static DualFigures of(StepRecord record) {
    return new DualFigures(
        record.lambda(),
        record.eta(),
        record.beta(),
        record.alpha(),
        record.kl(),
        record.entropy(),
        record.entropyDrop(),
        record.logZ(),
        record.essStep(),
        record.essTarget(),
        record.converged());
  }

  /**
   * Solves a step's dual.
   *
   * @param step index of the step
   * @param before where on the path the step began
   */
  static DualFigures solve(
      int step, StepDensities densities, ReplaySettings settings, AnnealingPath before) {
    double[] logQ = densities.logQ();
    double[] logP = settings.scale(densities.logP());
    DualSolution solution = AnnealingDual.solve(logQ, logP, settings.bounds().at(step, before));
    AnnealingPath path = before.next(solution.lambda(), solution.eta());
    return new DualFigures(
        solution.lambda(),
        solution.eta(),
        path.beta(),
        path.alpha(),
        solution.kl(),
        solution.entropyBefore(),
        solution.entropyDrop(),
        solution.targetLogZ(),
        solution.essStep(),
        EffectiveSampleSize.clipped(LogWeights.of(logQ, logP)),
        solution.converged());
  }

  /** The greatest relative difference of a figure. */
  double difference(DualFigures other) {
    double[] mine = figures();
    double[] others = other.figures();
    double worst = converged == other.converged ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < mine.length; i++) {
      if (Double.compare(mine[i], others[i]) != 0) {
        double scale = Math.max(Math.abs(mine[i]), Math.abs(others[i]));
        double relative = Math.abs(mine[i] - others[i]) / scale;
        worst = Double.isNaN(relative) ? Double.POSITIVE_INFINITY : Math.max(worst, relative);
      }
    }
    return worst;
  }

  private double[] figures() {
    return DoubleStream.of(
            lambda, eta, beta, alpha, kl, entropy, entropyDrop, logZ, essStep, essTarget)
        // −0 and 0 are one number.
        .map(figure -> figure + 0.0)
        .toArray();
  }
}
