package dev.cmt.energy.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads the elements of a .npy file piece by piece, in C order (last axis fastest). For one thread.
 */
public final class NpyReader implements AutoCloseable {
  private static final int CHUNK_BYTES = 1 << 18;

  private final ByteSource source;
  private final NpyHeader header;
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private long left;

  NpyReader(ByteSource source) throws IOException {
    this.source = source;
    this.header = NpyHeader.read(source);
    this.left = header.elements();
    if (source.remaining() != header.dataBytes()) {
      throw source.malformed(
          "its shape %s of %s takes %d bytes, there are %d"
              .formatted(
                  Arrays.toString(header.shape()),
                  header.type().descr(),
                  header.dataBytes(),
                  source.remaining()));
    }
  }

  /**
   * Opens a file and reads its header.
   *
   * @throws IOException if it is no .npy file of a type in {@link NpyType}, in C order, or its
   *     length is not what its shape asks for
   */
  public static NpyReader open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file);
    try {
      return new NpyReader(new ByteSource(file.toString(), channel, channel.size()));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  public NpyType type() {
    return header.type();
  }

  /** Sizes of the axes, slowest first. */
  public long[] shape() {
    return header.shape().clone();
  }

  /** Elements not read yet. */
  public long remaining() {
    return left;
  }

  /**
   * Reads the next elements as float64; integers beyond ±2^53 are rounded.
   *
   * @throws IllegalArgumentException if fewer than {@code count} remain
   */
  public void read(double[] target, int offset, int count) throws IOException {
    int end = Math.addExact(offset, count);
    for (int i = offset; i < end; ) {
      ByteBuffer chunk = next(end - i);
      switch (type()) {
        case F8 -> {
          DoubleBuffer values = chunk.asDoubleBuffer();
          int n = values.remaining();
          values.get(target, i, n);
          i += n;
        }
        case F4 -> {
          while (chunk.hasRemaining()) {
            target[i++] = chunk.getFloat();
          }
        }
        case I4, I8, U1, BOOL -> {
          while (chunk.hasRemaining()) {
            target[i++] = integer(chunk);
          }
        }
      }
    }
  }

  /**
   * Reads the next elements of a float32 array.
   *
   * @throws IllegalArgumentException if it is of another type or fewer than {@code count} remain
   */
  public void read(float[] target, int offset, int count) throws IOException {
    if (type() != NpyType.F4) {
      throw new IllegalArgumentException(
          "An array of type %s cannot be read as float32.".formatted(type().descr()));
    }
    int end = Math.addExact(offset, count);
    for (int i = offset; i < end; ) {
      FloatBuffer values = next(end - i).asFloatBuffer();
      int n = values.remaining();
      values.get(target, i, n);
      i += n;
    }
  }

  /**
   * Reads the next elements of an array of integers or truth values (0 and 1).
   *
   * @throws IllegalArgumentException if it is of another type or fewer than {@code count} remain
   */
  public void read(long[] target, int offset, int count) throws IOException {
    if (type() == NpyType.F4 || type() == NpyType.F8) {
      throw new IllegalArgumentException(
          "An array of type %s cannot be read as integers.".formatted(type().descr()));
    }
    int end = Math.addExact(offset, count);
    for (int i = offset; i < end; ) {
      ByteBuffer chunk = next(end - i);
      while (chunk.hasRemaining()) {
        target[i++] = integer(chunk);
      }
    }
  }

  /** All elements; none may have been read before. */
  NpyArray readArray() throws IOException {
    if (left > Integer.MAX_VALUE - 8) {
      throw source.malformed(
          "its %d elements do not fit into one array; read it with NpyReader".formatted(left));
    }
    int count = (int) left;
    switch (type()) {
      case F4 -> {
        float[] values = new float[count];
        read(values, 0, count);
        return new NpyArray(header, values);
      }
      case F8 -> {
        double[] values = new double[count];
        read(values, 0, count);
        return new NpyArray(header, values);
      }
      default -> {
        long[] values = new long[count];
        read(values, 0, count);
        return new NpyArray(header, values);
      }
    }
  }

  private long integer(ByteBuffer chunk) {
    return switch (type()) {
      case I4 -> chunk.getInt();
      case I8 -> chunk.getLong();
      case U1 -> Byte.toUnsignedInt(chunk.get());
      case BOOL -> chunk.get() == 0 ? 0 : 1;
      case F4, F8 -> throw new IllegalStateException(type() + " is no integer type");
    };
  }

  private ByteBuffer next(int most) throws IOException {
    if (most > left) {
      throw new IllegalArgumentException(
          "%d elements were asked for, %d remain.".formatted(most, left));
    }
    int count = Math.min(most, CHUNK_BYTES / type().bytes());
    chunk.clear().limit(count * type().bytes());
    source.fill(chunk);
    left -= count;
    return chunk.flip();
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
