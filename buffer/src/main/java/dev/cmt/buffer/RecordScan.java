package dev.cmt.buffer;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.core.io.IORuntimeException;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.wire.DocumentContext;

/**
 * Reads the records of a queue from the first, and trusts none: each is checked before it is handed
 * on, and the end that is reached is compared with the end the queue remembers.
 */
final class RecordScan {
  /** Takes the payload of record number {@code record}; little-endian, valid during the call. */
  interface Reader {
    void read(long record, ByteBuffer payload) throws IOException;
  }

  /** What to do with records after one that is damaged. */
  enum AfterDamage {
    /** They depend on the lost one. */
    STOP,
    /** Each stands for itself. */
    SKIP
  }

  /**
   * @param record how many sound records come before
   * @param reason what is wrong
   */
  record Flaw(long record, String reason) {}

  private final ExcerptTailer tailer;
  private byte[] buffer = new byte[4096];
  private int size;
  private long index = -1;

  /** Where in the queue's file the record last read begins, and the end of it. */
  private long offset;

  private long endOffset;

  private RecordScan(ExcerptTailer tailer) {
    this.tailer = tailer;
  }

  static List<Flaw> of(ChronicleQueue queue, int magic, AfterDamage afterDamage, Reader reader)
      throws IOException {
    List<Flaw> flaws = new ArrayList<>();
    long records = 0;
    // Asked before reading: a writer in another process may append meanwhile.
    End end = endOf(queue);
    try (ExcerptTailer tailer = queue.createTailer()) {
      RecordScan scan = new RecordScan(tailer);
      while (scan.next()) {
        String reason = scan.flaw(magic);
        if (reason != null) {
          flaws.add(new Flaw(records, "%s: %s".formatted(scan.place(scan.offset), reason)));
          if (afterDamage == AfterDamage.STOP) {
            return flaws;
          }
        } else if (scan.size > RecordFrame.BYTES) {
          reader.read(records++, RecordFrame.payload(scan.buffer, scan.size));
        }
      }
      if (end.flaw() != null) {
        flaws.add(new Flaw(records, "%s: %s".formatted(scan.place(scan.endOffset), end.flaw())));
      } else if (scan.index < end.index()) {
        flaws.add(
            new Flaw(
                records,
                "%s: the queue ends at index %x, its header says %x"
                    .formatted(scan.place(scan.endOffset), scan.index, end.index())));
      }
    } catch (UnreadableQueueException e) {
      flaws.add(new Flaw(records, e.getMessage()));
    }
    return flaws;
  }

  private String flaw(int magic) throws IOException {
    try {
      return RecordFrame.flaw(buffer, size, magic);
    } catch (IOException e) {
      throw new IOException(
          "%s, %s: %s".formatted(tailer.queue().file(), place(offset), e.getMessage()), e);
    }
  }

  private boolean next() throws IOException, UnreadableQueueException {
    try (DocumentContext document = tailer.readingDocument()) {
      if (!document.isPresent()) {
        return false;
      }
      index = document.index();
      Bytes<?> bytes = document.wire().bytes();
      offset = bytes.readPosition();
      long length = bytes.readRemaining();
      if (length > ExcerptLog.MAX_PAYLOAD_BYTES + RecordFrame.BYTES) {
        throw new UnreadableQueueException(
            "%s: an excerpt claims %d bytes".formatted(place(offset), length));
      }
      endOffset = offset + length;
      size = (int) length;
      if (buffer.length < size) {
        buffer = new byte[Math.max(size, 2 * buffer.length)];
      }
      bytes.read(buffer, 0, size);
      return true;
    } catch (IORuntimeException e) {
      throw new IOException("cannot map the queue " + tailer.queue().file(), e); // not its content
    } catch (RuntimeException | AssertionError e) {
      throw new UnreadableQueueException(
          "%s: Chronicle cannot read on: %s".formatted(place(endOffset), e));
    }
  }

  /** A position in the queue's only file, for people. */
  private String place(long position) {
    File file = tailer.currentFile();
    return "byte %d of %s"
        .formatted(position, file == null ? tailer.queue().file() : file.getName());
  }

  /**
   * The last index that the queue knows of, or why it knows none; its records may still be read.
   */
  private record End(long index, String flaw) {}

  private static End endOf(ChronicleQueue queue) {
    try {
      return new End(queue.lastIndex(), null);
    } catch (RuntimeException | AssertionError e) {
      // Where assertions are enabled, a queue that was cut off breaks one of Chronicle's own.
      return new End(-1, "Chronicle cannot find the end: " + e);
    }
  }

  /** The queue's own structure is damaged from here on. */
  private static final class UnreadableQueueException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadableQueueException(String message) {
      super(message);
    }
  }
}
