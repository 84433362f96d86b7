package dev.cmt.actors.run;

import dev.cmt.flow.annealing.AnnealingPath;

/**
 * How far a run has come: what a checkpoint remembers besides the flow.
 *
 * @param completedSteps annealing steps on disk
 * @param path where on the annealing path the flow is
 * @param targetEvaluations target evaluations so far
 * @param gradientSteps gradient steps so far
 * @param wallSeconds seconds that processes have worked on the run, up to its last checkpoint
 */
record RunProgress(
    int completedSteps,
    AnnealingPath path,
    long targetEvaluations,
    long gradientSteps,
    double wallSeconds) {
  static RunProgress start() {
    return new RunProgress(0, AnnealingPath.start(), 0, 0, 0);
  }

  RunProgress withCompletedSteps(int steps, double secondsSoFar) {
    return new RunProgress(steps, path, targetEvaluations, gradientSteps, secondsSoFar);
  }

  RunProgress withWallSeconds(double secondsSoFar) {
    return withCompletedSteps(completedSteps, secondsSoFar);
  }

  RunProgress withPath(AnnealingPath next) {
    return new RunProgress(completedSteps, next, targetEvaluations, gradientSteps, wallSeconds);
  }

  RunProgress withEvaluations(long more) {
    return new RunProgress(
        completedSteps, path, targetEvaluations + more, gradientSteps, wallSeconds);
  }

  RunProgress withGradientSteps(long more) {
    return new RunProgress(
        completedSteps, path, targetEvaluations, gradientSteps + more, wallSeconds);
  }
}
