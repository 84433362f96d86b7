package dev.cmt.energy.kernel;

import java.util.Arrays;
import java.util.Locale;

/** The builds of the kernel, best first. The order is the native code's. */
enum InstructionSet {
  AVX512,
  AVX2,
  PORTABLE;

  /**
   * Names the build to use instead of the best one: {@code avx512}, {@code avx2}, {@code portable}.
   */
  static final String PROPERTY = "cmt.isa";

  /** The build {@value #PROPERTY} names, or the best one this processor runs. */
  static InstructionSet choose() {
    String name = System.getProperty(PROPERTY);
    if (name == null) {
      return Arrays.stream(values()).filter(InstructionSet::isSupported).findFirst().orElseThrow();
    }
    InstructionSet chosen =
        Arrays.stream(values())
            .filter(set -> set.toString().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "The system property %s (%s) must be one of %s."
                            .formatted(PROPERTY, name, Arrays.toString(values()))));
    chosen.requireSupport();
    return chosen;
  }

  boolean isSupported() {
    return KernelNative.supports(ordinal());
  }

  void requireSupport() {
    if (!isSupported()) {
      throw new IllegalArgumentException(
          "The instruction set (%s) must be one this processor has. Maybe unset the system property %s."
              .formatted(this, PROPERTY));
    }
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
