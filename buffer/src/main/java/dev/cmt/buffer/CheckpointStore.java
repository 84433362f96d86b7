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
 * Checkpoints of a run: {@code checkpoints/step-000012.safetensors} after a step, {@code
 * step-000012-fit-00000400.safetensors} in the middle of its fit. A checkpoint counts only with the
 * digest that the journal recorded for it; a file without one is debris. Reading needs no lock;
 * {@link #write} and {@link #prune} are for the holder of the {@link RunLock}. Stateless, so safe
 * for use by several threads.
 */
public final class CheckpointStore {
  private static final Pattern STEP = Pattern.compile("step-\\d{6,}\\.safetensors");
  private static final Pattern FIT = Pattern.compile("step-\\d{6,}-fit-\\d{8,}\\.safetensors");

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

  /** The file name of a checkpoint in the middle of a step's fit, after so many gradient steps. */
  public static String fitName(int step, int gradientStep) {
    if (step < 0 || gradientStep < 0) {
      throw new IllegalArgumentException(
          "step (%d) and gradient step (%d) must not be negative.".formatted(step, gradientStep));
    }
    return String.format(Locale.ROOT, "step-%06d-fit-%08d.safetensors", step, gradientStep);
  }

  /**
   * Writes a checkpoint, replacing one of the same name; when this returns, it is on the device.
   *
   * @param name as {@link #name} or {@link #fitName} make it
   * @param content the file's bytes
   * @return what to record in the journal
   * @throws DiskFullException if there is no room; an older file of that name is then untouched
   */
  public CheckpointRef write(String name, byte[] content) throws IOException {
    AtomicFile.write(path(name), content);
    return new CheckpointRef(name, sha256(content));
  }

  /** Where a checkpoint lies. */
  public Path path(String name) {
    if (!STEP.matcher(name).matches() && !FIT.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "checkpoint (%s) must be named step-NNNNNN.safetensors or step-NNNNNN-fit-NNNNNNNN.safetensors."
              .formatted(name));
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
      if (isIntact(recorded.get(i))) {
        return Optional.of(recorded.get(i));
      }
    }
    return Optional.empty();
  }

  /**
   * Deletes the oldest steps' checkpoints, so that {@code keep} stay, and beside them the last
   * valid one if it is not among them.
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

  /**
   * Deletes checkpoints of unfinished fits but one.
   *
   * @param kept name of the one that stays, or null if none does
   * @return how many were deleted
   */
  public int pruneFits(String kept) throws IOException {
    int deleted = 0;
    for (String name : names(FIT)) {
      if (!name.equals(kept)) {
        Files.delete(directory.resolve(name));
        deleted++;
      }
    }
    return deleted;
  }

  /** Names of the steps' checkpoints that are there, in the order of their steps. */
  public List<String> names() throws IOException {
    List<String> names = names(STEP);
    // Numbers of more than six digits are longer names.
    names.sort(
        (a, b) ->
            a.length() != b.length() ? Integer.compare(a.length(), b.length()) : a.compareTo(b));
    return names;
  }

  private List<String> names(Pattern kind) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (kind.matcher(name).matches()) {
          names.add(name);
        }
      }
    }
    return names;
  }

  /** Whether a checkpoint is there with the recorded digest. */
  public boolean isIntact(CheckpointRef checkpoint) throws IOException {
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
