package dev.cmt.buffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The completed steps of a run for who copies them to another machine: without its lock, while it
 * is at work, and without changing a byte. What belongs to a completed step is never written again,
 * only given up as a whole; a file that is being read stays readable even then, because it is held
 * open, and one that has gone before is reported as {@link GoneException}. Holds at most one file
 * open. For one thread.
 */
public final class SealedSteps implements AutoCloseable {
  private final RunDirectory run;
  private List<RunEvent> events = List.of();
  private NavigableMap<Integer, RunEvent.StepCompleted> completed = new TreeMap<>();
  private SealedFile open;
  private FileChannel channel;

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
   * What there is of a step.
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
    return Optional.of(new SealedStep(step, events(step), files(step)));
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

  private List<SealedFile> files(int step) throws IOException {
    List<SealedFile> files = new ArrayList<>();
    add(files, SealedFile.of(SealedFile.Kind.MANIFEST, 0, 0));
    add(files, SealedFile.of(SealedFile.Kind.SAMPLES, step, 0));
    add(files, SealedFile.of(SealedFile.Kind.LEDGER, step, 0));
    RunEvent.StepCompleted last = completed.get(step);
    if (last != null && last.checkpoint().equals(CheckpointStore.name(step))) {
      add(files, new SealedFile(SealedFile.Kind.CHECKPOINT, step, 0, last.checkpointSha256()));
    }
    return files;
  }

  private void add(List<SealedFile> files, SealedFile file) throws IOException {
    try {
      long bytes = Files.size(file.in(run));
      files.add(new SealedFile(file.kind(), file.step(), bytes, file.sha256()));
    } catch (NoSuchFileException e) {
      return; // given up, or never written: it is not offered
    }
  }

  /**
   * Reads on in a file; zeros at the beginning of what would be read are left out, because queues
   * are files with large holes.
   *
   * @param file as {@link #step} has offered it
   * @param offset from where on, 0 to the file's length
   * @param most bytes to return at most, at least 1
   * @throws GoneException if the file is not there any more, or has another length than was offered
   */
  public Piece read(SealedFile file, long offset, int most) throws IOException {
    if (offset < 0 || offset > file.bytes() || most < 1) {
      throw new IllegalArgumentException(
          "offset (%d) must be 0 to %d, and most (%d) at least 1."
              .formatted(offset, file.bytes(), most));
    }
    open(file);
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

  private void open(SealedFile file) throws IOException {
    if (file.equals(open)) {
      return;
    }
    close();
    Path path = file.in(run);
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      throw new GoneException("%s is not there any more.".formatted(path));
    }
    open = file;
    if (channel.size() != file.bytes()) {
      close();
      throw new GoneException("%s is not the file any more that it was.".formatted(path));
    }
  }

  /** Closes the file that was read last. */
  @Override
  public void close() throws IOException {
    if (channel != null) {
      FileChannel closing = channel;
      channel = null;
      open = null;
      closing.close();
    }
  }
}
