package dev.cmt.buffer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Checkpoints of a run: {@code checkpoints/step-000012.safetensors} after a step, {@code
 * step-000012-fit-00000400.safetensors} in the middle of its fit. Beside each lies its SHA-256, as
 * {@code sha256sum} writes it, so that it can be trusted where the journal is lost. A checkpoint
 * counts if its digest is that one or one that the journal recorded for it; any other file is
 * debris. Reading needs no lock; {@link #write} and {@link #prune} are for the holder of the {@link
 * RunLock}. Stateless, so safe for use by several threads.
 */
public final class CheckpointStore {
  private static final Pattern NAME =
      Pattern.compile("step-(\\d{6,})(?:-fit-(\\d{8,}))?\\.safetensors");

  /** How far a run had come: later steps first; a step's own checkpoint before those of its fit. */
  private static final Comparator<String> NEWEST_FIRST =
      Comparator.comparingInt(CheckpointStore::step)
          .thenComparingInt(CheckpointStore::gradientStep)
          .reversed();

  /** As in the output of sha256sum. */
  private static final String SEPARATOR = "  ";

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
   * Writes a checkpoint and its digest, replacing those of the same name; when this returns, they
   * are on the device. A death in between leaves a checkpoint without its digest, which is debris.
   *
   * @param name as {@link #name} or {@link #fitName} make it
   * @param content the file's bytes
   * @return what to record in the journal
   * @throws DiskFullException if there is no room; an older file of that name is then untouched
   */
  public CheckpointRef write(String name, byte[] content) throws IOException {
    CheckpointRef written = new CheckpointRef(name, sha256(content));
    AtomicFile.write(path(name), content);
    writeDigest(written);
    return written;
  }

  /**
   * Writes a copy of a checkpoint and its digest, as {@link #write(String, byte[])} does.
   *
   * @param expected name and digest of the original
   * @param copy writes the bytes
   * @throws GoneException if they have another digest; nothing has taken the checkpoint's name then
   */
  void write(CheckpointRef expected, AtomicFile.Content copy) throws IOException {
    AtomicFile.write(
        path(expected.name()),
        file -> {
          copy.writeTo(file);
          String sha256 = sha256(Files.readAllBytes(file));
          if (!sha256.equals(expected.sha256())) {
            throw new GoneException(
                "The copy of %s has SHA-256 %s instead of %s: it was changed meanwhile."
                    .formatted(expected.name(), sha256, expected.sha256()));
          }
        });
    writeDigest(expected);
  }

  private void writeDigest(CheckpointRef checkpoint) throws IOException {
    AtomicFile.write(
        digest(checkpoint.name()),
        (checkpoint.sha256() + SEPARATOR + checkpoint.name() + "\n").getBytes(UTF_8));
  }

  /** Where a checkpoint lies. */
  public Path path(String name) {
    parts(name);
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
   * A checkpoint, if it is there as it was written.
   *
   * @param recorded digests that the journal has; those of other checkpoints do no harm
   */
  public Optional<CheckpointRef> intact(String name, Collection<CheckpointRef> recorded)
      throws IOException {
    CheckpointRef found;
    try {
      found = new CheckpointRef(name, sha256(Files.readAllBytes(path(name))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    return recorded.contains(found) || hasOwnDigest(found) ? Optional.of(found) : Optional.empty();
  }

  private boolean hasOwnDigest(CheckpointRef found) throws IOException {
    try {
      return Files.readString(digest(found.name()), ISO_8859_1)
          .startsWith(found.sha256() + SEPARATOR);
    } catch (NoSuchFileException e) {
      return false; // of a version that wrote none, or of a writer that died
    }
  }

  /** The newest intact checkpoint of a whole step, see {@link #intact}. */
  public Optional<CheckpointRef> newestStep(Collection<CheckpointRef> recorded) throws IOException {
    List<String> names = names();
    for (int i = names.size() - 1; i >= 0; i--) {
      Optional<CheckpointRef> intact = intact(names.get(i), recorded);
      if (intact.isPresent()) {
        return intact;
      }
    }
    return Optional.empty();
  }

  /**
   * Deletes steps' checkpoints, so that the newest intact ones stay. One that is not intact keeps
   * nobody's place: it goes too, unless it is newer than all that are, because whoever writes it
   * may not be done.
   *
   * @param keep how many, at least 1
   * @param recorded see {@link #intact}
   * @param written those that the caller has written itself; they count as intact unread, because
   *     reading the parameters of a large flow again after each step would cost as much as writing
   *     them
   * @return names of the deleted checkpoints, the newest first
   */
  public List<String> prune(
      int keep, Collection<CheckpointRef> recorded, Collection<CheckpointRef> written)
      throws IOException {
    if (keep < 1) {
      throw new IllegalArgumentException(
          "keep (%d) must be at least 1: a run cannot resume without a checkpoint."
              .formatted(keep));
    }
    Set<String> trusted = written.stream().map(CheckpointRef::name).collect(Collectors.toSet());
    List<String> names = names();
    Collections.reverse(names);
    int kept = 0;
    List<String> deleted = new ArrayList<>();
    for (String name : names) {
      if (kept < keep && (trusted.contains(name) || intact(name, recorded).isPresent())) {
        kept++;
      } else if (kept > 0) {
        delete(name);
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
    return deleteFits(name -> !name.equals(kept));
  }

  /**
   * Deletes checkpoints of fits that a checkpoint makes superfluous: those less far than it. One of
   * a later moment stays, because a writer may be ahead of whoever calls this.
   *
   * @param name of a checkpoint, of a step or of a fit
   * @return how many were deleted
   */
  public int pruneFitsBefore(String name) throws IOException {
    return deleteFits(other -> NEWEST_FIRST.compare(other, name) > 0);
  }

  private int deleteFits(Predicate<String> superfluous) throws IOException {
    int deleted = 0;
    for (String name : newestFirst()) {
      if (isOfFit(name) && superfluous.test(name)) {
        delete(name);
        deleted++;
      }
    }
    return deleted;
  }

  /**
   * The step up to which retention may think that a run has come, so that the samples stay with
   * which it would go on from the oldest checkpoint.
   *
   * @param currentStep the step at work
   */
  public int retentionStep(int currentStep) throws IOException {
    List<String> names = names();
    return names.isEmpty() ? currentStep : Math.min(currentStep, step(names.get(0)) + 2);
  }

  /** Names of the steps' checkpoints that are there, in the order of their steps. */
  public List<String> names() throws IOException {
    List<String> names = newestFirst();
    names.removeIf(CheckpointStore::isOfFit);
    Collections.reverse(names);
    return names;
  }

  /** Names of all checkpoints that are there, of steps and of fits, the furthest first. */
  public List<String> newestFirst() throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (NAME.matcher(name).matches()) {
          names.add(name);
        }
      }
    }
    names.sort(NEWEST_FIRST);
    return names;
  }

  /** Whether a checkpoint is of the middle of a step's fit. */
  public static boolean isOfFit(String name) {
    return parts(name).group(2) != null;
  }

  /** The digest goes first: what stays behind if this process dies here is debris. */
  private void delete(String name) throws IOException {
    Files.deleteIfExists(digest(name));
    Files.delete(path(name));
  }

  private Path digest(String name) {
    return directory.resolve(name + ".sha256");
  }

  /** The step that a checkpoint is of. */
  public static int step(String name) {
    return Integer.parseInt(parts(name).group(1));
  }

  private static int gradientStep(String name) {
    String gradientStep = parts(name).group(2);
    return gradientStep == null ? Integer.MAX_VALUE : Integer.parseInt(gradientStep);
  }

  private static MatchResult parts(String name) {
    Matcher parts = NAME.matcher(name);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "checkpoint (%s) must be named step-NNNNNN.safetensors or step-NNNNNN-fit-NNNNNNNN.safetensors."
              .formatted(name));
    }
    return parts;
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
