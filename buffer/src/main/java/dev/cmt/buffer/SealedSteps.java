package dev.cmt.buffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The completed steps of a run for who copies them to another machine: without its lock, while it
 * is at work, and without changing a byte. What belongs to a completed step is never written again,
 * only given up as a whole; the files of the step that was asked for last are held open, so that
 * they can be read to their ends even then. For one thread.
 */
public final class SealedSteps implements AutoCloseable {
  private final RunDirectory run;
  private List<RunEvent> events = List.of();
  private NavigableMap<Integer, RunEvent.StepCompleted> completed = new TreeMap<>();
  private final Map<SealedFile, FileChannel> open = new LinkedHashMap<>();

  /** Of this run. */
  public SealedSteps(RunDirectory run) {
    this.run = run;
  }

  /**
   * A part of a file.
   *
   * @param offset where it lies in the file; what is left out before it is zeros
   * @param bytes empty if all that follows is zeros
   */
  public record Piece(long offset, byte[] bytes) {}

  /**
   * What there is of a step; can be read until another is asked for.
   *
   * @return empty if the step is not complete yet
   * @throws IOException if the journal cannot be read
   */
  public Optional<SealedStep> step(int step) throws IOException {
    if (completed.isEmpty() || completed.lastKey() < step) {
      events = RunJournal.read(run).events();
      completed = RunJournal.completed(events);
      if (completed.isEmpty() || completed.lastKey() < step) {
        return Optional.empty();
      }
    }
    close();
    openFiles(step);
    return Optional.of(new SealedStep(step, events(step), List.copyOf(open.keySet())));
  }

  private List<RunEvent> events(int step) {
    RunEvent started = null;
    RunEvent stepStarted = null;
    RunEvent solved = null;
    for (RunEvent event : events) {
      if (event instanceof RunEvent.RunStarted) {
        started = event;
      } else if (event instanceof RunEvent.StepStarted own && own.step() == step) {
        stepStarted = event;
      } else if (event instanceof RunEvent.DualSolved own && own.step() == step) {
        solved = event;
      }
    }
    List<RunEvent> own = new ArrayList<>();
    for (RunEvent event : new RunEvent[] {started, stepStarted, solved, completed.get(step)}) {
      if (event != null) {
        own.add(event);
      }
    }
    return own;
  }

  private void openFiles(int step) throws IOException {
    open(SealedFile.Kind.MANIFEST, 0, "");
    open(SealedFile.Kind.SAMPLES, step, "");
    open(SealedFile.Kind.LEDGER, step, "");
    RunEvent.StepCompleted last = completed.get(step);
    if (last != null && last.checkpoint().equals(CheckpointStore.name(step))) {
      open(SealedFile.Kind.CHECKPOINT, step, last.checkpointSha256());
    }
  }

  private void open(SealedFile.Kind kind, int step, String sha256) throws IOException {
    Path path = new SealedFile(kind, step, 0, sha256).in(run);
    FileChannel channel;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      return; // given up, or never written: it is not offered
    }
    try {
      open.put(new SealedFile(kind, step, channel.size(), sha256), channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Reads on in a file; zeros at the beginning of what would be read are left out, because queues
   * are files with large holes.
   *
   * @param file as {@link #step} has offered it
   * @param offset from where on, 0 to the file's length
   * @param most bytes to return at most, at least 1
   * @throws GoneException if it is no file of the step that was asked for last
   */
  public Piece read(SealedFile file, long offset, int most) throws IOException {
    if (offset < 0 || offset > file.bytes() || most < 1) {
      throw new IllegalArgumentException(
          "offset (%d) must be 0 to %d, and most (%d) at least 1."
              .formatted(offset, file.bytes(), most));
    }
    FileChannel channel = open.get(file);
    if (channel == null) {
      throw new GoneException("%s was not offered last.".formatted(file));
    }
    for (long at = offset; at < file.bytes(); ) {
      byte[] bytes = new byte[(int) Math.min(most, file.bytes() - at)];
      ByteBuffer target = ByteBuffer.wrap(bytes);
      while (target.hasRemaining()) {
        if (channel.read(target, at + target.position()) < 0) {
          throw new GoneException("%s was cut off.".formatted(file.in(run)));
        }
      }
      if (!isZero(bytes)) {
        return new Piece(at, bytes);
      }
      at += bytes.length;
    }
    return new Piece(file.bytes(), new byte[0]);
  }

  private static boolean isZero(byte[] bytes) {
    for (byte one : bytes) {
      if (one != 0) {
        return false;
      }
    }
    return true;
  }

  /** Closes the files of the step that was asked for last. */
  @Override
  public void close() throws IOException {
    for (Iterator<FileChannel> channels = open.values().iterator(); channels.hasNext(); ) {
      FileChannel channel = channels.next();
      channels.remove();
      channel.close();
    }
  }
}
