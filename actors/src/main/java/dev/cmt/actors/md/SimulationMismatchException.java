package dev.cmt.actors.md;

/**
 * A directory holds something else than what was asked to go on; the message shows the differences
 * and what to do.
 */
public final class SimulationMismatchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SimulationMismatchException(String message) {
    super(message);
  }
}
