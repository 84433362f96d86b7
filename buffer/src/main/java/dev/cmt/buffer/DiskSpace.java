package dev.cmt.buffer;

import java.nio.file.Path;

/**
 * Room on a device, asked before it is needed: a write through a memory mapping to a full disk does
 * not fail, it kills the JVM (SIGBUS). An annealing step therefore asks for twice its size before
 * it starts.
 */
public final class DiskSpace {
  private DiskSpace() {}

  /**
   * @param path an existing file or directory on the device in question
   * @param bytes how much {@code what} is going to take
   * @param what named in the message, e.g. "annealing step 12"
   * @throws DiskFullException if fewer bytes are available to this user
   */
  public static void require(Path path, long bytes, String what) throws DiskFullException {
    if (bytes < 0) {
      throw new IllegalArgumentException("bytes (%d) must not be negative.".formatted(bytes));
    }
    // File.getUsableSpace is one statvfs; FileStore parses the mount table at each call.
    long available = path.toFile().getUsableSpace();
    if (available < bytes) {
      throw new DiskFullException(path, what, bytes, available);
    }
  }
}
