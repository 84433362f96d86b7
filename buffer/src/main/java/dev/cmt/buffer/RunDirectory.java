package dev.cmt.buffer;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Set;

/**
 * Where one run keeps everything: names only, no open files. A directory is a run from the moment
 * its manifest {@code run.json} is there. Who writes below it holds its {@link RunLock}.
 *
 * @param root the directory itself
 */
public record RunDirectory(Path root) {
  private static final Set<String> OWN_ENTRIES =
      Set.of("lock", "journal", "ledger", "checkpoints", "report", "steps.jsonl", "run.log");

  /** Whether {@code directory} holds a run. */
  public static boolean isRun(Path directory) {
    return Files.isRegularFile(directory.resolve("run.json"));
  }

  /**
   * Makes the directories of a new run; the caller then takes the lock and writes the manifest.
   * Repeating a creation that died before its manifest was written is allowed.
   *
   * @throws FileAlreadyExistsException if {@code root} holds a run or files of somebody else
   */
  public static RunDirectory create(Path root) throws IOException {
    if (isRun(root)) {
      throw new FileAlreadyExistsException(
          root.toString(), null, "it holds a run; resume it, or name another directory");
    }
    if (Files.exists(root)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
        for (Path entry : entries) {
          String name = entry.getFileName().toString();
          if (!OWN_ENTRIES.contains(name) && !name.startsWith(".")) {
            throw new FileAlreadyExistsException(
                entry.toString(), null, "a new run wants an empty or absent directory");
          }
        }
      } catch (NotDirectoryException e) {
        throw new FileAlreadyExistsException(root.toString(), null, "it is a file");
      }
    }
    RunDirectory directory = withSubdirectories(root);
    AtomicFile.forceDirectory(root);
    AtomicFile.forceDirectory(root.toAbsolutePath().getParent());
    return directory;
  }

  /**
   * @throws NoSuchFileException if {@code root} holds no run
   */
  public static RunDirectory open(Path root) throws IOException {
    if (!isRun(root)) {
      throw new NoSuchFileException(
          root.resolve("run.json").toString(),
          null,
          "%s holds no run; check the path, or start one with train".formatted(root));
    }
    // A copy of a run may lack directories that were empty.
    return withSubdirectories(root);
  }

  private static RunDirectory withSubdirectories(Path root) throws IOException {
    RunDirectory directory = new RunDirectory(root);
    Files.createDirectories(directory.journal());
    Files.createDirectories(directory.checkpoints());
    Files.createDirectories(directory.report());
    return directory;
  }

  /** The manifest: resolved config, seed, versions, choices made at start-up. */
  public Path manifest() {
    return root.resolve("run.json");
  }

  /** One JSON object per completed annealing step, see {@link StepsLog}. */
  public Path steps() {
    return root.resolve("steps.jsonl");
  }

  /** Written once, at the end of the run. */
  public Path summary() {
    return root.resolve("summary.json");
  }

  /** Chronicle queues of {@link RunJournal} and {@link ReplayBuffer}. */
  public Path journal() {
    return root.resolve("journal");
  }

  /** Files of {@link StepLedger}; absent until the first is written. */
  public Path ledger() {
    return root.resolve("ledger");
  }

  /** Files of {@link CheckpointStore}. */
  public Path checkpoints() {
    return root.resolve("checkpoints");
  }

  /** Figures and HTML. */
  public Path report() {
    return root.resolve("report");
  }

  Path lock() {
    return root.resolve("lock");
  }
}
