package dev.cmt.buffer;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/**
 * What a run set out to do and what came of it, as {@link RunJournal} keeps it: the run started, a
 * step started, its batches were evaluated (the step's own queue in {@link ReplayBuffer} holds
 * these), its dual was solved, a slice of its fit was checkpointed, the step was completed. Names
 * and fields are part of the on-disk format: add, never rename.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
@JsonSubTypes({
  @JsonSubTypes.Type(value = RunEvent.RunStarted.class, name = "run-started"),
  @JsonSubTypes.Type(value = RunEvent.StepStarted.class, name = "step-started"),
  @JsonSubTypes.Type(value = RunEvent.DualSolved.class, name = "dual-solved"),
  @JsonSubTypes.Type(value = RunEvent.FitCheckpointed.class, name = "fit-checkpointed"),
  @JsonSubTypes.Type(value = RunEvent.StepCompleted.class, name = "step-completed"),
  @JsonSubTypes.Type(value = RunEvent.RunFinished.class, name = "run-finished"),
})
public sealed interface RunEvent {
  /**
   * A process took the run up, for the first time or again.
   *
   * @param configHash hash of the resolved config; a run goes on only under the same
   * @param seed of all random numbers of the run
   * @param keepSteps samples of how many of the latest steps this process keeps, as {@link
   *     Retention#steps}; null in journals from before it was written
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record RunStarted(String configHash, long seed, Integer keepSteps) implements RunEvent {}

  /**
   * @param step annealing step
   * @param batches how many batches of samples it asks for
   */
  record StepStarted(int step, int batches) implements RunEvent {}

  /**
   * The multipliers of a step are known. A process that takes the step up solves again, from the
   * same batches to the same bits, and says so again.
   *
   * @param step annealing step
   * @param lambda multiplier of the trust region, at least 0
   * @param eta multiplier of the entropy constraint, at least 0
   * @param logZ estimate of the target's log Z from the step's samples
   * @param entropy of the flow that was sampled, nats, in the target's measure
   */
  record DualSolved(int step, double lambda, double eta, double logZ, double entropy)
      implements RunEvent {}

  /**
   * The flow in the middle of a step's fit is on the device. It needs the step's batches to go on.
   *
   * @param step annealing step
   * @param gradientStep gradient steps of the step's fit that it has seen
   * @param checkpoint file name in the checkpoint directory
   * @param checkpointSha256 its digest, lower-case hexadecimal
   */
  record FitCheckpointed(int step, int gradientStep, String checkpoint, String checkpointSha256)
      implements RunEvent {
    /** The checkpoint that it names. */
    public CheckpointRef ref() {
      return new CheckpointRef(checkpoint, checkpointSha256);
    }
  }

  /**
   * The step's checkpoint is on the device: from here on the step's samples are not needed.
   *
   * @param step annealing step
   * @param checkpoint file name in the checkpoint directory
   * @param checkpointSha256 its digest, lower-case hexadecimal
   * @param record the step's line of {@code steps.jsonl}; null in journals from before it was kept
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record StepCompleted(int step, String checkpoint, String checkpointSha256, String record)
      implements RunEvent {
    /** The checkpoint that it names. */
    public CheckpointRef ref() {
      return new CheckpointRef(checkpoint, checkpointSha256);
    }
  }

  /**
   * @param status how the run ended, as in {@code summary.json}
   */
  record RunFinished(String status) implements RunEvent {}
}
