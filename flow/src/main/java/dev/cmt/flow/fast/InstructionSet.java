package dev.cmt.flow.fast;

import java.util.Arrays;
import java.util.Locale;

/** What the vector code is compiled for, fastest first; a constant's ordinal is its native code. */
enum InstructionSet {
  AVX512,
  AVX2,
  /** SSE2, which every x86-64 processor has. */
  PORTABLE;

  /** System property that names one, to compare them or to make results agree between hosts. */
  static final String PROPERTY = "cmt.isa";

  /** Whether this processor has it. */
  boolean supported() {
    return FlowNative.Kernel.isaSupported(ordinal());
  }

  /**
   * The one that {@value #PROPERTY} names, or else the fastest supported.
   *
   * @throws IllegalArgumentException if the property names none or one this processor lacks
   */
  static InstructionSet choose() {
    String wanted = System.getProperty(PROPERTY);
    for (InstructionSet set : values()) {
      if (set.supported()
          && (wanted == null || wanted.equals(set.name().toLowerCase(Locale.ROOT)))) {
        return set;
      }
    }
    throw new IllegalArgumentException(
        "The system property %s (%s) must name an instruction set that this processor has: %s."
            .formatted(
                PROPERTY,
                wanted,
                Arrays.stream(values())
                    .filter(InstructionSet::supported)
                    .map(set -> set.name().toLowerCase(Locale.ROOT))
                    .toList()));
  }
}
