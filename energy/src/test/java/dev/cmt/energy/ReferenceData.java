package dev.cmt.energy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Conformations of the built-in molecules with what OpenMM 7.7's Reference platform, driven from
 * Python, said of them, and equilibrium samples from replica exchange at 300 K ({@code
 * equilibrium.npy}: 1000 of alanine dipeptide, 500 of each peptide). NumPy files.
 */
public final class ReferenceData {
  private static final String DIPEPTIDE = "alanine-dipeptide";

  private ReferenceData() {}

  /** Those of a file of alanine dipeptide. */
  public static double[] numbers(String file) {
    return numbers(DIPEPTIDE, file);
  }

  /** All numbers of a file of float64 or float32, row-major. */
  public static double[] numbers(String system, String file) {
    ByteBuffer bytes = ByteBuffer.wrap(read(system, file)).order(ByteOrder.LITTLE_ENDIAN);
    int headerLength = bytes.getShort(8);
    String header = new String(bytes.array(), 10, headerLength, StandardCharsets.US_ASCII);
    bytes.position(10 + headerLength);
    boolean doubles = header.contains("'<f8'");
    if (!(doubles || header.contains("'<f4'")) || header.contains("'fortran_order': True")) {
      throw new IllegalStateException("Unexpected header of " + file + ": " + header);
    }
    double[] numbers = new double[bytes.remaining() / (doubles ? 8 : 4)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = doubles ? bytes.getDouble() : bytes.getFloat();
    }
    return numbers;
  }

  /** Where each of the 200 conformations comes from: {@code md300}, {@code noise0.001}, … */
  public static List<String> labels() {
    return labels(DIPEPTIDE);
  }

  /** The same of any molecule. */
  public static List<String> labels(String system) {
    return new String(read(system, "labels.txt"), StandardCharsets.UTF_8).lines().toList();
  }

  private static byte[] read(String system, String file) {
    String path = "reference/%s/%s".formatted(system, file);
    try (InputStream in = ReferenceData.class.getResourceAsStream(path)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
