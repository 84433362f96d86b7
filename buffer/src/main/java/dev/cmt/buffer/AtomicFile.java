package dev.cmt.buffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Whole files or none: the bytes go to a temporary name in the same directory, are forced to the
 * device, and only then take the file's name. A reader sees the old content or the new, also after
 * a power cut; a death in between leaves a temporary file that {@link #removeLeftovers} clears.
 */
public final class AtomicFile {
  private static final String PREFIX = ".writing-";

  private AtomicFile() {}

  /**
   * Writes or replaces a file.
   *
   * @throws DiskFullException if the device has no room for {@code content}
   * @throws IOException if it cannot be written; the old content is then untouched
   */
  public static void write(Path file, byte[] content) throws IOException {
    DiskSpace.take(
        directoryOf(file),
        content.length,
        file.getFileName().toString(),
        () -> write(file, temporary -> fill(temporary, content)));
  }

  private static void fill(Path file, byte[] content) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer source = ByteBuffer.wrap(content);
      while (source.hasRemaining()) {
        channel.write(source);
      }
    }
  }

  /** Fills a file that may be larger than memory. */
  @FunctionalInterface
  public interface Content {
    /** Writes all of it to {@code file}, which exists and is empty, and closes it. */
    void writeTo(Path file) throws IOException;
  }

  /**
   * Writes or replaces a file.
   *
   * @throws IOException if it cannot be written; the old content is then untouched
   */
  public static void write(Path file, Content content) throws IOException {
    // Not Files.createTempFile, whose files nobody but their owner may read.
    Path temporary = directoryOf(file).resolve(PREFIX + UUID.randomUUID());
    try {
      Files.createFile(temporary);
      content.writeTo(temporary);
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      rename(temporary, file);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /**
   * Deletes what writers that died left in {@code directory}. Only the holder of the run's {@link
   * RunLock} may call it: the file of a writer at work looks the same. Returns how many there were.
   */
  static int removeLeftovers(Path directory) throws IOException {
    int removed = 0;
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, PREFIX + "*")) {
      for (Path leftover : leftovers) {
        Files.delete(leftover);
        removed++;
      }
    }
    return removed;
  }

  /** Gives {@code from} the name {@code to} (replacing a file) and forces the directory entry. */
  static void rename(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException(
          "The file system of %s cannot rename atomically, so nothing on it is safe from a crash; put the run directory on a local disk."
              .formatted(to),
          e);
    }
    forceDirectory(directoryOf(to));
  }

  /** Makes the names in {@code directory} as durable as the files they stand for. */
  static void forceDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static Path directoryOf(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null || !Files.isDirectory(directory)) {
      throw new NoSuchFileException(
          file.toString(), null, "its directory does not exist; create it first");
    }
    return directory;
  }
}
