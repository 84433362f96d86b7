package dev.cmt.buffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.cmt.buffer.RecordScan.AfterDamage;
import dev.cmt.buffer.RecordScan.Flaw;
import dev.cmt.buffer.RecordScan.Reader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;

/**
 * An append-only log of checked records, one {@link RecordFrame} an excerpt of a Chronicle queue.
 * What {@link #append} returned from survives the death of the process; what {@link #sync} returned
 * from survives the death of the machine. A log begins with a record of no payload.
 *
 * <p>One writer, assured by {@link RunLock}; methods are not synchronised.
 */
final class ExcerptLog implements AutoCloseable {
  static final int MAX_PAYLOAD_BYTES = 16 << 20;

  /** Chronicle maps files in blocks and wants one to hold the largest record four times. */
  private static final long BLOCK_BYTES = 4L * MAX_PAYLOAD_BYTES;

  /**
   * The queue's clock stands still: queues roll to a new file by time, and a log need not be split
   * because a run passes midnight. The value fixes the file's name and nothing else.
   */
  private static final long CLOCK_MS = 1_767_225_600_000L; // 2026-01-01T00:00Z

  /** What the clock makes of a log's only file. */
  static final String FILE = "20260101F.cq4";

  /**
   * How long Chronicle waits for another writer. There is none, so what it waits for is the remains
   * of a dead process; its default of 10 s would only delay a restart.
   */
  private static final long TIMEOUT_MS = 500;

  /** Room for what Chronicle writes beside a record: file headers and index pages. */
  private static final long OVERHEAD_BYTES = 1 << 20;

  private final Path directory;
  private final int magic;
  private final SingleChronicleQueue queue;
  private final ExcerptAppender appender;
  private final List<JournalDamage> damage;
  private ByteBuffer scratch = ByteBuffer.allocate(4096).order(LITTLE_ENDIAN);

  private ExcerptLog(
      Path directory, int magic, SingleChronicleQueue queue, List<JournalDamage> damage) {
    this.directory = directory;
    this.magic = magic;
    this.queue = queue;
    this.appender = queue.createAppender();
    // Calls may come from several threads one after the other; the owner orders them.
    this.appender.singleThreadedCheckDisabled(true);
    this.damage = damage;
  }

  /**
   * Opens a log to write, creating it if absent. All records are checked; if some are damaged, the
   * sound ones are copied to a new log that takes the directory's name, and the damaged one is set
   * aside.
   *
   * @param magic what kind of log this is
   * @throws IOException also if Chronicle cannot open the queue at all; no record was changed then
   */
  static ExcerptLog open(Path directory, int magic, AfterDamage afterDamage) throws IOException {
    Path repaired = sibling(directory, ".repaired");
    DirectoryTree.delete(sibling(directory, ".creating"));
    DirectoryTree.delete(sibling(directory, ".deleted"));
    if (Files.exists(directory)) {
      DirectoryTree.delete(repaired); // died before it replaced the log, which is damaged still
    } else if (Files.exists(repaired)) {
      AtomicFile.rename(repaired, directory);
    } else {
      // A log comes into being whole: what Chronicle was creating when its process died can make it
      // wait or refuse.
      fill(sibling(directory, ".creating"), magic, log -> {});
      AtomicFile.rename(sibling(directory, ".creating"), directory);
    }
    SingleChronicleQueue queue = openQueue(directory);
    List<JournalDamage> damage = List.of();
    try {
      List<Flaw> flaws = RecordScan.of(queue, magic, afterDamage, (record, payload) -> {});
      if (!flaws.isEmpty()) {
        damage = report(flaws, directory, repair(directory, magic, afterDamage, queue));
        queue.close();
        queue = openQueue(directory);
      }
      return new ExcerptLog(directory, magic, queue, damage);
    } catch (IOException | RuntimeException | Error e) {
      queue.close();
      throw e;
    }
  }

  /**
   * Reads a log without writing to it, also while its owner writes.
   *
   * @return what is damaged
   */
  static List<JournalDamage> read(Path directory, int magic, AfterDamage afterDamage, Reader reader)
      throws IOException {
    try (SingleChronicleQueue queue = build(builder(directory).readOnly(true), directory)) {
      return report(RecordScan.of(queue, magic, afterDamage, reader), directory, directory);
    }
  }

  /**
   * Puts a copy of another log's {@link #FILE} in a directory's place, in which there must be none.
   * Should the process die on the way, there is none. What the copy holds is checked when it is
   * opened.
   */
  static void install(Path directory, AtomicFile.Content copy) throws IOException {
    Path creating = sibling(directory, ".creating");
    DirectoryTree.delete(creating);
    Files.createDirectories(creating);
    copy.writeTo(Files.createFile(creating.resolve(FILE)));
    DirectoryTree.force(creating);
    AtomicFile.rename(creating, directory);
  }

  /** What {@link #open} found damaged. */
  List<JournalDamage> damage() {
    return damage;
  }

  /**
   * Appends a record; returns when it outlives this process. After an exception it was not
   * appended.
   *
   * @param length size of the payload, 1 to {@link #MAX_PAYLOAD_BYTES}
   * @param payload puts exactly so many bytes
   */
  void append(int length, Consumer<ByteBuffer> payload) throws IOException {
    if (length < 1 || length > MAX_PAYLOAD_BYTES) {
      throw new IllegalArgumentException(
          "A record of %s has %d bytes; 1 to %d are possible."
              .formatted(directory, length, MAX_PAYLOAD_BYTES));
    }
    appendFrame(length, payload);
  }

  private void appendFrame(int length, Consumer<ByteBuffer> payload) throws IOException {
    int size = length + RecordFrame.BYTES;
    if (scratch.capacity() < size) {
      scratch = ByteBuffer.allocate(size).order(LITTLE_ENDIAN);
    }
    // The record is made here, so that the queue is open for the time of one copy only.
    RecordFrame.write(scratch, magic, length, payload);
    DiskSpace.take(
        directory, size + OVERHEAD_BYTES, "A record of " + directory, () -> appendScratch(size));
  }

  private void appendScratch(int size) {
    try (DocumentContext document = appender.writingDocument()) {
      boolean written = false;
      try {
        document.wire().bytes().write(scratch.array(), 0, size);
        written = true;
      } finally {
        if (!written) {
          document.rollbackOnClose();
        }
      }
    }
  }

  /** Reads all records, from the first. */
  List<JournalDamage> scan(AfterDamage afterDamage, Reader reader) throws IOException {
    return report(RecordScan.of(queue, magic, afterDamage, reader), directory, directory);
  }

  /**
   * Returns when all records are on the device. Forces the files themselves, which takes their
   * mapped pages along: Chronicle's own sync covers only the block that is being written.
   */
  void sync() throws IOException {
    DirectoryTree.force(directory);
  }

  @Override
  public void close() {
    appender.close();
    queue.close();
  }

  private interface Filling {
    void into(ExcerptLog log) throws IOException;
  }

  private static void fill(Path directory, int magic, Filling filling) throws IOException {
    Files.createDirectories(directory);
    DiskSpace.require(directory, OVERHEAD_BYTES, "The log " + directory);
    try (ExcerptLog log =
        new ExcerptLog(directory, magic, build(builder(directory), directory), List.of())) {
      log.appendFrame(0, payload -> {});
      filling.into(log);
    }
    DirectoryTree.force(directory);
  }

  /** Puts a log of the sound records in the place of the damaged one; returns where that is now. */
  private static Path repair(
      Path directory, int magic, AfterDamage afterDamage, SingleChronicleQueue damaged)
      throws IOException {
    Path aside = sibling(directory, ".damaged");
    for (int i = 2; Files.exists(aside); i++) {
      aside = sibling(directory, ".damaged-" + i);
    }
    replace(directory, magic, afterDamage, damaged, payload -> true, aside);
    return aside;
  }

  /**
   * Closes the log and puts one with only some of its records in its place. Should the process die
   * on the way, the next to open it finds the one or the other, whole.
   *
   * @param kept says of a payload whether its record stays
   */
  void closeKeeping(AfterDamage afterDamage, Predicate<ByteBuffer> kept) throws IOException {
    Path deleted = sibling(directory, ".deleted");
    try {
      replace(directory, magic, afterDamage, queue, kept, deleted);
    } finally {
      close();
    }
    DirectoryTree.delete(deleted);
  }

  private static void replace(
      Path directory,
      int magic,
      AfterDamage afterDamage,
      SingleChronicleQueue old,
      Predicate<ByteBuffer> kept,
      Path aside)
      throws IOException {
    Path creating = sibling(directory, ".creating");
    fill(
        creating,
        magic,
        log ->
            RecordScan.of(
                old,
                magic,
                afterDamage,
                (record, payload) -> {
                  if (kept.test(payload.duplicate().order(LITTLE_ENDIAN))) {
                    log.append(payload.remaining(), to -> to.put(payload));
                  }
                }));
    Path repaired = sibling(directory, ".repaired");
    AtomicFile.rename(creating, repaired);
    AtomicFile.rename(directory, aside);
    AtomicFile.rename(repaired, directory);
  }

  /**
   * Chronicle's own table of a queue holds nothing of a run: its locks, which a writer that was
   * killed within an append still holds, and the names of the queue's files. Since the run's lock
   * is ours it is made anew, so that neither such a lock nor any damage of the table matters.
   */
  private static SingleChronicleQueue openQueue(Path directory) throws IOException {
    DiskSpace.require(directory, OVERHEAD_BYTES, "The table of " + directory);
    Files.deleteIfExists(directory.resolve(SingleChronicleQueue.QUEUE_METADATA_FILE));
    return build(builder(directory), directory);
  }

  static SingleChronicleQueueBuilder builder(Path directory) {
    return SingleChronicleQueueBuilder.binary(directory)
        .blockSize(BLOCK_BYTES)
        .rollCycle(RollCycles.FAST_DAILY)
        .timeProvider(() -> CLOCK_MS)
        .timeoutMS(TIMEOUT_MS);
  }

  private static SingleChronicleQueue build(SingleChronicleQueueBuilder builder, Path directory)
      throws IOException {
    try {
      return builder.build();
    } catch (RuntimeException e) {
      throw unusable(directory, e);
    }
  }

  private static IOException unusable(Path directory, RuntimeException cause) {
    return new IOException(
        "Chronicle cannot open the queue %s; if its files are damaged, move it away and start again without it."
            .formatted(directory),
        cause);
  }

  private static List<JournalDamage> report(List<Flaw> flaws, Path log, Path keptAt) {
    return flaws.stream()
        .map(flaw -> new JournalDamage(log, flaw.record(), flaw.reason(), keptAt))
        .toList();
  }

  private static Path sibling(Path directory, String suffix) {
    return directory.resolveSibling(directory.getFileName() + suffix);
  }
}
