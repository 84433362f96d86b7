package dev.cmt.buffer;

import java.nio.ByteBuffer;

/**
 * One evaluated batch of an annealing step. The arrays are not copied; do not change them.
 *
 * <p>On disk, little-endian: step int32, batch int32, firstRow int64, rows int32, dimension int32,
 * u float32[rows × dimension], logQ float64[rows], logP float64[rows], logVolume float64[rows].
 */
public final class SampleBatch {
  private static final int HEADER_BYTES = 4 + 4 + 8 + 4 + 4;

  /** Float64 arrays of a batch. */
  private static final int NUMBERS = 3;

  private final Header header;
  private final float[] u;
  private final double[] logQ;
  private final double[] logP;
  private final double[] logVolume;

  /** What precedes the arrays on disk. */
  record Header(int step, int batch, long firstRow, int rows, int dimension) {
    /**
     * Reads a header, leaving {@code source} (little-endian) at the arrays, of which there must be
     * just enough.
     *
     * @throws IllegalArgumentException if it is none
     */
    static Header read(ByteBuffer source) {
      if (source.remaining() < HEADER_BYTES) {
        throw new IllegalArgumentException(
            "A batch of %d bytes is shorter than its header.".formatted(source.remaining()));
      }
      long size = source.remaining();
      Header header =
          new Header(
              source.getInt(), source.getInt(), source.getLong(), source.getInt(), source.getInt());
      if (header.rows < 1 || header.dimension < 1 || bytes(header.rows, header.dimension) != size) {
        throw new IllegalArgumentException(
            "A batch of %d rows x %d cannot have %d bytes."
                .formatted(header.rows, header.dimension, size));
      }
      return header;
    }
  }

  /**
   * @param step annealing step, ≥ 0
   * @param batch number of the batch in its step, ≥ 0
   * @param firstRow number in the step of the batch's first row, ≥ 0
   * @param rows ≥ 1
   * @param dimension of u, ≥ 1
   * @param u {@code [rows][dimension]} row-major, flow coordinates in [0, 1]
   * @param logQ {@code [rows]} log q(x) in the target's Cartesian measure; NaN where the row failed
   * @param logP {@code [rows]} log p̃(x) in the same measure, in kT; NaN where the row failed
   * @param logVolume {@code [rows]} log |dx/du|, so that logQ + logVolume is log q(u); NaN where
   *     the row failed
   */
  public SampleBatch(
      int step,
      int batch,
      long firstRow,
      int rows,
      int dimension,
      float[] u,
      double[] logQ,
      double[] logP,
      double[] logVolume) {
    atLeast("step", step, 0);
    atLeast("batch", batch, 0);
    atLeast("firstRow", firstRow, 0);
    atLeast("rows", rows, 1);
    atLeast("dimension", dimension, 1);
    length("u", u.length, (long) rows * dimension);
    length("logQ", logQ.length, rows);
    length("logP", logP.length, rows);
    length("logVolume", logVolume.length, rows);
    this.header = new Header(step, batch, firstRow, rows, dimension);
    this.u = u;
    this.logQ = logQ;
    this.logP = logP;
    this.logVolume = logVolume;
  }

  /**
   * Reads what {@link #write} put.
   *
   * @param source little-endian, all of it the batch
   * @throws IllegalArgumentException if it is none
   */
  static SampleBatch read(ByteBuffer source) {
    Header header = Header.read(source);
    float[] u = new float[header.rows * header.dimension];
    double[] logQ = new double[header.rows];
    double[] logP = new double[header.rows];
    double[] logVolume = new double[header.rows];
    source.slice().order(source.order()).asFloatBuffer().get(u);
    source.position(source.position() + Float.BYTES * u.length);
    source.slice().order(source.order()).asDoubleBuffer().get(logQ).get(logP).get(logVolume);
    return new SampleBatch(
        header.step,
        header.batch,
        header.firstRow,
        header.rows,
        header.dimension,
        u,
        logQ,
        logP,
        logVolume);
  }

  /** Annealing step. */
  public int step() {
    return header.step;
  }

  /** Number of the batch in its step. */
  public int batch() {
    return header.batch;
  }

  /** Number in the step of the batch's first row. */
  public long firstRow() {
    return header.firstRow;
  }

  public int rows() {
    return header.rows;
  }

  /** Of u. */
  public int dimension() {
    return header.dimension;
  }

  /** {@code [rows][dimension]} row-major, flow coordinates in [0, 1]. */
  public float[] u() {
    return u;
  }

  /** {@code [rows]} log q(x) in the target's Cartesian measure; NaN where the row failed. */
  public double[] logQ() {
    return logQ;
  }

  /** {@code [rows]} log p̃(x) in the same measure, in kT; NaN where the row failed. */
  public double[] logP() {
    return logP;
  }

  /** {@code [rows]} log |dx/du|; NaN where the row failed. */
  public double[] logVolume() {
    return logVolume;
  }

  /** Size on disk, without the log's framing. */
  static long bytes(int rows, int dimension) {
    return HEADER_BYTES + rows * (4L * dimension + NUMBERS * Double.BYTES);
  }

  Header header() {
    return header;
  }

  long bytes() {
    return bytes(rows(), dimension());
  }

  /** Puts {@link #bytes} bytes into {@code target}, little-endian. */
  void write(ByteBuffer target) {
    target
        .putInt(header.step)
        .putInt(header.batch)
        .putLong(header.firstRow)
        .putInt(header.rows)
        .putInt(header.dimension);
    target.asFloatBuffer().put(u);
    target.position(target.position() + 4 * u.length);
    target.asDoubleBuffer().put(logQ).put(logP).put(logVolume);
    target.position(target.position() + NUMBERS * Double.BYTES * header.rows);
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
