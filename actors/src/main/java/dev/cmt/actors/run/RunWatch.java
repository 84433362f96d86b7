package dev.cmt.actors.run;

import dev.cmt.actors.cluster.RunProgress;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Knows where a run is, by what it hears of it, and logs each step. Read by any thread. */
final class RunWatch implements Consumer<RunEvent> {
  private static final Logger LOG = LoggerFactory.getLogger(RunWatch.class);

  private volatile RunProgress now;
  private volatile int completedSteps;

  RunWatch(String run, int steps) {
    now = new RunProgress(run, "starting", 0, steps, 0, 0, 0, 0, 0, null);
  }

  /** The run will go on after these steps, as soon as it has who evaluates. */
  void goesOnAfter(int steps) {
    completedSteps = steps;
    now = new RunProgress(now.id(), "starting", steps, now.steps(), 0, 0, 0, 0, 0, null);
  }

  /** Where it is. */
  RunProgress now() {
    return now;
  }

  /** Steps that are on disk; 0 until that is known. */
  int completedSteps() {
    return completedSteps;
  }

  @Override
  public void accept(RunEvent event) {
    RunProgress before = now;
    if (event instanceof RunEvent.Started started) {
      goesOnAfter(started.completedSteps());
    } else if (event instanceof RunEvent.Collected collected) {
      now =
          new RunProgress(
              before.id(),
              "collecting",
              collected.step(),
              before.steps(),
              collected.storedRows(),
              collected.rows(),
              0,
              0,
              collected.targetEvals(),
              before.latest());
    } else if (event instanceof RunEvent.Fitted fitted) {
      now =
          new RunProgress(
              before.id(),
              "fitting",
              fitted.step(),
              before.steps(),
              before.storedRows(),
              before.rows(),
              fitted.done(),
              fitted.total(),
              before.targetEvals(),
              before.latest());
    } else if (event instanceof RunEvent.StepCompleted completed) {
      completedSteps = completed.record().step() + 1;
      now =
          new RunProgress(
              before.id(),
              before.stage(),
              before.step(),
              before.steps(),
              before.storedRows(),
              before.rows(),
              before.gradientStepsDone(),
              before.gradientSteps(),
              before.targetEvals(),
              figures(completed.record()));
      log(completed.record());
    }
  }

  private static void log(StepRecord record) {
    LOG.atInfo()
        .addKeyValue("completed_step", record.step())
        .addKeyValue("ess_step", record.essStep())
        .addKeyValue("ess_target", record.essTarget())
        .addKeyValue("entropy", record.entropy())
        .addKeyValue("log_z", record.logZ())
        .addKeyValue("target_evals", record.targetEvals())
        .log(
            "Step {} is complete: ESS of the target {}, entropy {} nats",
            record.step(),
            record.essTarget(),
            record.entropy());
  }

  private static RunProgress.Step figures(StepRecord record) {
    return new RunProgress.Step(
        record.step(),
        record.essStep(),
        record.essTarget(),
        record.entropy(),
        record.entropyDrop(),
        record.kl(),
        record.logZ(),
        record.beta(),
        record.alpha(),
        record.loss(),
        record.failedRows());
  }
}
