package dev.cmt.energy.io;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Writes the elements of a .npy file piece by piece, in C order (last axis fastest). The shape is
 * promised at the start and kept at {@link #close}. For one thread.
 */
public final class NpyWriter implements AutoCloseable {
  private static final int CHUNK_BYTES = 1 << 18;

  private final String name;
  private final OutputStream output;
  private final NpyHeader header;
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private long left;

  /**
   * @param output is closed with the writer
   */
  NpyWriter(String name, OutputStream output, NpyHeader header) throws IOException {
    this.name = name;
    this.output = output;
    this.header = header;
    this.left = header.elements();
    output.write(header.toBytes());
  }

  /**
   * Creates or replaces a file.
   *
   * @param type {@link NpyType#F4}, {@link NpyType#F8} or {@link NpyType#I8}
   * @param shape sizes of the axes, slowest first
   */
  public static NpyWriter create(Path file, NpyType type, long... shape) throws IOException {
    if (type != NpyType.F4 && type != NpyType.F8 && type != NpyType.I8) {
      throw new IllegalArgumentException(
          "Arrays of type %s are read, not written; use F4, F8 or I8.".formatted(type));
    }
    NpyHeader header = NpyHeader.of(type, shape);
    OutputStream output = Files.newOutputStream(file);
    try {
      return new NpyWriter(file.toString(), output, header);
    } catch (IOException e) {
      output.close();
      throw e;
    }
  }

  /** Writes the next elements of a float32 array. */
  public void write(float[] values, int offset, int count) throws IOException {
    begin(NpyType.F4, count);
    for (int i = offset; i < offset + count; i++) {
      flushIfFull();
      chunk.putFloat(values[i]);
    }
  }

  /** Writes the next elements of a float64 array. */
  public void write(double[] values, int offset, int count) throws IOException {
    begin(NpyType.F8, count);
    for (int i = offset; i < offset + count; i++) {
      flushIfFull();
      chunk.putDouble(values[i]);
    }
  }

  /** Writes the next elements of an int64 array. */
  public void write(long[] values, int offset, int count) throws IOException {
    begin(NpyType.I8, count);
    for (int i = offset; i < offset + count; i++) {
      flushIfFull();
      chunk.putLong(values[i]);
    }
  }

  /** Writes all elements of an array of this writer's type. */
  void write(NpyArray array) throws IOException {
    if (array.values() instanceof float[] floats) {
      write(floats, 0, floats.length);
    } else if (array.values() instanceof double[] doubles) {
      write(doubles, 0, doubles.length);
    } else {
      write(array.longs(), 0, array.longs().length);
    }
  }

  /**
   * Ends the file.
   *
   * @throws IOException if fewer elements were written than the shape promised
   */
  @Override
  public void close() throws IOException {
    try (output) {
      flush();
      if (left > 0) {
        throw new IOException(
            "%s was closed %d elements before its shape %s was full."
                .formatted(name, left, Arrays.toString(header.shape())));
      }
    }
  }

  private void begin(NpyType type, int count) {
    if (type != header.type()) {
      throw new IllegalArgumentException(
          "%s has elements of type %s, not %s."
              .formatted(name, header.type().descr(), type.descr()));
    }
    if (count > left) {
      throw new IllegalArgumentException(
          "%d elements were given, but %s has room for %d.".formatted(count, name, left));
    }
    left -= count;
  }

  private void flushIfFull() throws IOException {
    if (!chunk.hasRemaining()) {
      flush();
    }
  }

  private void flush() throws IOException {
    output.write(chunk.array(), 0, chunk.position());
    chunk.clear();
  }
}
