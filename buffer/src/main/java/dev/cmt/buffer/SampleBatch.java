package dev.cmt.buffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.nio.ByteBuffer;

/**
 * One evaluated batch of an annealing step. The arrays are not copied; do not change them.
 *
 * <p>On disk, little-endian: step int32, batch int32, firstRow int64, rows int32, dimension int32,
 * u float32[rows × dimension], logQ float64[rows], logP float64[rows].
 *
 * @param step annealing step, ≥ 0
 * @param batch number of the batch in its step, ≥ 0
 * @param firstRow number in the step of the batch's first row, ≥ 0
 * @param rows ≥ 1
 * @param dimension of u, ≥ 1
 * @param u {@code [rows][dimension]} row-major, flow coordinates in [0, 1]
 * @param logQ {@code [rows]} log q(x) in the target's Cartesian measure; NaN where the row failed
 * @param logP {@code [rows]} log p̃(x) in the same measure, in kT; NaN where the row failed
 */
public record SampleBatch(
    int step,
    int batch,
    long firstRow,
    int rows,
    int dimension,
    float[] u,
    double[] logQ,
    double[] logP) {
  private static final int HEADER_BYTES = 4 + 4 + 8 + 4 + 4;

  public SampleBatch {
    atLeast("step", step, 0);
    atLeast("batch", batch, 0);
    atLeast("firstRow", firstRow, 0);
    atLeast("rows", rows, 1);
    atLeast("dimension", dimension, 1);
    length("u", u.length, (long) rows * dimension);
    length("logQ", logQ.length, rows);
    length("logP", logP.length, rows);
  }

  /** Size on disk, without the log's framing. */
  public static long bytes(int rows, int dimension) {
    return HEADER_BYTES + (long) rows * (4L * dimension + 16);
  }

  long bytes() {
    return bytes(rows, dimension);
  }

  void write(ByteBuffer target) {
    target.putInt(step).putInt(batch).putLong(firstRow).putInt(rows).putInt(dimension);
    target.asFloatBuffer().put(u);
    target.position(target.position() + 4 * u.length);
    target.asDoubleBuffer().put(logQ).put(logP);
    target.position(target.position() + 16 * rows);
  }

  /** The header alone of a batch on disk; its arrays are read straight to where they belong. */
  record Header(int step, int batch, long firstRow, int rows, int dimension) {
    /** Reads the header and checks that {@code source} then holds exactly its arrays. */
    static Header read(ByteBuffer source) {
      source.order(LITTLE_ENDIAN);
      if (source.remaining() < HEADER_BYTES) {
        throw new IllegalArgumentException(
            "a batch of %d bytes is shorter than its header".formatted(source.remaining()));
      }
      long size = source.remaining();
      Header header =
          new Header(
              source.getInt(), source.getInt(), source.getLong(), source.getInt(), source.getInt());
      if (header.rows < 1 || header.dimension < 1 || bytes(header.rows, header.dimension) != size) {
        throw new IllegalArgumentException(
            "a batch of %d rows x %d cannot have %d bytes"
                .formatted(header.rows, header.dimension, size));
      }
      return header;
    }
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(
          "%s (%d) of a sample batch must be at least %d.".formatted(name, value, least));
    }
  }

  private static void length(String name, int length, long expected) {
    if (length != expected) {
      throw new IllegalArgumentException(
          "%s of a sample batch has %d values, its rows and dimension ask for %d."
              .formatted(name, length, expected));
    }
  }
}
