package dev.cmt.actors.cluster;

/** How a node's time in a cluster ended. */
public sealed interface NodeOutcome {
  /** The run is finished. */
  record Finished() implements NodeOutcome {}

  /**
   * The node was asked to stop.
   *
   * @param inTime whether it has finished what it had begun; else that goes to others
   */
  record Drained(boolean inTime) implements NodeOutcome {}

  /**
   * The head is out of reach or was stopped; it may come back.
   *
   * @param why in words
   */
  record HeadLost(String why) implements NodeOutcome {}

  /**
   * The head has been silent for so long that a standby becomes the head.
   *
   * @param completedSteps steps it goes on after, at least 1
   */
  record TakesOver(int completedSteps) implements NodeOutcome {}

  /**
   * The head does not let this node in, and would not a second time.
   *
   * @param reason in words
   */
  record TurnedAway(String reason) implements NodeOutcome {}

  /**
   * The node itself cannot go on.
   *
   * @param reason in words
   * @param cause what happened
   */
  record Failed(String reason, Throwable cause) implements NodeOutcome {}
}
