package dev.cmt.buffer;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.buffer.RecordScan.AfterDamage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What happened in a run, in order: the state of a run is what its events make of nothing. One
 * event is one record of {@code journal/events}, its payload the event as JSON in UTF-8.
 *
 * <p>Each event stands for itself: one that is damaged is set aside and takes no other along.
 *
 * <p>{@link #append} survives the death of the process, {@link #sync} that of the machine. Methods
 * may be called from any thread; they run one at a time.
 */
public final class RunJournal implements AutoCloseable {
  private static final int MAGIC = 0x45544d43; // "CMTE" in a little-endian file
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ExcerptLog log;

  /**
   * A journal read from its start.
   *
   * @param events all that are sound
   * @param damage empty if all is well; else what is not among them
   */
  public record Replay(List<RunEvent> events, List<JournalDamage> damage) {}

  private RunJournal(ExcerptLog log) {
    this.log = log;
  }

  /**
   * Opens the journal to write, or creates it. Damaged records are set aside, see {@link #damage}:
   * what is appended then follows what could be read.
   */
  public static RunJournal open(RunLock lock) throws IOException {
    return new RunJournal(ExcerptLog.open(directory(lock.forWriting()), MAGIC, AfterDamage.SKIP));
  }

  /** Reads the journal of a run without its lock, also while the run is at work. */
  public static Replay read(RunDirectory run) throws IOException {
    Path directory = directory(run);
    List<RunEvent> events = new ArrayList<>();
    if (!Files.exists(directory)) {
      return new Replay(events, List.of());
    }
    List<JournalDamage> damage =
        ExcerptLog.read(
            directory, MAGIC, AfterDamage.SKIP, (record, payload) -> events.add(event(payload)));
    return new Replay(events, damage);
  }

  /**
   * The steps that events complete, by their index. A step that was started again, because its
   * checkpoint was lost, is not among them until it is completed again, and neither is any after
   * it.
   *
   * @param events oldest first
   */
  public static NavigableMap<Integer, RunEvent.StepCompleted> completed(List<RunEvent> events) {
    NavigableMap<Integer, RunEvent.StepCompleted> completed = new TreeMap<>();
    for (RunEvent event : events) {
      if (event instanceof RunEvent.StepStarted started) {
        completed.tailMap(started.step(), true).clear();
      } else if (event instanceof RunEvent.StepCompleted step) {
        completed.put(step.step(), step);
      }
    }
    return completed;
  }

  /** What {@link #open} found damaged and set aside; empty if all was well. */
  public List<JournalDamage> damage() {
    return log.damage();
  }

  /** Appends an event. */
  public synchronized void append(RunEvent event) throws IOException {
    byte[] json = JSON.writeValueAsBytes(event);
    log.append(json.length, to -> to.put(json));
  }

  /** Returns when all appended events are on the device. */
  public synchronized void sync() throws IOException {
    log.sync();
  }

  /** All events, in the order they were appended. */
  public synchronized List<RunEvent> replay() throws IOException {
    List<RunEvent> events = new ArrayList<>();
    List<JournalDamage> damage =
        log.scan(AfterDamage.SKIP, (record, payload) -> events.add(event(payload)));
    if (!damage.isEmpty()) {
      throw new IOException("The journal was damaged while it was open: " + damage.get(0));
    }
    return events;
  }

  @Override
  public synchronized void close() {
    log.close();
  }

  private static RunEvent event(ByteBuffer payload) throws IOException {
    byte[] json = new byte[payload.remaining()];
    payload.get(json);
    try {
      return JSON.readValue(json, RunEvent.class);
    } catch (JacksonException e) {
      throw new IOException(
          "The journal holds an event that this version does not know; use the version that wrote"
              + " it.",
          e);
    }
  }

  private static Path directory(RunDirectory run) {
    return run.journal().resolve("events");
  }
}
