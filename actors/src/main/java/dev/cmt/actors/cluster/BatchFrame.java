package dev.cmt.actors.cluster;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The binary form of a {@link BulkMessage}, little-endian: a header of {@value #HEADER_BYTES}
 * bytes, then the arrays one after the other.
 *
 * <pre>
 *  0  magic     "CMTB"                       32  rows       int32
 *  4  version   uint16, {@value #VERSION}                    36  columns    int32
 *  6  kind      uint8, 1 samples 2 energies  40  seconds    float64
 *               3 piece of a file            48  payload    int32, bytes after the header
 *  7  type      uint8, 1 float32 2 float64 3 byte
 *  8  run       int64                        52  CRC-32C    of all bytes but these four
 * 16  assignment int64
 * 24  step      int32
 * 28  batch     int32
 * </pre>
 *
 * Samples have {@code columns} float32 a row, row-major; energies two float64 columns, log p̃ and
 * then log |dx/du|. A piece of a file has one column; its assignment is the request it answers, and
 * step and batch are the lower and the upper half of its offset, an int64. Nothing is compressed:
 * coordinates and energies are noise.
 */
final class BatchFrame {
  static final int MAGIC = 'C' | 'M' << 8 | 'T' << 16 | 'B' << 24;

  /** The newest version this build writes and reads; it reads all before it. */
  static final int VERSION = 1;

  static final int HEADER_BYTES = 56;
  private static final int CRC_AT = 52;

  private static final byte SAMPLES = 1;
  private static final byte ENERGIES = 2;
  private static final byte PIECE = 3;
  private static final byte FLOAT32 = 1;
  private static final byte FLOAT64 = 2;
  private static final byte BYTE = 3;

  private BatchFrame() {}

  /** Bytes of a message's whole frame. */
  static long size(BulkMessage message) {
    if (message instanceof Samples samples) {
      return HEADER_BYTES + (long) Float.BYTES * samples.u().length;
    }
    if (message instanceof FilePiece piece) {
      return (long) HEADER_BYTES + piece.bytes().length;
    }
    return HEADER_BYTES + 2L * Double.BYTES * ((Energies) message).logP().length;
  }

  /**
   * Writes a message at the buffer's position.
   *
   * @throws FrameException if the buffer has not enough room for it
   */
  static void write(BulkMessage message, ByteBuffer into) {
    long size = size(message);
    if (size > into.remaining()) {
      throw new FrameException(
          "A batch of %d bytes is more than a frame holds (%d); lower energy.batch_rows."
              .formatted(size, into.remaining()));
    }
    int start = into.position();
    ByteBuffer frame = into.slice(start, (int) size).order(ByteOrder.LITTLE_ENDIAN);
    frame.putInt(MAGIC).putShort((short) VERSION);
    if (message instanceof Samples samples) {
      frame.put(SAMPLES).put(FLOAT32);
      frame.putLong(samples.run()).putLong(samples.assignment());
      frame.putInt(samples.step()).putInt(samples.batch());
      frame.putInt(samples.rows()).putInt(samples.columns()).putDouble(0);
      frame.putInt((int) size - HEADER_BYTES);
      frame.position(HEADER_BYTES);
      frame.asFloatBuffer().put(samples.u());
    } else if (message instanceof Energies energies) {
      frame.put(ENERGIES).put(FLOAT64);
      frame.putLong(energies.run()).putLong(energies.assignment());
      frame.putInt(energies.step()).putInt(energies.batch());
      frame.putInt(energies.logP().length).putInt(2).putDouble(energies.seconds());
      frame.putInt((int) size - HEADER_BYTES);
      frame.position(HEADER_BYTES);
      frame.asDoubleBuffer().put(energies.logP()).put(energies.logVolume());
    } else if (message instanceof FilePiece piece) {
      frame.put(PIECE).put(BYTE);
      frame.putLong(piece.run()).putLong(piece.request()).putLong(piece.offset());
      frame.putInt(piece.bytes().length).putInt(1).putDouble(0);
      frame.putInt((int) size - HEADER_BYTES);
      frame.position(HEADER_BYTES);
      frame.put(piece.bytes());
    }
    frame.putInt(CRC_AT, crc(frame));
    into.position(start + (int) size);
  }

  /**
   * Reads the message that the rest of a buffer holds.
   *
   * @throws FrameException if it is none, is damaged, or comes from a newer version, saying which
   */
  static BulkMessage read(ByteBuffer from) {
    ByteBuffer frame = from.slice().order(ByteOrder.LITTLE_ENDIAN);
    if (frame.remaining() < HEADER_BYTES || frame.getInt(0) != MAGIC) {
      throw new FrameException(
          "%d bytes that begin with %s are no batch of this product."
              .formatted(
                  frame.remaining(),
                  frame.remaining() < 4 ? "nothing" : "0x%08x".formatted(frame.getInt(0))));
    }
    int version = Short.toUnsignedInt(frame.getShort(4));
    if (version < 1 || version > VERSION) {
      throw new FrameException(
          "The batch is of format version %d; this build reads versions 1 to %d. Run the same build everywhere."
              .formatted(version, VERSION));
    }
    int payload = frame.getInt(48);
    if (payload < 0 || payload != frame.remaining() - HEADER_BYTES) {
      throw new FrameException(
          "The batch says it has %d bytes after its header; %d arrived."
              .formatted(payload, frame.remaining() - HEADER_BYTES));
    }
    if (crc(frame) != frame.getInt(CRC_AT)) {
      throw new FrameException("The batch's CRC-32C is wrong: it was damaged on the way.");
    }
    from.position(from.limit());
    return message(frame);
  }

  private static BulkMessage message(ByteBuffer frame) {
    int kind = frame.get(6);
    int type = frame.get(7);
    long run = frame.getLong(8);
    long assignment = frame.getLong(16);
    int step = frame.getInt(24);
    int batch = frame.getInt(28);
    long rows = frame.getInt(32);
    long columns = frame.getInt(36);
    long payload = frame.getInt(48);
    frame.position(HEADER_BYTES);
    if (kind == SAMPLES && type == FLOAT32 && columns > 0 && rows * columns * 4 == payload) {
      float[] u = new float[(int) (rows * columns)];
      frame.asFloatBuffer().get(u);
      return new Samples(run, assignment, step, batch, (int) columns, u);
    }
    if (kind == ENERGIES && type == FLOAT64 && columns == 2 && rows * 16 == payload) {
      double[] logP = new double[(int) rows];
      double[] logVolume = new double[(int) rows];
      frame.asDoubleBuffer().get(logP).get(logVolume);
      return new Energies(run, assignment, step, batch, logP, logVolume, frame.getDouble(40));
    }
    long offset = frame.getLong(24);
    if (kind == PIECE && type == BYTE && columns == 1 && rows == payload && offset >= 0) {
      byte[] bytes = new byte[(int) payload];
      frame.get(bytes);
      return new FilePiece(run, assignment, offset, bytes);
    }
    throw new FrameException(
        "No batch has kind %d, type %d, %d rows, %d columns and %d bytes."
            .formatted(kind, type, rows, columns, payload));
  }

  /** Of header and payload, without the checksum itself. */
  private static int crc(ByteBuffer frame) {
    CRC32C crc = new CRC32C();
    crc.update(frame.slice(0, CRC_AT));
    crc.update(frame.slice(HEADER_BYTES, frame.limit() - HEADER_BYTES));
    return (int) crc.getValue();
  }
}
