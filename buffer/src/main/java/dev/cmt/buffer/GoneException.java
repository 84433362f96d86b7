package dev.cmt.buffer;

import java.io.IOException;

/** What was offered of a run is not there any more, or is not what it was: ask again. */
public final class GoneException extends IOException {
  private static final long serialVersionUID = 1L;

  /** With what is gone. */
  public GoneException(String message) {
    super(message);
  }
}
