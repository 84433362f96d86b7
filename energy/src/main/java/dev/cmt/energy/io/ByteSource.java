package dev.cmt.energy.io;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;

/** Bytes of a binary file in order, little-endian, with a name to put into errors. */
final class ByteSource implements AutoCloseable {
  private final String name;
  private final ReadableByteChannel channel;
  private final long size;
  private long position;

  /**
   * @param size bytes that {@code input} is going to give
   */
  ByteSource(String name, InputStream input, long size) {
    this(name, Channels.newChannel(input), size);
  }

  ByteSource(String name, ReadableByteChannel channel, long size) {
    this.name = name;
    this.channel = channel;
    this.size = size;
  }

  /** Bytes that are left. */
  long remaining() {
    return size - position;
  }

  /** The next {@code count} bytes, in a new array of just that length. */
  ByteBuffer read(int count) throws IOException {
    if (count > remaining()) {
      throw new EOFException(
          "%s ends after %d bytes; at byte %d it should have %d more."
              .formatted(name, size, position, count));
    }
    ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    fill(buffer);
    return buffer.flip();
  }

  /** Fills what remains of {@code buffer}. */
  void fill(ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      int count = channel.read(buffer);
      if (count < 0) {
        throw new EOFException("%s ends after %d bytes.".formatted(name, position));
      }
      position += count;
    }
  }

  IOException malformed(String what) {
    return new IOException("%s cannot be read: %s.".formatted(name, what));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
