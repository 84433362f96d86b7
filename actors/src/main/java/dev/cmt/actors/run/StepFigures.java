package dev.cmt.actors.run;

import dev.cmt.flow.annealing.DualSolution;

/** The figures of the annealing step under way. Belongs to the coordinator. */
final class StepFigures {
  private FitFigures fit;
  private RunProgress before;
  private long rows;
  private int failedRows;
  private double sampleSeconds;
  private double energySeconds;
  private double checkpointSeconds;
  private Coordinator.Solved solved;

  /**
   * Figures that begin with the rest of a fit.
   *
   * @param takenUp what an earlier process did of the first step's fit; {@link FitFigures#NONE} if
   *     nothing
   */
  StepFigures(FitFigures takenUp) {
    fit = takenUp;
  }

  /** A step's queue is open; a fit that was taken up belongs to the first step. */
  void begin(RunProgress progress, long storedRows, int storedFailures) {
    if (before != null) {
      fit = FitFigures.NONE;
    }
    before = progress;
    rows = storedRows;
    failedRows = storedFailures;
    sampleSeconds = 0;
    energySeconds = 0;
    solved = null;
  }

  void addBatch(Coordinator.BatchStored batch) {
    rows += batch.rows();
    failedRows += batch.failedRows();
    sampleSeconds += batch.sampleSeconds();
    energySeconds += batch.energySeconds();
  }

  void setSolution(Coordinator.Solved solution) {
    solved = solution;
  }

  void setFit(FitFigures figures) {
    fit = figures;
  }

  void setCheckpointSeconds(double seconds) {
    checkpointSeconds = seconds;
  }

  long rows() {
    return rows;
  }

  FitFigures fit() {
    return fit;
  }

  /** How far the run had come when the step began. */
  RunProgress before() {
    return before;
  }

  TrainingSet trainingSet() {
    return solved.set();
  }

  StepRecord record(int step, RunProgress progress) {
    DualSolution solution = solved.solution();
    return new StepRecord(
        step,
        solution.lambda(),
        solution.eta(),
        progress.path().beta(),
        progress.path().alpha(),
        Double.isFinite(solution.bounds().entropy()) ? solution.bounds().entropy() : null,
        solution.kl(),
        solution.entropyBefore(),
        solution.entropyDrop(),
        solution.targetLogZ(),
        solution.essStep(),
        solved.essTarget(),
        progress.targetEvaluations(),
        progress.gradientSteps(),
        fit.meanLoss(),
        fit.meanNorm(),
        fit.skipped(),
        solution.converged(),
        failedRows,
        new StepRecord.Seconds(
            sampleSeconds, energySeconds, solved.seconds(), fit.seconds(), checkpointSeconds),
        solved.warnings());
  }
}
