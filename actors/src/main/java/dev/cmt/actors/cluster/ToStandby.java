package dev.cmt.actors.cluster;

import dev.cmt.buffer.Retention;
import dev.cmt.buffer.RunReplica;
import dev.cmt.buffer.SealedStep;
import org.apache.pekko.actor.typed.ActorRef;

/** What a head tells a standby alone. */
public sealed interface ToStandby extends ToNode
    permits ToStandby.Follow, ToStandby.Progress, ToStandby.Offer, ToStandby.Gone, FilePiece {
  /**
   * The standby may copy the run.
   *
   * @param run tells the run from others
   * @param checkpoints how many of whole steps the run keeps
   * @param keepSteps samples of how many steps it keeps
   * @param ledger whether it keeps the ledgers of the others
   * @param stepRows rows of a step
   * @param link whom to ask
   */
  record Follow(
      long run,
      int checkpoints,
      int keepSteps,
      boolean ledger,
      int stepRows,
      ActorRef<FromStandby> link)
      implements ToStandby, ControlMessage {
    static Follow of(long run, RunReplica.Policy policy, ActorRef<FromStandby> link) {
      return new Follow(
          run,
          policy.checkpoints(),
          policy.samples().steps(),
          policy.samples().ledger(),
          policy.stepRows(),
          link);
    }

    RunReplica.Policy policy() {
      return new RunReplica.Policy(checkpoints, new Retention(keepSteps, ledger), stepRows);
    }
  }

  /**
   * The answer to a beat, and said when a step is completed: the head is there.
   *
   * @param completedSteps how far the run has come
   */
  record Progress(int completedSteps) implements ToStandby, ControlMessage {}

  /**
   * All there is of a step.
   *
   * @param request which question it answers
   * @param newest whether no later step is complete
   * @param step what there is
   */
  record Offer(long request, boolean newest, SealedStep step)
      implements ToStandby, ControlMessage {}

  /**
   * What was asked for is not there, or not any more.
   *
   * @param request which question it answers
   * @param reason in words
   */
  record Gone(long request, String reason) implements ToStandby, ControlMessage {}
}
