package dev.cmt.actors.bundle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** Directories as wholes. */
final class FileTree {
  /** Of every file of every bundle: the date of the jars' entries. */
  private static final FileTime DATE = FileTime.from(Instant.parse("1980-02-01T00:00:00Z"));

  private FileTree() {}

  /** Everything below a directory, in order of names. */
  static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .sorted()
          .toList();
    }
  }

  static long bytes(Path directory) throws IOException {
    long bytes = 0;
    for (Path file : files(directory)) {
      bytes += Files.size(file);
    }
    return bytes;
  }

  static void copy(Path from, Path to) throws IOException {
    for (Path file : files(from)) {
      Path target = to.resolve(from.relativize(file).toString());
      Files.createDirectories(target.getParent());
      Files.copy(file, target);
    }
  }

  /** Readable by everyone, writable by the owner, of one date. */
  static void settle(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      // What is inside comes before what it lies in, whose date it would change.
      for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        if (Files.isSymbolicLink(path)) {
          continue;
        }
        boolean runs = Files.isDirectory(path) || Files.isExecutable(path);
        Files.setPosixFilePermissions(
            path, PosixFilePermissions.fromString(runs ? "rwxr-xr-x" : "rw-r--r--"));
        Files.getFileAttributeView(path, BasicFileAttributeView.class).setTimes(DATE, DATE, null);
      }
    }
  }
}
