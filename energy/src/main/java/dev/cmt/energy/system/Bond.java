package dev.cmt.energy.system;

/**
 * Two bonded atoms, the lower number first.
 *
 * @param first number of an atom, from 0
 * @param second number of another atom, higher than {@code first}
 */
public record Bond(int first, int second) {
  public Bond {
    if (first < 0 || second <= first) {
      throw new IllegalArgumentException(
          "A bond's atoms (%d, %d) must be two, from 0, the lower number first."
              .formatted(first, second));
    }
  }

  /** The bond of two atoms in either order. */
  public static Bond of(int a, int b) {
    return new Bond(Math.min(a, b), Math.max(a, b));
  }
}
