package dev.cmt.energy.molecule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which internal coordinates describe a molecule. A row {@code (i, j, k, l)} places atom i by its
 * distance from j, the angle i-j-k and the torsion i-j-k-l; three atoms fix the frame.
 *
 * <p>Coordinates come in the order of bgflow, so that indices in the literature hold: bonds |x0x1|,
 * |x1x2|, then the rows'; angles x0-x1-x2, then the rows'; torsions of the rows.
 */
public final class ZMatrix {
  private final int[] seeds;
  private final int[][] rows;
  private final int[] placementOrder;

  /**
   * Takes the atoms of the frame and the rows of all others.
   *
   * @param seeds x0, x1, x2: the origin, its neighbour on the axis, the third of the plane
   * @param rows {@code [atoms - 3][4]}, in any order in which each atom can be placed after those
   *     it refers to
   * @throws IllegalArgumentException if the rows do not place every atom exactly once, or in a
   *     circle
   */
  public ZMatrix(int[] seeds, int[][] rows) {
    this.seeds = seeds.clone();
    this.rows = Arrays.stream(rows).map(int[]::clone).toArray(int[][]::new);
    this.placementOrder = placementOrder(this.seeds, this.rows);
  }

  /**
   * Reads rows {@code i j k l} of atom numbers from 0, one a line; {@code #} starts a comment. The
   * frame's atoms are the rows with one, two and three {@code -1}.
   *
   * @throws IllegalArgumentException naming the line that cannot be read
   */
  public static ZMatrix parse(String text) {
    int[] seeds = {-1, -1, -1};
    List<int[]> rows = new ArrayList<>();
    for (String line : text.lines().toList()) {
      String content = line.replaceFirst("#.*", "").trim();
      if (content.isEmpty()) {
        continue;
      }
      int[] row;
      try {
        row = Arrays.stream(content.split("\\s+")).mapToInt(Integer::parseInt).toArray();
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "Z-matrix row \"%s\" is not numbers.".formatted(line), e);
      }
      if (row.length != 4) {
        throw new IllegalArgumentException(
            "Z-matrix row \"%s\" has %d numbers; it must have 4.".formatted(line, row.length));
      }
      int open = (int) Arrays.stream(row).filter(atom -> atom == -1).count();
      if (open == 0) {
        rows.add(row);
      } else if (open < 4 && seeds[3 - open] == -1) {
        seeds[3 - open] = row[0];
      } else {
        throw new IllegalArgumentException(
            "Z-matrix row \"%s\" has %d times -1; one row each must have 1, 2 and 3."
                .formatted(line, open));
      }
    }
    return new ZMatrix(seeds, rows.toArray(int[][]::new));
  }

  /** As {@link #parse} reads it: the frame, then the rows in their order. */
  public String format() {
    StringBuilder text = new StringBuilder();
    text.append("%d -1 -1 -1\n".formatted(seeds[0]));
    text.append("%d %d -1 -1\n".formatted(seeds[1], seeds[0]));
    text.append("%d %d %d -1\n".formatted(seeds[2], seeds[1], seeds[0]));
    for (int[] row : rows) {
      text.append("%d %d %d %d\n".formatted(row[0], row[1], row[2], row[3]));
    }
    return text.toString();
  }

  /** Atoms of the molecule. */
  public int atoms() {
    return rows.length + 3;
  }

  /** Atom {@code n} of the frame, n = 0, 1, 2. */
  public int seed(int n) {
    return seeds[n];
  }

  /** How many rows there are, and torsions. */
  public int rowCount() {
    return rows.length;
  }

  /** Row {@code n}: the placed atom and the three it refers to; also the atoms of torsion n. */
  public int[] row(int n) {
    return rows[n].clone();
  }

  /** The two atoms of bond {@code n}, 0 to atoms − 2, in the order of the class comment. */
  public int[] bond(int n) {
    return n < 2 ? new int[] {seeds[n], seeds[n + 1]} : Arrays.copyOf(rows[n - 2], 2);
  }

  /** The three atoms of angle {@code n}, 0 to atoms − 3, the vertex in the middle. */
  public int[] angle(int n) {
    return n == 0 ? seeds.clone() : Arrays.copyOf(rows[n - 1], 3);
  }

  /** Numbers of the rows, such that each refers to atoms placed before. */
  int[] placementOrder() {
    return placementOrder.clone();
  }

  private static int[] placementOrder(int[] seeds, int[][] rows) {
    int atoms = rows.length + 3;
    int[] rowOf = new int[atoms];
    Arrays.fill(rowOf, -1);
    boolean[] placed = new boolean[atoms];
    for (int seed : seeds) {
      requireAtom(seed, atoms);
      if (placed[seed]) {
        throw new IllegalArgumentException("The frame has atom %d twice.".formatted(seed));
      }
      placed[seed] = true;
    }
    for (int n = 0; n < rows.length; n++) {
      for (int atom : rows[n]) {
        requireAtom(atom, atoms);
      }
      if (Arrays.stream(rows[n]).distinct().count() != 4) {
        throw new IllegalArgumentException(
            "The atoms of z-matrix row %s must differ.".formatted(Arrays.toString(rows[n])));
      }
      int atom = rows[n][0];
      if (placed[atom] || rowOf[atom] != -1) {
        throw new IllegalArgumentException("The z-matrix places atom %d twice.".formatted(atom));
      }
      rowOf[atom] = n;
    }
    int[] order = new int[rows.length];
    int done = 0;
    for (boolean progress = true; progress && done < rows.length; ) {
      progress = false;
      for (int n = 0; n < rows.length; n++) {
        int[] row = rows[n];
        if (!placed[row[0]] && placed[row[1]] && placed[row[2]] && placed[row[3]]) {
          placed[row[0]] = true;
          order[done++] = n;
          progress = true;
        }
      }
    }
    if (done < rows.length) {
      throw new IllegalArgumentException(
          "The z-matrix refers in a circle: only %d of its %d rows can be placed."
              .formatted(done, rows.length));
    }
    return order;
  }

  private static void requireAtom(int atom, int atoms) {
    if (atom < 0 || atom >= atoms) {
      throw new IllegalArgumentException(
          "Atom %d of the z-matrix must lie in 0 to %d, one row an atom."
              .formatted(atom, atoms - 1));
    }
  }
}
