package dev.cmt.buffer;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Room on a device, asked before it is needed: a write through a memory mapping to a full disk does
 * not fail, it kills the JVM (SIGBUS). An annealing step therefore asks for twice its size before
 * it starts, and who writes has the room set aside meanwhile, so that two threads are not both
 * promised the last of it. What is set aside counts on every device alike, which matters only to a
 * process that writes to two that are nearly full.
 */
public final class DiskSpace {
  /** Bytes that writers at work were promised. */
  private static long promised;

  private DiskSpace() {}

  /** Something that takes room. */
  @FunctionalInterface
  interface Writing {
    void run() throws IOException;
  }

  /**
   * @param path an existing file or directory on the device in question
   * @param bytes how much {@code what} is going to take
   * @param what named in the message, e.g. "annealing step 12"
   * @throws DiskFullException if fewer bytes are available to this user
   */
  public static void require(Path path, long bytes, String what) throws DiskFullException {
    promise(path, bytes, what, 0);
  }

  /**
   * Writes with room set aside. What is written counts twice until the writing is done: as taken
   * and as set aside.
   *
   * @param path an existing file or directory on the device in question
   * @param bytes how much the writing takes
   * @param what named in the message
   * @throws DiskFullException if fewer bytes are available to this user; nothing was written
   */
  static void take(Path path, long bytes, String what, Writing writing) throws IOException {
    promise(path, bytes, what, bytes);
    try {
      writing.run();
    } finally {
      giveBack(bytes);
    }
  }

  private static synchronized void promise(Path path, long bytes, String what, long setAside)
      throws DiskFullException {
    if (bytes < 0) {
      throw new IllegalArgumentException("bytes (%d) must not be negative.".formatted(bytes));
    }
    // File.getUsableSpace is one statvfs; FileStore parses the mount table at each call.
    long available = path.toFile().getUsableSpace() - promised;
    if (available < bytes) {
      throw new DiskFullException(path, what, bytes, Math.max(0, available));
    }
    promised += setAside;
  }

  private static synchronized void giveBack(long bytes) {
    promised -= bytes;
  }
}
