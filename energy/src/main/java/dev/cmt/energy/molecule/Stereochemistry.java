package dev.cmt.energy.molecule;

import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What keeps a molecule the molecule it is: half circles for torsions, from the reference
 * conformation.
 *
 * <p>An atom with four neighbours (or three about sulphur or phosphorus) has two forms, mirror
 * images of each other about it, and no molecular dynamics turns one into the other. An improper
 * torsion, whose atom and both others are bonded to the axis' first, has the sign of the form. So
 * each such centre is bounded to the half circle of the form it has in the reference:
 *
 * <ul>
 *   <li>with two or more hydrogens, which the energy does not tell apart, every improper torsion
 *       that places one: the hydrogens keep their labels (paper, section D.1, and TA-BG's rule; of
 *       three the first turns freely, the others follow it);
 *   <li>with two other groups that the energy does not tell apart, such as the methyl groups at CG
 *       of leucine, one improper torsion: the groups keep their labels;
 *   <li>else it is a stereocentre, and one improper torsion keeps its form: L or D at the α carbon
 *       of an amino acid, and likewise every other, such as CB of isoleucine.
 * </ul>
 *
 * One torsion of a centre is enough, for the energy keeps its other groups on the other side. A
 * hydrogen's is taken before another's, as published.
 *
 * <p>The published rule bounds hydrogens and α carbons only; for the alanine peptides that is all
 * there is, but elil has CB of ILE3 and CG of LEU2 and LEU4 besides. A flow that is free to swap
 * the methyl groups of a leucine samples each conformation under two labellings and its log Z is
 * higher by log 2 for each; at CB of isoleucine, where the other form is another molecule
 * (alloisoleucine), by about as much.
 *
 * <p>Double bonds and peptide bonds are not bounded, as in the published runs: their torsions are
 * near 0 (cis) and π (trans), where these half circles end, and the energy itself weighs the two.
 * The same holds for planar groups, such as the hydrogens of an amide.
 *
 * @param bounded the torsions with a half circle, ascending
 * @param unbounded sentences about centres for which the z-matrix has no torsion to bound
 */
public record Stereochemistry(List<BoundedTorsion> bounded, List<String> unbounded) {
  /** Six times the volume that three unit vectors span: 0.77 at a tetrahedron's centre, 0 flat. */
  private static final double FLAT = 0.2;

  public Stereochemistry {
    bounded = List.copyOf(bounded);
    unbounded = List.copyOf(unbounded);
  }

  /**
   * Finds all centres of a molecule, in its minimised conformation.
   *
   * @param zMatrix of the molecule
   */
  static Stereochemistry of(MolecularSystem system, ZMatrix zMatrix) {
    return new Finder(system, zMatrix).find();
  }

  /** The part of the circle of each torsion. */
  TorsionRange[] ranges(int torsions) {
    TorsionRange[] ranges = new TorsionRange[torsions];
    Arrays.fill(ranges, TorsionRange.FULL);
    bounded.forEach(torsion -> ranges[torsion.torsion()] = torsion.range());
    return ranges;
  }

  private static final class Finder {
    private final MolecularSystem system;
    private final ZMatrix zMatrix;
    private final BondGraph graph;
    private final int[] surroundings;
    private final double[] x;
    private final List<BoundedTorsion> bounded = new ArrayList<>();
    private final List<String> unbounded = new ArrayList<>();

    Finder(MolecularSystem system, ZMatrix zMatrix) {
      this.system = system;
      this.zMatrix = zMatrix;
      this.graph = new BondGraph(system);
      this.surroundings = graph.surroundings();
      this.x = system.minimizedNm();
    }

    Stereochemistry find() {
      for (int centre = 0; centre < graph.atoms(); centre++) {
        int[] around = graph.neighbours(centre);
        if (around.length == 4 || (around.length == 3 && isPyramidal(centre))) {
          examine(centre, around);
        }
      }
      bounded.sort((a, b) -> Integer.compare(a.torsion(), b.torsion()));
      return new Stereochemistry(bounded, unbounded);
    }

    private boolean isPyramidal(int atom) {
      return Set.of("S", "P").contains(system.atoms().get(atom).element());
    }

    private void examine(int centre, int[] around) {
      List<Integer> impropers = impropers(centre);
      List<Integer> ofHydrogens =
          impropers.stream().filter(n -> isHydrogen(zMatrix.row(n)[0])).toList();
      if (impropers.isEmpty()) {
        unbounded.add(
            "%s: no improper torsion of the z-matrix has its sign, so both of its forms are sampled"
                .formatted(system.label(centre)));
      } else if (ofHydrogens.isEmpty()) {
        bound(impropers.get(0), reason(centre, around));
      } else if (Arrays.stream(around).filter(this::isHydrogen).count() >= 2) {
        String hydrogens = names(Arrays.stream(around).filter(this::isHydrogen).boxed().toList());
        for (int n : ofHydrogens) {
          bound(
              n,
              "keeps the labels of %s at %s, which the energy does not tell apart"
                  .formatted(hydrogens, system.label(centre)));
        }
      } else {
        bound(ofHydrogens.get(0), reason(centre, around));
      }
    }

    /** Rows that place a neighbour of the centre relative to two others, unless nearly flat. */
    private List<Integer> impropers(int centre) {
      return IntStream.range(0, zMatrix.rowCount())
          .filter(
              n -> {
                int[] row = zMatrix.row(n);
                return row[1] == centre
                    && graph.areBonded(centre, row[0])
                    && graph.areBonded(centre, row[2])
                    && graph.areBonded(centre, row[3])
                    && Math.abs(Geometry.handedness(x, 0, centre, row[0], row[2], row[3])) > FLAT;
              })
          .boxed()
          .toList();
    }

    private void bound(int n, String because) {
      int[] row = zMatrix.row(n);
      TorsionRange range =
          TorsionRange.halfOf(Geometry.torsion(x, 0, row[0], row[1], row[2], row[3]));
      bounded.add(new BoundedTorsion(n, range, coordinate(row), because));
    }

    private String reason(int centre, int[] around) {
      Set<Integer> alike = new LinkedHashSet<>();
      for (int a : around) {
        for (int b : around) {
          if (a != b && surroundings[a] == surroundings[b]) {
            alike.add(a);
          }
        }
      }
      if (!alike.isEmpty()) {
        return "keeps the labels of %s at %s, which the energy does not tell apart"
            .formatted(names(alike.stream().sorted().toList()), system.label(centre));
      }
      String form = formOfAminoAcid(centre);
      return "keeps the stereocentre %s %s"
          .formatted(
              system.label(centre),
              form == null ? "as it is in the reference conformation" : "in its " + form + " form");
    }

    /** L or D; null for other centres than CA between N and C. */
    private String formOfAminoAcid(int centre) {
      int n = graph.neighbourNamed(centre, "N");
      int c = graph.neighbourNamed(centre, "C");
      int beta = graph.neighbourNamed(centre, "CB");
      if (!system.atoms().get(centre).name().equals("CA") || n < 0 || c < 0 || beta < 0) {
        return null;
      }
      // Seen from the hydrogen, C, the side chain and N of the L form run clockwise.
      return Geometry.handedness(x, 0, centre, c, beta, n) > 0 ? "L" : "D";
    }

    private boolean isHydrogen(int atom) {
      return system.atoms().get(atom).isHydrogen();
    }

    private String names(List<Integer> atoms) {
      List<String> names = new ArrayList<>(atoms.stream().map(this::name).toList());
      String last = names.remove(names.size() - 1);
      return names.isEmpty() ? last : String.join(", ", names) + " and " + last;
    }

    private String name(int atom) {
      return system.atoms().get(atom).name();
    }

    private String coordinate(int[] row) {
      String residues =
          Arrays.stream(row)
              .mapToObj(atom -> system.atoms().get(atom).residue())
              .distinct()
              .collect(Collectors.joining("/"));
      return "%s of %s (atoms %s)"
          .formatted(
              Arrays.stream(row).mapToObj(this::name).collect(Collectors.joining("-")),
              residues,
              Arrays.stream(row).mapToObj(String::valueOf).collect(Collectors.joining(", ")));
    }
  }
}
