package dev.cmt.actors.cluster;

/** Bytes that are no batch, or a batch that is no frame. */
final class FrameException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  FrameException(String message) {
    super(message);
  }
}
