package dev.cmt.flow.cuda;

import java.util.Arrays;
import java.util.Locale;

/**
 * How a matrix product rounds its factors; sums are float32 in all. A constant's ordinal is its
 * native code.
 */
enum CudaProducts {
  /** To 10 bits of mantissa: what tensor cores take from float32, and several times as fast. */
  TF32,
  /** Not at all. */
  FP32,
  /** To 7 bits of mantissa. */
  BF16;

  /** System property that names one. */
  static final String PROPERTY = "cmt.cuda.products";

  /**
   * The one that {@value #PROPERTY} names, or else {@link #TF32}.
   *
   * @throws IllegalArgumentException if the property names none
   */
  static CudaProducts choose() {
    String wanted = System.getProperty(PROPERTY, "tf32");
    return Arrays.stream(values())
        .filter(products -> products.label().equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "The system property %s (%s) must be one of %s."
                        .formatted(
                            PROPERTY,
                            wanted,
                            Arrays.stream(values()).map(CudaProducts::label).toList())));
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
