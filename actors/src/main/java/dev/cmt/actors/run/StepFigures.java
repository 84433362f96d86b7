package dev.cmt.actors.run;

import dev.cmt.flow.ControlVariate;
import dev.cmt.flow.annealing.DualSolution;

/** The figures of the annealing step under way. Belongs to the coordinator. */
final class StepFigures {
  private long rows;
  private int failedRows;
  private double sampleSeconds;
  private double energySeconds;
  private double fitSeconds;
  private double checkpointSeconds;
  private int fitSteps;
  private int skippedUpdates;
  private double lossSum;
  private double normSum;
  private ControlVariate variate = ControlVariate.START;
  private Coordinator.Solved solved;

  void begin(long storedRows, int storedFailures) {
    rows = storedRows;
    failedRows = storedFailures;
    sampleSeconds = 0;
    energySeconds = 0;
    fitSeconds = 0;
    fitSteps = 0;
    skippedUpdates = 0;
    lossSum = 0;
    normSum = 0;
    variate = ControlVariate.START;
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

  void addSlice(Coordinator.SliceFitted slice) {
    fitSteps += slice.sliceSteps();
    skippedUpdates += slice.skipped();
    lossSum += slice.lossSum();
    normSum += slice.normSum();
    fitSeconds += slice.seconds();
    variate = slice.variate();
  }

  void setCheckpointSeconds(double seconds) {
    checkpointSeconds = seconds;
  }

  long rows() {
    return rows;
  }

  /** Whether the fit so far has changed nothing, because no update was finite. */
  boolean fitIsStuck() {
    return fitSteps > 0 && skippedUpdates == fitSteps;
  }

  ControlVariate variate() {
    return variate;
  }

  TrainingSet trainingSet() {
    return solved.set();
  }

  StepRecord record(int step, RunProgress progress) {
    DualSolution solution = solved.solution();
    int applied = fitSteps - skippedUpdates;
    return new StepRecord(
        step,
        solution.lambda(),
        solution.eta(),
        progress.path().beta(),
        progress.path().alpha(),
        solution.kl(),
        solution.entropyBefore(),
        solution.entropyDrop(),
        solution.targetLogZ(),
        solution.essStep(),
        solved.essTarget(),
        progress.targetEvaluations(),
        progress.gradientSteps(),
        lossSum / applied,
        normSum / applied,
        skippedUpdates,
        solution.converged(),
        failedRows,
        new StepRecord.Seconds(
            sampleSeconds, energySeconds, solved.seconds(), fitSeconds, checkpointSeconds));
  }
}
