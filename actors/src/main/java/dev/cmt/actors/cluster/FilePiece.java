package dev.cmt.actors.cluster;

/**
 * A part of a file on its way to a standby.
 *
 * @param run tells the run from others
 * @param request which question it answers
 * @param offset where it lies in the file, at least 0; what was left out before it is zeros
 * @param bytes empty if all that follows is zeros
 */
public record FilePiece(long run, long request, long offset, byte[] bytes)
    implements ToStandby, BulkMessage {
  /** Checks the offset. */
  public FilePiece {
    if (offset < 0) {
      throw new IllegalArgumentException("offset (%d) must not be negative.".formatted(offset));
    }
  }
}
