package dev.cmt.energy.kernel;

import java.util.Arrays;
import java.util.List;

/**
 * The map from unit coordinates by way of a z-matrix's internal ones to positions, as the kernel
 * takes it. What the internal coordinates are and how atoms lie is said by {@code
 * dev.cmt.energy.molecule.InternalCoordinates}.
 *
 * @param dimension unit coordinates of a row
 * @param frame the three atoms at the origin, on the x axis and in the xy plane
 * @param placements of all other atoms, each after those it refers to
 * @param coordinates N − 1 lengths (nm), N − 2 angles and N − 3 torsions (rad) of N atoms
 * @param logVolume what no coordinate changes in log |dx/du|
 */
public record CoordinateMap(
    int dimension,
    List<Integer> frame,
    List<Placement> placements,
    List<Coordinate> coordinates,
    double logVolume) {
  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if the lists do not fit each other, an atom is placed twice or
   *     before those it refers to, or a coordinate has a column that does not exist
   */
  public CoordinateMap {
    frame = List.copyOf(frame);
    placements = List.copyOf(placements);
    coordinates = List.copyOf(coordinates);
    int atoms = 3 + placements.size();
    if (frame.size() != 3 || coordinates.size() != 3 * atoms - 6) {
      throw new IllegalArgumentException(
          "A frame of %d atoms with %d placements and %d coordinates must be 3 atoms with %d coordinates."
              .formatted(frame.size(), placements.size(), coordinates.size(), 3 * atoms - 6));
    }
    for (Coordinate coordinate : coordinates) {
      if (coordinate.column() < -1 || coordinate.column() >= dimension) {
        throw new IllegalArgumentException(
            "The column (%d) of a coordinate must lie in 0 to %d, or be -1 for a constant."
                .formatted(coordinate.column(), dimension - 1));
      }
    }
    boolean[] placed = new boolean[atoms];
    frame.forEach(atom -> place(atom, placed));
    for (Placement placement : placements) {
      boolean ready =
          Arrays.stream(new int[] {placement.near(), placement.middle(), placement.far()})
              .allMatch(atom -> atom >= 0 && atom < atoms && placed[atom]);
      if (!ready || placement.row() < 0 || placement.row() >= placements.size()) {
        throw new IllegalArgumentException(
            "%s must have a row of 0 to %d and refer to atoms placed before."
                .formatted(placement, placements.size() - 1));
      }
      place(placement.atom(), placed);
    }
  }

  private static void place(int atom, boolean[] placed) {
    if (atom < 0 || atom >= placed.length || placed[atom]) {
      throw new IllegalArgumentException(
          "Atom %d must lie in 0 to %d and be placed once.".formatted(atom, placed.length - 1));
    }
    placed[atom] = true;
  }

  /** Atoms of the molecule. */
  public int atoms() {
    return 3 + placements.size();
  }

  /**
   * An internal coordinate: shift + scale · u, or the constant shift.
   *
   * @param column which unit coordinate u is, or −1 for a constant
   */
  public record Coordinate(int column, double shift, double scale) {}

  /**
   * Puts an atom at a distance from {@code near}, at an angle with {@code middle} and a torsion
   * with {@code far}.
   *
   * @param row of the z-matrix: its length is number 2 + row, its angle 1 + row, its torsion row
   */
  public record Placement(int row, int atom, int near, int middle, int far) {}
}
