package dev.cmt.actors.pool;

import org.apache.pekko.actor.typed.ActorRef;

/**
 * What workers tell the pool. {@code wants} is always how many more batches the worker asks for.
 */
public sealed interface WorkerReport extends EnergyPool.Command {
  /** Who reports. */
  ActorRef<Work> worker();

  /**
   * A worker has opened its engine.
   *
   * @param worker who
   * @param name for people: where it is
   * @param engine what it computes with
   * @param wants batches it asks for, at least 1
   */
  record Joined(ActorRef<Work> worker, String name, Engine engine, int wants)
      implements WorkerReport {}

  /**
   * A batch is evaluated.
   *
   * @param worker who did it
   * @param assignment the handing-out it answers
   * @param batch samples and densities
   * @param wants more batches it asks for, at least 0
   */
  record Evaluated(ActorRef<Work> worker, long assignment, EvaluatedBatch batch, int wants)
      implements WorkerReport {}

  /**
   * A worker could not evaluate a batch as a whole; a row that fails is data instead.
   *
   * @param worker who tried
   * @param assignment the handing-out it answers
   * @param reason in words
   * @param enginesDisagree whether that is because its energies cannot be trusted, so that nobody
   *     else shall try
   * @param wants more batches it asks for, at least 0
   */
  record Refused(
      ActorRef<Work> worker, long assignment, String reason, boolean enginesDisagree, int wants)
      implements WorkerReport {}

  /**
   * A worker that is leaving gives back a batch it has not begun; nothing is wrong with the batch.
   *
   * @param worker who had it
   * @param assignment the handing-out that it undoes
   */
  record Returned(ActorRef<Work> worker, long assignment) implements WorkerReport {}
}
