package dev.cmt.actors.run;

import dev.cmt.flow.annealing.AnnealingPath;

/**
 * How far a run has come: what a checkpoint remembers besides the flow.
 *
 * @param completedSteps annealing steps on disk
 * @param path where on the annealing path the flow is
 * @param targetEvaluations target evaluations so far
 * @param gradientSteps gradient steps so far
 */
record RunProgress(
    int completedSteps, AnnealingPath path, long targetEvaluations, long gradientSteps) {
  static RunProgress start() {
    return new RunProgress(0, AnnealingPath.start(), 0, 0);
  }

  RunProgress withCompletedSteps(int steps) {
    return new RunProgress(steps, path, targetEvaluations, gradientSteps);
  }

  RunProgress withPath(AnnealingPath next) {
    return new RunProgress(completedSteps, next, targetEvaluations, gradientSteps);
  }

  RunProgress withEvaluations(long more) {
    return new RunProgress(completedSteps, path, targetEvaluations + more, gradientSteps);
  }

  RunProgress withGradientSteps(long more) {
    return new RunProgress(completedSteps, path, targetEvaluations, gradientSteps + more);
  }
}
