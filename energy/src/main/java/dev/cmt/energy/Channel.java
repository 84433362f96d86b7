package dev.cmt.energy;

import java.util.Objects;

/**
 * A run of unit coordinates of one kind, such as the bonds or the torsions of a molecule.
 *
 * @param name what the coordinates are, for people and for manifests: {@code bonds}, {@code
 *     angles}, {@code torsions}, {@code x}
 * @param size how many coordinates, at least 0
 * @param circular whether 0 and 1 are the same point
 * @param prior where their density starts
 */
public record Channel(String name, int size, boolean circular, Prior prior) {
  public Channel {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(prior, "prior");
    if (size < 0) {
      throw new IllegalArgumentException(
          "The size (%d) of channel %s must not be negative.".formatted(size, name));
    }
    if (circular && prior != Prior.UNIFORM) {
      throw new IllegalArgumentException(
          "The prior (%s) of the circular channel %s must be UNIFORM.".formatted(prior, name));
    }
  }
}
