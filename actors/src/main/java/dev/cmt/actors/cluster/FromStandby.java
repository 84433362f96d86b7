package dev.cmt.actors.cluster;

import dev.cmt.actors.pool.WorkerMessage;
import dev.cmt.buffer.SealedFile;

/** What a standby tells its link at the head; one question at a time. */
public sealed interface FromStandby extends WorkerMessage
    permits FromStandby.AskStep, FromStandby.AskPiece, FromStandby.Holding, FromStandby.CannotGoOn {
  /**
   * What is there of a step?
   *
   * @param request tells the answer from others
   * @param step index of the step
   */
  record AskStep(long request, int step) implements FromStandby, ControlMessage {}

  /**
   * Read on in a file.
   *
   * @param request tells the answer from others
   * @param file as it was offered
   * @param offset from which byte on
   */
  record AskPiece(long request, SealedFile file, long offset)
      implements FromStandby, ControlMessage {}

  /**
   * Said every second.
   *
   * @param completedSteps steps with which the run could go on at the standby
   */
  record Holding(int completedSteps) implements FromStandby, ControlMessage {}

  /**
   * The standby goes away.
   *
   * @param reason in words
   */
  record CannotGoOn(String reason) implements FromStandby, ControlMessage {}
}
