package dev.cmt.energy.io;

import java.util.Arrays;

/**
 * A NumPy array in memory, in C order (last axis fastest). float32 and float64 are kept as they
 * are, all integers and truth values as long. The values are not copied.
 */
public final class NpyArray {
  private final NpyHeader header;
  private final Object values;

  NpyArray(NpyHeader header, Object values) {
    this.header = header;
    this.values = values;
  }

  /** An array of type {@code <f4}; the sizes of {@code shape} multiply to the length of values. */
  public static NpyArray of(float[] values, long... shape) {
    return checked(NpyType.F4, values, values.length, shape);
  }

  /** An array of type {@code <f8}; the sizes of {@code shape} multiply to the length of values. */
  public static NpyArray of(double[] values, long... shape) {
    return checked(NpyType.F8, values, values.length, shape);
  }

  /** An array of type {@code <i8}; the sizes of {@code shape} multiply to the length of values. */
  public static NpyArray of(long[] values, long... shape) {
    return checked(NpyType.I8, values, values.length, shape);
  }

  private static NpyArray checked(NpyType type, Object values, int length, long... shape) {
    NpyHeader header = NpyHeader.of(type, shape);
    if (header.elements() != length) {
      throw new IllegalArgumentException(
          "An array of shape %s has %d elements, but %d values were given."
              .formatted(Arrays.toString(shape), header.elements(), length));
    }
    return new NpyArray(header, values);
  }

  public NpyType type() {
    return header.type();
  }

  /** Sizes of the axes, slowest first; empty for a single value. */
  public long[] shape() {
    return header.shape().clone();
  }

  /** The values as float64, whatever the type; integers beyond ±2^53 are rounded. */
  public double[] doubles() {
    if (values instanceof double[] doubles) {
      return doubles;
    }
    if (values instanceof float[] floats) {
      double[] wide = new double[floats.length];
      for (int i = 0; i < wide.length; i++) {
        wide[i] = floats[i];
      }
      return wide;
    }
    return Arrays.stream((long[]) values).asDoubleStream().toArray();
  }

  /**
   * The values of a float32 array.
   *
   * @throws IllegalStateException if it is of another type
   */
  public float[] floats() {
    if (values instanceof float[] floats) {
      return floats;
    }
    throw new IllegalStateException("The array is of type %s, not <f4.".formatted(type().descr()));
  }

  /**
   * The values of an array of integers, or of truth values as 0 and 1.
   *
   * @throws IllegalStateException if it is of another type
   */
  public long[] longs() {
    if (values instanceof long[] longs) {
      return longs;
    }
    throw new IllegalStateException(
        "The array is of type %s, not of integers.".formatted(type().descr()));
  }

  NpyHeader header() {
    return header;
  }

  Object values() {
    return values;
  }
}
