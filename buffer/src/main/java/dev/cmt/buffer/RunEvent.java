package dev.cmt.buffer;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/**
 * What happened in a run, as {@link RunJournal} keeps it. Names and fields are part of the on-disk
 * format: add, never rename.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
@JsonSubTypes({
  @JsonSubTypes.Type(value = RunEvent.RunStarted.class, name = "run-started"),
  @JsonSubTypes.Type(value = RunEvent.StepStarted.class, name = "step-started"),
  @JsonSubTypes.Type(value = RunEvent.StepCompleted.class, name = "step-completed"),
  @JsonSubTypes.Type(value = RunEvent.RunFinished.class, name = "run-finished"),
})
public sealed interface RunEvent {
  /**
   * A process took the run up, for the first time or again.
   *
   * @param configHash hash of the resolved config; a run goes on only under the same
   * @param seed of all random numbers of the run
   */
  record RunStarted(String configHash, long seed) implements RunEvent {}

  /**
   * @param step annealing step
   * @param batches how many batches of samples it asks for
   */
  record StepStarted(int step, int batches) implements RunEvent {}

  /**
   * The step's checkpoint is on the device: from here on the step's samples are not needed.
   *
   * @param step annealing step
   * @param checkpoint file name in the checkpoint directory
   * @param checkpointSha256 its digest, lower-case hexadecimal
   */
  record StepCompleted(int step, String checkpoint, String checkpointSha256) implements RunEvent {}

  /**
   * @param status how the run ended, as in {@code summary.json}
   */
  record RunFinished(String status) implements RunEvent {}
}
