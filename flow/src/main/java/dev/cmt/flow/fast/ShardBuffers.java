package dev.cmt.flow.fast;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;

/** Native copies of a shard's rows on their way in and out; grows as needed, freed on close. */
final class ShardBuffers implements AutoCloseable {
  private final int dimension;
  private int capacity;
  private FloatPointer rows;
  private DoublePointer weights;
  private DoublePointer logProposals;
  private DoublePointer logDensities;

  ShardBuffers(int dimension) {
    this.dimension = dimension;
  }

  /** Makes room for so many rows; what was there is lost. */
  void reserve(int count) {
    if (count <= capacity) {
      return;
    }
    close();
    rows = new FloatPointer((long) count * dimension);
    weights = new DoublePointer(count);
    logProposals = new DoublePointer(count);
    logDensities = new DoublePointer(count);
    capacity = count;
  }

  /** {@code [capacity][dimension]}. */
  FloatPointer rows() {
    return rows;
  }

  /** {@code [capacity]}. */
  DoublePointer weights() {
    return weights;
  }

  /** {@code [capacity]}. */
  DoublePointer logProposals() {
    return logProposals;
  }

  /** {@code [capacity]}. */
  DoublePointer logDensities() {
    return logDensities;
  }

  @Override
  public void close() {
    if (capacity > 0) {
      rows.close();
      weights.close();
      logProposals.close();
      logDensities.close();
      capacity = 0;
    }
  }
}
