package dev.cmt.actors.md;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file of rows of one length, little-endian and without a header, whose rows are written in any
 * order. Writing a row again with what it holds changes nothing. For one thread at a time.
 */
final class RawArray implements AutoCloseable {
  private final FileChannel channel;
  private final int elementBytes;
  private final int width;

  private RawArray(FileChannel channel, int elementBytes, int width) {
    this.channel = channel;
    this.elementBytes = elementBytes;
    this.width = width;
  }

  /**
   * Opens or creates a file.
   *
   * @param elementBytes 4 for float32, 8 for float64
   * @param width elements of a row
   */
  static RawArray open(Path file, int elementBytes, int width) throws IOException {
    return new RawArray(
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
        elementBytes,
        width);
  }

  /** Elements of a row. */
  int width() {
    return width;
  }

  /** Writes whole rows from row {@code first} on. */
  void write(long first, float[] values) throws IOException {
    ByteBuffer bytes = buffer(values.length);
    for (float value : values) {
      bytes.putFloat(value);
    }
    writeAll(first, bytes.flip());
  }

  /** Writes whole rows from row {@code first} on. */
  void write(long first, double[] values) throws IOException {
    ByteBuffer bytes = buffer(values.length);
    for (double value : values) {
      bytes.putDouble(value);
    }
    writeAll(first, bytes.flip());
  }

  private void writeAll(long first, ByteBuffer bytes) throws IOException {
    long position = first * width * elementBytes;
    while (bytes.hasRemaining()) {
      position += channel.write(bytes, position);
    }
  }

  /**
   * Reads whole rows.
   *
   * @return their elements, to be got with getFloat or getDouble
   */
  ByteBuffer read(long first, int rows) throws IOException {
    ByteBuffer bytes = buffer(Math.multiplyExact(rows, width));
    long position = first * width * elementBytes;
    while (bytes.hasRemaining()) {
      int count = channel.read(bytes, position);
      if (count < 0) {
        throw new IOException(
            "A file in raw/ ends before row %d; the simulation must be made again."
                .formatted(first + rows));
      }
      position += count;
    }
    return bytes.flip();
  }

  private ByteBuffer buffer(int elements) {
    return ByteBuffer.allocate(Math.multiplyExact(elements, elementBytes))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Makes all that was written durable. */
  void force() throws IOException {
    channel.force(true);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
