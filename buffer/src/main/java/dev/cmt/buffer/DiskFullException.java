package dev.cmt.buffer;

import java.io.IOException;
import java.nio.file.Path;

/** A device lacks the room that something is known to need; nothing was written. */
public final class DiskFullException extends IOException {
  private static final long serialVersionUID = 1L;

  private final long neededBytes;
  private final long availableBytes;

  DiskFullException(Path path, String what, long neededBytes, long availableBytes) {
    super(
        "%s needs %d bytes, but the device of %s has %d left; free some, or keep fewer steps in the replay buffer, and start again."
            .formatted(what, neededBytes, path, availableBytes));
    this.neededBytes = neededBytes;
    this.availableBytes = availableBytes;
  }

  public long neededBytes() {
    return neededBytes;
  }

  public long availableBytes() {
    return availableBytes;
  }
}
