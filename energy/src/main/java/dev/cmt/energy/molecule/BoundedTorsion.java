package dev.cmt.energy.molecule;

import java.util.Objects;

/**
 * A torsion that may not take the whole circle.
 *
 * @param torsion its number, from 0: the row of the z-matrix
 * @param range what it may take
 * @param coordinate its atoms, such as {@code HA-CA-N-C of ALA2 (atoms 9, 8, 6, 14)}
 * @param because why, as a clause that says what it keeps
 */
public record BoundedTorsion(int torsion, TorsionRange range, String coordinate, String because) {
  public BoundedTorsion {
    Objects.requireNonNull(range, "range");
    Objects.requireNonNull(coordinate, "coordinate");
    Objects.requireNonNull(because, "because");
  }
}
