package dev.cmt.flow.checkpoint;

/** Bytes that are not a checkpoint, or not one of this version; the message says where. */
public final class MalformedCheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Takes a message for people: what is wrong, where, and what is allowed. */
  public MalformedCheckpointException(String message) {
    super(message);
  }

  /** Takes a message for people and what went wrong underneath. */
  public MalformedCheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
