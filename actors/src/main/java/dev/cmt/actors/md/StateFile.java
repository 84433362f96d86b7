package dev.cmt.actors.md;

import dev.cmt.energy.md.ExchangeTally;
import dev.cmt.energy.md.ReplicaState;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The bytes of a block's state, little-endian: {@code CMTMD001}, step, and its arrays, each after
 * its length (int32): positions and velocities (float64), rungs (int32), sweeps, attempts, accepts
 * (int64), kinetic energies (float64), last ends (int8), round trips (int64); then the CRC-32C of
 * all that (int32).
 */
final class StateFile {
  private static final byte[] MAGIC = "CMTMD001".getBytes(StandardCharsets.US_ASCII);

  private StateFile() {}

  static byte[] encode(ReplicaState state) {
    ExchangeTally tally = state.tally();
    int longs =
        tally.sweeps().length
            + tally.attempts().length
            + tally.accepts().length
            + tally.roundTrips().length;
    int doubles = state.positionsNm().length + state.velocities().length + tally.kinetic().length;
    int size =
        MAGIC.length
            + Long.BYTES
            + 9 * Integer.BYTES
            + 8 * (longs + doubles)
            + Integer.BYTES * state.rungs().length
            + tally.lastEnd().length
            + Integer.BYTES;
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    out.put(MAGIC).putLong(state.step());
    put(out, state.positionsNm());
    put(out, state.velocities());
    out.putInt(state.rungs().length);
    for (int rung : state.rungs()) {
      out.putInt(rung);
    }
    put(out, tally.sweeps());
    put(out, tally.attempts());
    put(out, tally.accepts());
    put(out, tally.kinetic());
    out.putInt(tally.lastEnd().length).put(tally.lastEnd());
    put(out, tally.roundTrips());
    out.putInt(checksum(out.array(), out.position()));
    return out.array();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IOException if a byte is not as it was written
   */
  static ReplicaState decode(byte[] content) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    int body = content.length - Integer.BYTES;
    if (body < MAGIC.length
        || !Arrays.equals(content, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
        || in.getInt(body) != checksum(content, body)) {
      throw new IOException("its checksum is wrong");
    }
    in.position(MAGIC.length);
    try {
      long step = in.getLong();
      double[] positions = doubles(in);
      double[] velocities = doubles(in);
      int[] rungs = new int[in.getInt()];
      for (int i = 0; i < rungs.length; i++) {
        rungs[i] = in.getInt();
      }
      long[] sweeps = longs(in);
      long[] attempts = longs(in);
      long[] accepts = longs(in);
      double[] kinetic = doubles(in);
      byte[] lastEnd = new byte[in.getInt()];
      in.get(lastEnd);
      return new ReplicaState(
          step,
          positions,
          velocities,
          rungs,
          new ExchangeTally(sweeps, attempts, accepts, kinetic, lastEnd, longs(in)));
    } catch (BufferUnderflowException | NegativeArraySizeException e) {
      throw new IOException("it ends too early", e);
    }
  }

  private static void put(ByteBuffer out, double[] values) {
    out.putInt(values.length);
    for (double value : values) {
      out.putDouble(value);
    }
  }

  private static void put(ByteBuffer out, long[] values) {
    out.putInt(values.length);
    for (long value : values) {
      out.putLong(value);
    }
  }

  private static double[] doubles(ByteBuffer in) {
    double[] values = new double[in.getInt()];
    for (int i = 0; i < values.length; i++) {
      values[i] = in.getDouble();
    }
    return values;
  }

  private static long[] longs(ByteBuffer in) {
    long[] values = new long[in.getInt()];
    for (int i = 0; i < values.length; i++) {
      values[i] = in.getLong();
    }
    return values;
  }

  private static int checksum(byte[] content, int length) {
    CRC32C crc = new CRC32C();
    crc.update(content, 0, length);
    return (int) crc.getValue();
  }
}
