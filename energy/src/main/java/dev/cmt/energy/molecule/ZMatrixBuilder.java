package dev.cmt.energy.molecule;

import dev.cmt.energy.system.Bond;
import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Finds internal coordinates for a molecule. Every atom is placed from one it is bonded to, so that
 * lengths of the z-matrix are lengths of bonds.
 *
 * <p>Proteins begin with their backbone, so that torsions 0 and 1 are φ and ψ of the first residue
 * that has both behind a cap, 3 and 4 of the next; then come rows of {@code residue-templates.txt},
 * which follow bgmol and so the published runs. All that is left, and any other molecule, grows
 * along its bonds, breadth first, hydrogens last. The first atom placed from j turns about j's own
 * bond (a proper torsion); others are placed relative to it (an improper one), so that one
 * coordinate turns the whole group and the rest are stiff.
 *
 * <p>A ring's bonds are one more than its atoms can be placed by. The one left over ({@link
 * #ringBonds}) is no coordinate: its length follows from the others of the ring, and the energy
 * alone closes it. Such a ring costs the flow more than a chain of as many atoms; its torsions
 * remain free to turn the whole circle.
 */
public final class ZMatrixBuilder {
  /** Beyond it a torsion about the bond means little, and an angle's box would leave (0, π). */
  private static final double STRAIGHT_RAD = Math.toRadians(165);

  /** An atom of a torsion's axis so near the axis of the other two defines no plane. */
  private static final double COLLINEAR_RAD = Math.toRadians(5);

  private final MolecularSystem system;
  private final BondGraph graph;

  /** {@code [atoms]} what each was placed from; −1 while it is not placed. */
  private final int[] placedFrom;

  /** Atoms in the order they were placed. */
  private final List<Integer> placed = new ArrayList<>();

  private final List<int[]> rows = new ArrayList<>();

  private ZMatrixBuilder(MolecularSystem system, BondGraph graph) {
    this.system = system;
    this.graph = graph;
    this.placedFrom = new int[graph.atoms()];
    Arrays.fill(placedFrom, -1);
  }

  /**
   * Finds them.
   *
   * @throws IllegalArgumentException if the molecule has fewer than four atoms, is several
   *     molecules, or has a group that is straight in its minimised conformation; it names them
   */
  public static ZMatrix build(MolecularSystem system) {
    BondGraph graph = new BondGraph(system);
    requireOneMolecule(system, graph);
    ZMatrixBuilder builder = new ZMatrixBuilder(system, graph);
    Residues residues = new Residues(system, graph);
    Set<Integer> backbone = residues.backbone();
    Set<Integer> heavy =
        new HashSet<>(
            IntStream.range(0, graph.atoms())
                .filter(atom -> !system.atoms().get(atom).isHydrogen())
                .boxed()
                .toList());
    Set<Integer> all = new HashSet<>(IntStream.range(0, graph.atoms()).boxed().toList());
    builder.placeFrame(backbone);
    builder.grow(backbone);
    builder.applyTemplates(residues);
    builder.grow(heavy);
    builder.grow(all);
    builder.requireBends();
    int[] frame = builder.placed.subList(0, 3).stream().mapToInt(Integer::intValue).toArray();
    return new ZMatrix(frame, builder.rows.toArray(int[][]::new));
  }

  /**
   * Bonds of the molecule that are no coordinates of the z-matrix: one for each ring, which it
   * closes. Ascending.
   */
  public static List<Bond> ringBonds(MolecularSystem system, ZMatrix zMatrix) {
    Set<Bond> left = new HashSet<>(system.bonds());
    for (int n = 0; n < zMatrix.atoms() - 1; n++) {
      int[] bond = zMatrix.bond(n);
      left.remove(Bond.of(bond[0], bond[1]));
    }
    return left.stream().sorted((a, b) -> Arrays.compare(pair(a), pair(b))).toList();
  }

  private static int[] pair(Bond bond) {
    return new int[] {bond.first(), bond.second()};
  }

  private static void requireOneMolecule(MolecularSystem system, BondGraph graph) {
    if (graph.atoms() < 4) {
      throw new IllegalArgumentException(
          "%s has %d atoms; internal coordinates with a torsion need at least 4."
              .formatted(system.name(), graph.atoms()));
    }
    List<List<Integer>> pieces = graph.pieces();
    if (pieces.size() > 1) {
      List<String> names =
          pieces.stream()
              .limit(5)
              .map(piece -> "%d from %s".formatted(piece.size(), system.label(piece.get(0))))
              .toList();
      throw new IllegalArgumentException(
          "The bonds of %s leave %d pieces (atoms: %s%s); it must be one molecule."
                  .formatted(
                      system.name(),
                      pieces.size(),
                      String.join("; ", names),
                      pieces.size() > 5 ? "; …" : "")
              + " Remove solvent and ions, or add the bonds that are missing to the topology.");
    }
  }

  /** Places the first atom of the backbone, or the first heavy one, and two that follow it. */
  private void placeFrame(Set<Integer> backbone) {
    int start = backbone.isEmpty() ? firstHeavy() : backbone.iterator().next();
    int middle = bestNeighbour(start, -1, backbone);
    int end = bestNeighbour(middle, start, backbone);
    if (end < 0) {
      // The start has only a last atom for a neighbour, so it is the middle itself.
      end = bestNeighbour(start, middle, backbone);
      int swapped = start;
      start = middle;
      middle = swapped;
    }
    place(start, middle);
    place(middle, start);
    place(end, middle);
  }

  private int firstHeavy() {
    return IntStream.range(0, graph.atoms())
        .filter(atom -> !system.atoms().get(atom).isHydrogen())
        .findFirst()
        .orElse(0);
  }

  /** One of the backbone, else a heavy one, else any; −1 if there is no other. */
  private int bestNeighbour(int atom, int otherThan, Set<Integer> backbone) {
    int best = -1;
    int bestRank = -1;
    for (int other : graph.neighbours(atom)) {
      int rank = backbone.contains(other) ? 2 : system.atoms().get(other).isHydrogen() ? 0 : 1;
      if (other != otherThan && rank > bestRank) {
        best = other;
        bestRank = rank;
      }
    }
    return best;
  }

  private void place(int atom, int from) {
    placedFrom[atom] = from;
    placed.add(atom);
  }

  private boolean isPlaced(int atom) {
    return placedFrom[atom] >= 0;
  }

  private void addRow(int atom, int near, int middle, int far) {
    rows.add(new int[] {atom, near, middle, far});
    place(atom, near);
  }

  /** Places what bonds within {@code subset} lead to, from atoms placed earlier first. */
  private void grow(Set<Integer> subset) {
    for (int n = 0; n < placed.size(); n++) {
      int near = placed.get(n);
      for (int atom : graph.neighbours(near)) {
        if (subset.contains(atom) && !isPlaced(atom)) {
          addRelativeToNearest(atom, near);
        }
      }
    }
  }

  private void addRelativeToNearest(int atom, int near) {
    int middle = placedFrom[near];
    int far = firstPlacedNeighbour(near, middle);
    if (far < 0) {
      far = placedFrom[middle] == near ? -1 : placedFrom[middle];
    }
    if (far < 0) {
      far = firstPlacedNeighbour(middle, near);
    }
    addRow(atom, near, middle, far);
  }

  private int firstPlacedNeighbour(int atom, int otherThan) {
    return placed.stream()
        .filter(other -> other != otherThan && graph.areBonded(atom, other))
        .findFirst()
        .orElse(-1);
  }

  private void applyTemplates(Residues residues) {
    ResidueTemplates templates = new ResidueTemplates();
    for (int residue = 0; residue < residues.count(); residue++) {
      List<List<String>> all = new ArrayList<>();
      if (residues.isAminoAcid(residue)) {
        all.addAll(templates.backbone());
      }
      all.addAll(templates.of(residues.name(residue)));
      for (List<String> names : all) {
        int number = residue;
        int[] row = names.stream().mapToInt(name -> residues.atom(number, name)).toArray();
        if (canPlace(row)) {
          addRow(row[0], row[1], row[2], row[3]);
        }
      }
    }
  }

  /** Whether all atoms exist, the first is still to be placed, and bonds are where rows say. */
  private boolean canPlace(int[] row) {
    return Arrays.stream(row).allMatch(atom -> atom >= 0)
        && Arrays.stream(row).distinct().count() == 4
        && !isPlaced(row[0])
        && isPlaced(row[1])
        && isPlaced(row[2])
        && isPlaced(row[3])
        && graph.areBonded(row[0], row[1])
        && graph.areBonded(row[1], row[2]);
  }

  private void requireBends() {
    double[] x = system.minimizedNm();
    for (int[] row : rows) {
      requireBend(row[0], row[1], row[2], Geometry.angle(x, 0, row[0], row[1], row[2]));
      double plane = Geometry.angle(x, 0, row[1], row[2], row[3]);
      requireBend(row[1], row[2], row[3], plane < COLLINEAR_RAD ? Math.PI : plane);
    }
    requireBend(
        placed.get(0),
        placed.get(1),
        placed.get(2),
        Geometry.angle(x, 0, placed.get(0), placed.get(1), placed.get(2)));
  }

  private void requireBend(int a, int b, int c, double angleRad) {
    if (!(angleRad < STRAIGHT_RAD)) {
      throw new IllegalArgumentException(
          "In the minimised conformation of %s the atoms %s, %s and %s lie on a line (%.1f°);"
                  .formatted(
                      system.name(),
                      system.label(a),
                      system.label(b),
                      system.label(c),
                      Math.toDegrees(angleRad))
              + " internal coordinates cannot describe groups that are straight, such as C≡N.");
    }
  }
}
