package dev.cmt.buffer;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code steps.jsonl}: one JSON object with an integer {@code step} a line, one line a completed
 * annealing step, for people and their tools. A line without its newline was torn by a death and
 * does not count. Methods may be called from any thread; they run one at a time.
 */
public final class StepsLog implements AutoCloseable {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Path file;
  private FileChannel channel;

  private StepsLog(Path file) {
    this.file = file;
  }

  /** Opens the file to append, or creates it; a torn last line is cut off. */
  public static StepsLog open(RunLock lock) throws IOException {
    StepsLog log = new StepsLog(lock.forWriting().steps());
    log.openChannel();
    return log;
  }

  /** The lines of a run so far, without a torn last one; needs no lock. */
  public static List<String> read(RunDirectory run) throws IOException {
    try {
      byte[] content = Files.readAllBytes(run.steps());
      return new String(content, 0, endOfLastLine(content), UTF_8).lines().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /**
   * Appends a line; when this returns, it is on the device. After an exception it was not appended.
   *
   * @param json one JSON object in one line, with an integer {@code step}
   */
  public synchronized void append(String json) throws IOException {
    if (json.indexOf('\n') >= 0 || json.indexOf('\r') >= 0) {
      throw new IllegalArgumentException("A line of %s has a line break.".formatted(file));
    }
    stepOf(json);
    byte[] line = (json + "\n").getBytes(UTF_8);
    DiskSpace.require(file, line.length, file.toString());
    long end = channel.position();
    try {
      ByteBuffer source = ByteBuffer.wrap(line);
      while (source.hasRemaining()) {
        channel.write(source);
      }
      channel.force(true);
    } catch (IOException e) {
      // What was written of the line must not become the beginning of the next one.
      try {
        channel.truncate(end);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  /**
   * What {@link #reconcile} changed.
   *
   * @param dropped lines of steps that will be done again, and lines that could not be read
   * @param restored lines that were absent or other than the journal has them
   * @param lost completed steps of which neither the file nor the journal has a line
   */
  public record Reconciled(int dropped, int restored, int lost) {}

  /**
   * Makes the file say what the journal says, in one atomic exchange: one line for each completed
   * step, in order.
   *
   * @param nextStep the step the run goes on with; lines of this and later steps go
   * @param recorded lines by step, as the journal has them; where it has none, the file's own
   *     counts
   */
  public synchronized Reconciled reconcile(int nextStep, Map<Integer, String> recorded)
      throws IOException {
    List<String> before = new String(Files.readAllBytes(file), UTF_8).lines().toList();
    TreeMap<Integer, String> after = new TreeMap<>();
    int dropped = 0;
    for (String line : before) {
      int step;
      try {
        step = stepOf(line);
      } catch (IllegalArgumentException e) {
        dropped++; // a disk's doing; the journal may have it
        continue;
      }
      if (step >= nextStep || after.putIfAbsent(step, line) != null) {
        dropped++;
      }
    }
    int restored = 0;
    for (Map.Entry<Integer, String> known : recorded.entrySet()) {
      if (known.getKey() < nextStep
          && !known.getValue().equals(after.put(known.getKey(), known.getValue()))) {
        restored++;
      }
    }
    if (!before.equals(List.copyOf(after.values()))) {
      StringBuilder rewritten = new StringBuilder();
      after.values().forEach(line -> rewritten.append(line).append('\n'));
      AtomicFile.write(file, rewritten.toString().getBytes(UTF_8));
      channel.close(); // it belongs to the file that was replaced
      openChannel();
    }
    return new Reconciled(dropped, restored, Math.max(0, nextStep - after.size()));
  }

  @Override
  public synchronized void close() throws IOException {
    channel.close();
  }

  private void openChannel() throws IOException {
    boolean created = !Files.exists(file);
    channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    if (created) {
      AtomicFile.forceDirectory(file.toAbsolutePath().getParent());
    }
    byte[] content = Files.readAllBytes(file);
    int end = endOfLastLine(content);
    if (end < content.length) {
      channel.truncate(end);
      channel.force(true);
    }
    channel.position(end);
  }

  private static int endOfLastLine(byte[] content) {
    int end = content.length;
    while (end > 0 && content[end - 1] != '\n') {
      end--;
    }
    return end;
  }

  private static int stepOf(String json) {
    try {
      JsonNode step = JSON.readTree(json).get("step");
      if (step != null && step.isInt()) {
        return step.intValue();
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException("A line of steps.jsonl is not JSON: " + json, e);
    }
    throw new IllegalArgumentException(
        "A line of steps.jsonl must be an object with an integer \"step\": " + json);
  }
}
