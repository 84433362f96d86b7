package dev.cmt.flow;

/**
 * The machine lacks something a flow engine needs (a GPU, a library); the message names it and the
 * mend.
 */
public final class FlowUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Takes a message for people: what is missing and what provides it. */
  public FlowUnavailableException(String message) {
    super(message);
  }

  /** Takes a message for people and what went wrong underneath. */
  public FlowUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
