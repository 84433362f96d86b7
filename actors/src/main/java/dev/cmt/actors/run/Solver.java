package dev.cmt.actors.run;

import dev.cmt.buffer.StepSamples;
import dev.cmt.energy.Channel;
import dev.cmt.flow.annealing.AnnealingDual;
import dev.cmt.flow.annealing.Bounds;
import dev.cmt.flow.annealing.DualSolution;
import dev.cmt.flow.annealing.ImportanceWeights;
import dev.cmt.flow.diagnostics.EffectiveSampleSize;
import dev.cmt.flow.diagnostics.LogWeights;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Solves the dual of a step on what its journal holds and turns the solution into training weights.
 * Owns a thread.
 */
final class Solver {
  private static final Logger LOG = LoggerFactory.getLogger(Solver.class);

  private Solver() {}

  /**
   * Samples of a step, from the journal.
   *
   * @param samples all of the step
   * @param bounds how far the step may go
   */
  record Solve(StepSamples samples, Bounds bounds) {}

  /**
   * A solver that answers the coordinator, and warns of what goes wrong between steps.
   *
   * @param channels the flow's coordinates
   */
  static Behavior<Solve> create(List<Channel> channels, ActorRef<Coordinator.Command> coordinator) {
    return Behaviors.setup(
        context -> {
          StepWatch watch = new StepWatch(channels);
          return Behaviors.receive(Solve.class)
              .onMessage(
                  Solve.class,
                  request -> {
                    coordinator.tell(solve(request.samples(), request.bounds(), watch));
                    return Behaviors.same();
                  })
              .build();
        });
  }

  private static Coordinator.Solved solve(StepSamples samples, Bounds bounds, StepWatch watch) {
    long start = System.nanoTime();
    double[] logQ = samples.logQ();
    double[] logP = samples.logP();
    DualSolution solution = AnnealingDual.solve(logQ, logP, bounds);
    if (!solution.converged()) {
      LOG.warn(
          "The bounds of step {} could not be met; going on with the best multipliers found: {}",
          samples.step(),
          solution.explain());
    }
    double[] weights = ImportanceWeights.of(logQ, logP, solution);
    List<String> warnings = watch.see(samples, weights, solution);
    warnings.forEach(LOG::warn);
    double[] logProposal = new double[logQ.length];
    boolean[] usable = new boolean[logQ.length];
    for (int row = 0; row < logQ.length; row++) {
      usable[row] = Double.isFinite(logP[row] - logQ[row]);
      logProposal[row] = usable[row] ? logQ[row] + samples.logVolume()[row] : 0;
    }
    double essTarget = EffectiveSampleSize.clipped(LogWeights.of(logQ, logP));
    TrainingSet set = new TrainingSet(samples.step(), samples.u(), weights, logProposal, usable);
    double seconds = (System.nanoTime() - start) * 1e-9;
    return new Coordinator.Solved(solution, essTarget, set, warnings, seconds);
  }
}
