package dev.cmt.flow.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * Numbers with a shape, as safetensors hold them: row-major and little-endian.
 *
 * @param type what the numbers are
 * @param shape sizes of the axes, each at least 0; none for a single number
 * @param data the numbers' bytes, from position 0 to the limit; read, never written
 */
public record Tensor(Type type, List<Long> shape, ByteBuffer data) {
  /** The element types read and written here; safetensors has more. */
  public enum Type {
    /** IEEE float64. */
    F64(8),
    /** Signed 64-bit integer. */
    I64(8),
    /** IEEE float32. */
    F32(4);

    private final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }

    /** Size of an element. */
    public int bytes() {
      return bytes;
    }
  }

  public Tensor {
    shape = List.copyOf(shape);
    data = data.slice().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    if (data.limit() != bytes(type, shape)) {
      throw new IllegalArgumentException(
          "A tensor of type %s and shape %s takes %d bytes; these are %d."
              .formatted(type, shape, bytes(type, shape), data.limit()));
    }
  }

  /** A slice of float32 numbers, copied; the shape's product is their count. */
  public static Tensor of(float[] values, int offset, long... shape) {
    List<Long> axes = axes(shape);
    ByteBuffer data = allocate(Type.F32, axes);
    data.asFloatBuffer().put(values, offset, data.limit() / Type.F32.bytes());
    return new Tensor(Type.F32, axes, data);
  }

  /** Float64 numbers, copied; the shape's product is their count. */
  public static Tensor of(double[] values, long... shape) {
    List<Long> axes = axes(shape);
    ByteBuffer data = allocate(Type.F64, axes);
    data.asDoubleBuffer().put(values, 0, data.limit() / Type.F64.bytes());
    return new Tensor(Type.F64, axes, data);
  }

  /** Integers, copied; the shape's product is their count. */
  public static Tensor of(long[] values, long... shape) {
    List<Long> axes = axes(shape);
    ByteBuffer data = allocate(Type.I64, axes);
    data.asLongBuffer().put(values, 0, data.limit() / Type.I64.bytes());
    return new Tensor(Type.I64, axes, data);
  }

  /** The numbers of an F32 tensor, written from an offset on. */
  public void copyTo(float[] values, int offset) {
    require(Type.F32);
    view().asFloatBuffer().get(values, offset, data.limit() / type.bytes());
  }

  /** The numbers of an F64 tensor. */
  public double[] doubles() {
    require(Type.F64);
    double[] values = new double[data.limit() / type.bytes()];
    view().asDoubleBuffer().get(values);
    return values;
  }

  /** The numbers of an I64 tensor. */
  public long[] longs() {
    require(Type.I64);
    long[] values = new long[data.limit() / type.bytes()];
    view().asLongBuffer().get(values);
    return values;
  }

  /**
   * Bytes that a tensor takes.
   *
   * @throws ArithmeticException if that is beyond a long
   */
  static long bytes(Type type, List<Long> shape) {
    long bytes = type.bytes();
    for (long axis : shape) {
      bytes = Math.multiplyExact(bytes, axis);
    }
    return bytes;
  }

  /** The data with a position of its own, little-endian. */
  ByteBuffer view() {
    return data.duplicate().order(ByteOrder.LITTLE_ENDIAN).rewind();
  }

  private void require(Type wanted) {
    if (type != wanted) {
      throw new IllegalStateException(
          "This tensor holds %s numbers, not %s.".formatted(type, wanted));
    }
  }

  private static List<Long> axes(long[] shape) {
    return Arrays.stream(shape).boxed().toList();
  }

  private static ByteBuffer allocate(Type type, List<Long> shape) {
    return ByteBuffer.allocate(Math.toIntExact(bytes(type, shape))).order(ByteOrder.LITTLE_ENDIAN);
  }
}
