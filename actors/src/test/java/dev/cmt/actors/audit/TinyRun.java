package dev.cmt.actors.audit;

import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.report.Conclusion;
import dev.cmt.actors.run.RunEvent;
import dev.cmt.actors.run.RunResult;
import dev.cmt.actors.run.TrainingRun;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * A finished run of a second, trained once for all tests of the JVM, and copies of it to damage.
 * Its three steps keep their samples in all three ways: in the ledger, in a queue, and as the final
 * evaluation.
 */
public final class TinyRun {
  static final int STEPS = 3;
  static final int ROWS = 320;
  static final int BATCH_ROWS = 64;

  private static final int BUFFER = 1 << 16;
  private static Path finished;

  private TinyRun() {}

  static RunConfig config(Path directory, String... overrides) throws IOException {
    Path file = directory.resolve("tiny.conf");
    Files.writeString(
        file,
        """
        seed = 11
        target.system = gmm40
        flow { pairs = 2, hidden = [8], bins = 4, threads = 1 }
        annealing { steps = %d, samples_per_step = %d, eps_tr = 0.3, eps_ent = 0.5 }
        training { gradient_steps = 20, batch_size = 64, learning_rate = 1e-3, warmup_steps = 5 }
        energy { workers = 1, batch_rows = %d }
        buffer { keep = 2, ledger = true }
        checkpoint.every_gradient_steps = 10
        evaluation.samples = %d
        """
            .formatted(STEPS, ROWS, BATCH_ROWS, ROWS));
    return RunConfig.load(file, List.of(overrides));
  }

  /** A copy of the finished run, in a new directory. */
  public static Path copyTo(Path directory) {
    try {
      copy(finished(), directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return directory;
  }

  private static synchronized Path finished() throws IOException {
    if (finished == null) {
      Path root = Files.createTempDirectory("tiny-run");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(root)));
      train(config(root), root.resolve("run"), -1);
      finished = root.resolve("run");
    }
    return finished;
  }

  /**
   * Trains, and judges if the run finishes.
   *
   * @param stopAfter completed step to stop after; −1 for none
   */
  static RunResult train(RunConfig config, Path run, int stopAfter) throws IOException {
    AtomicReference<TrainingRun> training = new AtomicReference<>();
    training.set(
        TrainingRun.start(
            config,
            run,
            event -> {
              if (event instanceof RunEvent.StepCompleted step
                  && step.record().step() == stopAfter) {
                while (training.get() == null) {
                  Thread.onSpinWait();
                }
                training.get().stop();
              }
            }));
    try {
      RunResult result = training.get().result().toCompletableFuture().get(1, TimeUnit.MINUTES);
      if (result.status() == RunResult.Status.FINISHED) {
        Conclusion.write(result);
      }
      return result;
    } catch (Exception e) {
      throw new IllegalStateException("the tiny run did not end well", e);
    }
  }

  /** Copies a run; queues stay sparse. */
  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          try (InputStream in = Files.newInputStream(path)) {
            writeSparse(in, Files.size(path), target);
          }
        }
      }
    }
  }

  private static void writeSparse(InputStream in, long length, Path target) throws IOException {
    byte[] zeros = new byte[BUFFER];
    try (RandomAccessFile out = new RandomAccessFile(target.toFile(), "rw")) {
      for (byte[] part = in.readNBytes(BUFFER); part.length > 0; part = in.readNBytes(BUFFER)) {
        if (Arrays.equals(part, 0, part.length, zeros, 0, part.length)) {
          out.seek(out.getFilePointer() + part.length);
        } else {
          out.write(part);
        }
      }
      out.setLength(length);
    }
  }

  /**
   * Packs a run without its report: files without their trailing zeros, of which a queue has 80
   * MiB; the entry's comment is the true length.
   */
  static void pack(Path run, Path zip) throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> paths = Files.walk(run)) {
      paths.filter(Files::isRegularFile).sorted().forEach(files::add);
    }
    try (OutputStream file = Files.newOutputStream(zip);
        ZipOutputStream out = new ZipOutputStream(file)) {
      for (Path path : files) {
        String name = run.relativize(path).toString();
        if (!name.startsWith("report")) {
          byte[] content = Files.readAllBytes(path);
          int end = content.length;
          while (end > 0 && content[end - 1] == 0) {
            end--;
          }
          ZipEntry entry = new ZipEntry(name);
          entry.setTime(0);
          entry.setComment(Integer.toString(content.length));
          out.putNextEntry(entry);
          out.write(content, 0, end);
        }
      }
    }
  }

  /** Unpacks what {@link #pack} packed. */
  static void unpack(Path zip, Path run) throws IOException {
    try (ZipFile packed = new ZipFile(zip.toFile())) {
      for (ZipEntry entry : Collections.list(packed.entries())) {
        Path file = run.resolve(entry.getName());
        Files.createDirectories(file.getParent());
        try (InputStream in = packed.getInputStream(entry)) {
          writeSparse(in, Long.parseLong(entry.getComment()), file);
        }
      }
    }
  }

  private static void delete(Path root) {
    try (Stream<Path> paths = Files.walk(root)) {
      paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
