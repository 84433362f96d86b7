package dev.cmt.test;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.run.RunEvent;
import dev.cmt.actors.run.RunResult;
import dev.cmt.actors.run.TrainingRun;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Small runs, in this JVM or a child of it, and what they leave. */
final class SmallRuns {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A run file and what replaces its keys. */
  record Spec(String name, String config, List<String> overrides) {
    Spec with(String... more) {
      List<String> all = new ArrayList<>(overrides);
      all.addAll(List.of(more));
      return new Spec(name, config, List.copyOf(all));
    }

    Path file() {
      return root().resolve("config").resolve(config);
    }

    RunConfig load() {
      return RunConfig.load(file(), overrides);
    }
  }

  /** A few seconds of work: small network, short steps. */
  static final Spec GMM40 =
      new Spec(
          "gmm40-small",
          "gmm40.conf",
          List.of(
              "annealing.steps=6",
              "annealing.samples_per_step=4000",
              "training.gradient_steps=40",
              "training.batch_size=400",
              "flow.pairs=3",
              "flow.hidden=[24,24]",
              "flow.threads=1",
              "energy.workers=2",
              "energy.batch_rows=500",
              "evaluation.samples=4000"));

  /**
   * For a head whose nodes come and go: many batches, and nobody is missed for long. It answers no
   * questions, since another run on this machine may have the port.
   */
  static final Spec CLUSTER =
      GMM40.with(
          "annealing.steps=4",
          "energy.batch_rows=50",
          "cluster.lost_after_seconds=5",
          "cluster.http=\"\"");

  /** Fits of several slices, so that there is a middle to stop or die in. */
  static final Spec LONG_FITS =
      GMM40.with(
          "annealing.steps=3",
          "training.gradient_steps=700",
          "checkpoint.every_gradient_steps=100");

  /** The molecule, with a network of a few thousand parameters. */
  static final Spec ALANINE_DIPEPTIDE =
      new Spec(
          "alanine-dipeptide-small",
          "alanine-dipeptide-quick.conf",
          List.of(
              "annealing.steps=4",
              "annealing.samples_per_step=6000",
              "training.gradient_steps=200",
              "training.batch_size=200",
              "training.warmup_steps=50",
              "flow.pairs=2",
              "flow.hidden=[16]",
              "flow.threads=1",
              "energy.workers=2",
              "energy.batch_rows=500",
              "evaluation.samples=4000"));

  private SmallRuns() {}

  static Path root() {
    return Path.of(System.getProperty("cmt.root"));
  }

  /** Runs to the end, or to wherever the listener's run stops. */
  static RunResult run(Spec spec, Path directory) throws Exception {
    return TrainingRun.start(spec.load(), directory, event -> {})
        .result()
        .toCompletableFuture()
        .get(3, TimeUnit.MINUTES);
  }

  /** Runs until something happens, then stops. */
  static RunResult runUntil(Spec spec, Path directory, Predicate<RunEvent> when) throws Exception {
    TrainingRun[] training = new TrainingRun[1];
    CountDownLatch started = new CountDownLatch(1);
    Consumer<RunEvent> listener =
        event -> {
          if (when.test(event)) {
            try {
              started.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            training[0].stop();
          }
        };
    training[0] = TrainingRun.start(spec.load(), directory, listener);
    started.countDown();
    return training[0].result().toCompletableFuture().get(3, TimeUnit.MINUTES);
  }

  /** {@code ./cmt train} in a child JVM; its output is appended to {@code DIRECTORY.log}. */
  static Process startChild(Spec spec, Path directory, String... jvmOptions) throws IOException {
    Files.createDirectories(directory.getParent());
    List<String> command = command(spec, directory, jvmOptions);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output(directory).toFile()))
        .start();
  }

  static List<String> command(Spec spec, Path directory, String... jvmOptions) {
    List<String> command = java(System.getProperty("java.class.path"), jvmOptions);
    command.add("train");
    command.add(spec.file().toString());
    command.add("--verbose");
    command.add("--run-dir");
    command.add(directory.toString());
    for (String override : spec.overrides()) {
      command.add("-o");
      command.add(override);
    }
    return command;
  }

  /** {@code ./cmt} in a child JVM, with this class path and without its arguments. */
  static List<String> java(String classPath, String... jvmOptions) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + root().resolve("config/jvm.options"));
    command.addAll(List.of(jvmOptions));
    String natives = System.getProperty("org.bytedeco.javacpp.cachedir");
    if (natives != null) {
      command.add("-Dorg.bytedeco.javacpp.cachedir=" + natives);
    }
    command.add("-cp");
    command.add(classPath);
    command.add("dev.cmt.actors.cli.Main");
    return command;
  }

  /** What a child printed. */
  static Path output(Path directory) {
    return directory.resolveSibling(directory.getFileName() + ".log");
  }

  /** The end of what a child printed, for messages of failed tests. */
  static String said(Path directory) throws IOException {
    String all = Files.readString(output(directory));
    return all.substring(Math.max(0, all.length() - 2000));
  }

  /** The lines of steps.jsonl without what depends on the clock or on what a process has seen. */
  static List<String> steps(Path directory) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(directory.resolve("steps.jsonl"))) {
      ObjectNode step = (ObjectNode) JSON.readTree(line);
      step.remove(List.of("seconds", "warnings"));
      lines.add(step.toString());
    }
    return lines;
  }

  static JsonNode summary(Path directory) throws IOException {
    return JSON.readTree(directory.resolve("summary.json").toFile());
  }

  static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(to.resolve(from.relativize(directory).toString()));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            copySparse(file, to.resolve(from.relativize(file).toString()));
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Queues are sparse files of 64 MiB; only what is not zero is written. */
  static void copySparse(Path from, Path to) {
    try (FileChannel source = FileChannel.open(from);
        RandomAccessFile target = new RandomAccessFile(to.toFile(), "rw")) {
      target.setLength(source.size());
      byte[] block = new byte[1 << 20];
      byte[] zeros = new byte[block.length];
      ByteBuffer buffer = ByteBuffer.wrap(block);
      for (long position = 0; position < source.size(); ) {
        buffer.clear();
        int read = source.read(buffer, position);
        if (!Arrays.equals(block, 0, read, zeros, 0, read)) {
          target.seek(position);
          target.write(block, 0, read);
        }
        position += read;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
