package dev.cmt.actors.md;

/**
 * How the actors of a simulation ended.
 *
 * @param outcome in which of three ways
 * @param reason in words for people
 * @param cause what went wrong underneath, or null
 */
record SimulationEnding(Outcome outcome, String reason, Throwable cause) {
  /** The three ways a simulation ends. */
  enum Outcome {
    /** All replicas made all their steps. */
    FINISHED,
    /** Somebody asked it to stop; it can be taken up again. */
    STOPPED,
    /** It could not go on; what was saved is on disk. */
    FAILED
  }

  static SimulationEnding finished() {
    return new SimulationEnding(Outcome.FINISHED, "all steps are done", null);
  }

  static SimulationEnding stopped() {
    return new SimulationEnding(Outcome.STOPPED, "it was asked to stop", null);
  }

  static SimulationEnding failed(String reason, Throwable cause) {
    return new SimulationEnding(Outcome.FAILED, String.valueOf(reason), cause);
  }
}
