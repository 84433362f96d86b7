package dev.cmt.energy.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The header of a .npy file: the bytes {@code \x93NUMPY}, version, header length, and a Python
 * dictionary of element type, order and shape (NEP 1, versions 1 to 3).
 */
final class NpyHeader {
  private static final byte[] MAGIC = "\u0093NUMPY".getBytes(ISO_8859_1);
  private static final int ALIGNMENT = 64;

  /** A dictionary is some tens of characters; a longer one is not worth an allocation. */
  private static final int MAX_DICTIONARY_BYTES = 1 << 20;

  private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*('[^']*'|\\[)");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE =
      Pattern.compile("'shape'\\s*:\\s*\\(\\s*((?:\\d+\\s*,?\\s*)*)\\)");

  private final NpyType type;
  private final long[] shape;

  private NpyHeader(NpyType type, long[] shape) {
    this.type = type;
    this.shape = shape;
  }

  /**
   * @param shape sizes of the axes, slowest first; empty for a single value
   */
  static NpyHeader of(NpyType type, long... shape) {
    NpyHeader header = new NpyHeader(type, shape.clone());
    for (long size : shape) {
      if (size < 0) {
        throw new IllegalArgumentException(
            "The shape %s has a negative size.".formatted(Arrays.toString(shape)));
      }
    }
    try {
      header.dataBytes();
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "The shape %s is impossibly large.".formatted(Arrays.toString(shape)), e);
    }
    return header;
  }

  NpyType type() {
    return type;
  }

  long[] shape() {
    return shape;
  }

  /** Elements of an array of this shape. */
  long elements() {
    long elements = 1;
    for (long size : shape) {
      elements = Math.multiplyExact(elements, size);
    }
    return elements;
  }

  /** Bytes of the array's elements. */
  long dataBytes() {
    return Math.multiplyExact(elements(), type.bytes());
  }

  /** Reads a header and leaves {@code source} at the first element. */
  static NpyHeader read(ByteSource source) throws IOException {
    byte[] preamble = source.read(MAGIC.length + 2).array();
    if (!Arrays.equals(preamble, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw source.malformed("it does not begin as a .npy file does");
    }
    int version = preamble[MAGIC.length];
    if (version < 1 || version > 3) {
      throw source.malformed("its .npy version is %d, known are 1, 2 and 3".formatted(version));
    }
    long length =
        version == 1
            ? Short.toUnsignedInt(source.read(2).getShort())
            : Integer.toUnsignedLong(source.read(4).getInt());
    if (length > MAX_DICTIONARY_BYTES) {
      throw source.malformed("its header claims %d bytes".formatted(length));
    }
    String dictionary =
        new String(source.read((int) length).array(), version < 3 ? ISO_8859_1 : UTF_8);
    NpyType type = type(find(DESCR, dictionary, source), source);
    long[] shape = shape(find(SHAPE, dictionary, source), source);
    if (find(ORDER, dictionary, source).equals("True") && shape.length > 1) {
      throw source.malformed(
          "it is in Fortran order; save it in C order: np.save(file, np.ascontiguousarray(a))");
    }
    try {
      return of(type, shape);
    } catch (IllegalArgumentException e) {
      throw source.malformed(e.getMessage());
    }
  }

  /** The bytes of the header, version 1: what NumPy itself writes for such types. */
  byte[] toBytes() {
    String sizes = Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "));
    String dictionary =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s%s), }"
            .formatted(type.descr(), sizes, shape.length == 1 ? "," : "");
    int before = MAGIC.length + 4;
    int end = before + dictionary.length() + 1; // and a line break
    int padded = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    String padding = " ".repeat(padded - end);
    return ByteBuffer.allocate(padded)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC)
        .put((byte) 1)
        .put((byte) 0)
        .putShort((short) (padded - before))
        .put((dictionary + padding + "\n").getBytes(ISO_8859_1))
        .array();
  }

  private static String find(Pattern pattern, String dictionary, ByteSource source)
      throws IOException {
    Matcher matcher = pattern.matcher(dictionary);
    if (!matcher.find()) {
      throw source.malformed(
          "its header has no readable descr, fortran_order or shape: " + dictionary.strip());
    }
    return matcher.group(1);
  }

  private static NpyType type(String descr, ByteSource source) throws IOException {
    for (NpyType type : NpyType.values()) {
      if (descr.equals("'" + type.descr() + "'")) {
        return type;
      }
    }
    throw source.malformed(
        "its elements are of type %s; known are %s"
            .formatted(
                descr.equals("[") ? "structure" : descr,
                Arrays.stream(NpyType.values())
                    .map(NpyType::descr)
                    .collect(Collectors.joining(" "))));
  }

  private static long[] shape(String sizes, ByteSource source) throws IOException {
    try {
      return Arrays.stream(sizes.split(","))
          .map(String::strip)
          .filter(size -> !size.isEmpty())
          .mapToLong(Long::parseLong)
          .toArray();
    } catch (NumberFormatException e) {
      throw source.malformed("its shape (%s) cannot be read".formatted(sizes));
    }
  }
}
