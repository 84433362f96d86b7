package dev.cmt.actors.run;

import dev.cmt.buffer.RunDirectory;

/** What listeners of a run hear, in order, on one of the run's own threads: they must be quick. */
public sealed interface RunEvent {
  /**
   * The run directory is this process's, and will now be read. Heard on the thread that starts the
   * run.
   *
   * @param directory the run directory
   */
  record Opened(RunDirectory directory) implements RunEvent {}

  /**
   * The flow is open and the run begins or goes on.
   *
   * @param found what was found in the run directory and where the run goes on, in a line
   * @param completedSteps steps that an earlier process completed
   * @param totalSteps annealing steps of the whole run
   * @param flowEngine the flow engine's description
   * @param energyEngine the energy engine's description
   */
  record Started(
      String found, int completedSteps, int totalSteps, String flowEngine, String energyEngine)
      implements RunEvent {}

  /**
   * Samples are being collected.
   *
   * @param step index of the step; the number of steps for the final evaluation
   * @param storedRows rows of the step in the journal
   * @param rows rows of the step
   * @param targetEvals target evaluations of the whole run so far
   */
  record Collected(int step, long storedRows, long rows, long targetEvals) implements RunEvent {}

  /**
   * The flow is being fitted.
   *
   * @param step index of the step
   * @param done gradient steps done in this step
   * @param total gradient steps of this step
   */
  record Fitted(int step, int done, int total) implements RunEvent {}

  /**
   * A step is complete: its record and checkpoint are on disk.
   *
   * @param record what it was
   */
  record StepCompleted(StepRecord record) implements RunEvent {}
}
