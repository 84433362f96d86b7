package dev.cmt.actors.run;

import dev.cmt.actors.config.RunConfig;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.StepSamples;
import dev.cmt.energy.Target;
import dev.cmt.flow.checkpoint.FlowCheckpoint;

/** How a run ended and where what it made lies. */
public final class RunResult {
  /** The three ways a run ends. */
  public enum Status {
    /** All steps are done and the result is judged. */
    FINISHED,
    /** Somebody asked it to stop; it can be taken up again. */
    STOPPED,
    /** It could not go on; what was completed is on disk. */
    FAILED
  }

  private final Coordinator.Ending ending;
  private final RunConfig config;
  private final Target target;
  private final RunDirectory directory;
  private final float[] parameters;

  RunResult(
      Coordinator.Ending ending,
      RunConfig config,
      Target target,
      RunDirectory directory,
      float[] parameters) {
    this.parameters = parameters;
    this.ending = ending;
    this.config = config;
    this.target = target;
    this.directory = directory;
  }

  /** How it ended. */
  public Status status() {
    return switch (ending.outcome()) {
      case FINISHED -> Status.FINISHED;
      case STOPPED -> Status.STOPPED;
      case FAILED -> Status.FAILED;
    };
  }

  /** Why, in words for people. */
  public String reason() {
    return ending.reason();
  }

  /** What went wrong underneath, or null. */
  public Throwable cause() {
    return ending.cause();
  }

  /** Annealing steps on disk. */
  public int completedSteps() {
    return ending.progress().completedSteps();
  }

  /** Target evaluations of the run's annealing steps; those of the final evaluation come on top. */
  public long targetEvaluations() {
    return ending.progress().targetEvaluations();
  }

  /** Exponent of the target's density that the last step aimed at; 1 is the target. */
  public double pathExponent() {
    return ending.progress().path().exponent();
  }

  /** Whether the last step aimed at the target itself; if not, more annealing steps are needed. */
  public boolean reachedTarget() {
    return ending.progress().path().atTarget();
  }

  /** Seconds that processes worked on the run's completed steps. */
  public double wallSeconds() {
    return ending.progress().wallSeconds();
  }

  /** The samples of the final evaluation; null unless finished. */
  public StepSamples evaluation() {
    return ending.evaluation();
  }

  /** Parameters of the flow; 0 unless finished. */
  public int parameterCount() {
    return parameters.length;
  }

  /** SHA-256 over the finished flow's parameter bytes in declared order, little-endian. */
  public String parametersSha256() {
    return FlowCheckpoint.parametersSha256(parameters);
  }

  /** What was asked for. */
  public RunConfig config() {
    return config;
  }

  /** What was sampled. */
  public Target target() {
    return target;
  }

  /** Where everything lies. */
  public RunDirectory directory() {
    return directory;
  }
}
