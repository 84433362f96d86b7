package dev.cmt.actors.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * Files that a command writes: they take their name only when they are whole, so that a command
 * that was killed never leaves half a file that looks like a result.
 */
final class WholeFile {
  private WholeFile() {}

  /** Fills a file. */
  @FunctionalInterface
  interface Content {
    /** Writes all of it to {@code file}, which exists and is empty. */
    void writeTo(Path file) throws IOException;
  }

  /**
   * Fails before the work is done rather than after it.
   *
   * @throws CommandException if {@code file} cannot be written
   */
  static void requireWritable(Path file) {
    Path directory = directoryOf(file);
    if (Files.isDirectory(file)) {
      throw CommandException.wrongUse(file + " is a directory; name a file.", null);
    }
    if (!Files.isDirectory(directory)) {
      throw CommandException.wrongUse(
          "There is no directory %s for %s; create it first.".formatted(directory, file), null);
    }
    if (!Files.isWritable(directory)) {
      throw CommandException.wrongUse(
          "No permission to write to %s; check its owner and mode.".formatted(directory), null);
    }
  }

  /** Creates or replaces a file; where this fails, what was there is untouched. */
  static void write(Path file, Content content) throws IOException {
    // Not Files.createTempFile, whose files nobody else may read.
    Path temporary =
        directoryOf(file)
            .resolve(".writing-%d-%s".formatted(ProcessHandle.current().pid(), file.getFileName()));
    Files.deleteIfExists(temporary);
    Files.createFile(temporary);
    try {
      content.writeTo(temporary);
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** What a file's name ends with, in lower case and with its dot; empty if it has none. */
  static String suffix(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot < 0 ? "" : name.substring(dot).toLowerCase(Locale.ROOT);
  }

  private static Path directoryOf(Path file) {
    return file.toAbsolutePath().getParent();
  }
}
