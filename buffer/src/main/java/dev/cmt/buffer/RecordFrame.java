package dev.cmt.buffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * The frame around a record of an {@link ExcerptLog}, little-endian: magic int32, version int32,
 * payload length int32, payload, CRC32C of all before it int32.
 */
final class RecordFrame {
  static final int BYTES = 16;
  static final int VERSION = 2;

  private static final int HEADER_BYTES = 12;

  private RecordFrame() {}

  /**
   * Writes a framed record from position 0 and flips the buffer.
   *
   * @param target little-endian, on the heap, with room for {@code length + BYTES}
   * @param payload puts exactly {@code length} bytes
   */
  static void write(ByteBuffer target, int magic, int length, Consumer<ByteBuffer> payload) {
    target.clear().putInt(magic).putInt(VERSION).putInt(length);
    payload.accept(target);
    if (target.position() != HEADER_BYTES + length) {
      throw new IllegalStateException(
          "A record announced %d bytes and put %d."
              .formatted(length, target.position() - HEADER_BYTES));
    }
    target.putInt(crc(target.duplicate().flip())).flip();
  }

  /**
   * What is wrong with the first {@code size} bytes of {@code record} as a frame; null if nothing.
   *
   * @throws IOException if the frame is sound and of a version that this code does not know
   */
  static String flaw(byte[] record, int size, int magic) throws IOException {
    if (size < BYTES) {
      return "a record of %d bytes is shorter than its frame".formatted(size);
    }
    ByteBuffer frame = ByteBuffer.wrap(record, 0, size).order(LITTLE_ENDIAN);
    int stored = frame.getInt(size - 4);
    int computed = crc(ByteBuffer.wrap(record, 0, size - 4));
    if (stored != computed) {
      return "CRC32C of a record of %d bytes is %08x, stored is %08x"
          .formatted(size, computed, stored);
    }
    if (frame.getInt(0) != magic) {
      return "a record of kind %08x, expected %08x".formatted(frame.getInt(0), magic);
    }
    if (frame.getInt(4) != VERSION) {
      throw new IOException(
          "A record has format version %d, this program reads version %d; use the program that wrote it."
              .formatted(frame.getInt(4), VERSION));
    }
    if (frame.getInt(8) != size - BYTES) {
      return "a payload of %d bytes, announced as %d".formatted(size - BYTES, frame.getInt(8));
    }
    return null;
  }

  /** The payload of a frame without flaw; little-endian. */
  static ByteBuffer payload(byte[] record, int size) {
    return ByteBuffer.wrap(record, HEADER_BYTES, size - BYTES).slice().order(LITTLE_ENDIAN);
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
