package dev.cmt.buffer;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Checkpoints of a run, {@code checkpoints/step-000012.safetensors}. A checkpoint counts only with
 * the digest that the journal recorded for it; a file without one is debris. Reading needs no lock;
 * {@link #write} and {@link #prune} are for the holder of the {@link RunLock}. Stateless, so safe
 * for use by several threads.
 */
public final class CheckpointStore {
  private static final Pattern NAME = Pattern.compile("step-\\d{6,}\\.safetensors");

  private final Path directory;

  public CheckpointStore(RunDirectory run) {
    this.directory = run.checkpoints();
  }

  /** The file name of a step's checkpoint. */
  public static String name(int step) {
    if (step < 0) {
      throw new IllegalArgumentException("step (%d) must not be negative.".formatted(step));
    }
    return String.format(Locale.ROOT, "step-%06d.safetensors", step);
  }

  /**
   * Writes a checkpoint, replacing one of the same step; when this returns, it is on the device.
   *
   * @param content the file's bytes
   * @return what to record in the journal
   * @throws DiskFullException if there is no room; an older file of that name is then untouched
   */
  public CheckpointRef write(int step, byte[] content) throws IOException {
    AtomicFile.write(directory.resolve(name(step)), content);
    return new CheckpointRef(name(step), sha256(content));
  }

  /** Where a checkpoint lies. */
  public Path path(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "checkpoint (%s) must be named step-NNNNNN.safetensors.".formatted(name));
    }
    return directory.resolve(name);
  }

  /**
   * Reads a checkpoint and verifies it.
   *
   * @throws IOException if it is absent or its digest is another
   */
  public byte[] read(CheckpointRef checkpoint) throws IOException {
    byte[] content = Files.readAllBytes(path(checkpoint.name()));
    String sha256 = sha256(content);
    if (!sha256.equals(checkpoint.sha256())) {
      throw new IOException(
          "The checkpoint %s has SHA-256 %s, the journal recorded %s: it was changed or damaged; resume from an earlier one."
              .formatted(path(checkpoint.name()), sha256, checkpoint.sha256()));
    }
    return content;
  }

  /**
   * The last of {@code recorded} that is there with the recorded digest.
   *
   * @param recorded in the order the journal recorded them
   */
  public Optional<CheckpointRef> latestValid(List<CheckpointRef> recorded) throws IOException {
    for (int i = recorded.size() - 1; i >= 0; i--) {
      if (isValid(recorded.get(i))) {
        return Optional.of(recorded.get(i));
      }
    }
    return Optional.empty();
  }

  /**
   * Deletes the oldest checkpoints, so that {@code keep} stay, and beside them the last valid one
   * if it is not among them.
   *
   * @param keep at least 1
   * @param recorded in the order the journal recorded them
   * @return names of the deleted files
   */
  public List<String> prune(int keep, List<CheckpointRef> recorded) throws IOException {
    if (keep < 1) {
      throw new IllegalArgumentException(
          "keep (%d) must be at least 1: a run cannot resume without a checkpoint."
              .formatted(keep));
    }
    List<String> names = names();
    if (names.size() <= keep) {
      return List.of();
    }
    Set<String> kept = new HashSet<>(names.subList(names.size() - keep, names.size()));
    latestValid(recorded).ifPresent(checkpoint -> kept.add(checkpoint.name()));
    List<String> deleted = new ArrayList<>();
    for (String name : names) {
      if (!kept.contains(name)) {
        Files.delete(directory.resolve(name));
        deleted.add(name);
      }
    }
    return deleted;
  }

  /** Names of the checkpoint files that are there, in the order of their steps. */
  public List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (NAME.matcher(name).matches()) {
          names.add(name);
        }
      }
    }
    // Numbers of more than six digits are longer names.
    names.sort(
        (a, b) ->
            a.length() != b.length() ? Integer.compare(a.length(), b.length()) : a.compareTo(b));
    return names;
  }

  private boolean isValid(CheckpointRef checkpoint) throws IOException {
    try {
      return sha256(Files.readAllBytes(path(checkpoint.name()))).equals(checkpoint.sha256());
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
