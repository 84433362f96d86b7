package dev.cmt.energy.molecule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StereochemistryTest {
  /**
   * Hydrogens: two torsions of each of CH3, NH3 and CH2. Centres: one each. ELIL: 1 NH3, 2 CH2 of
   * GLU, 1 CH2 of each LEU, 1 of ILE, 2 CH3 of each; 4 α carbons, CB of ILE, CG of two LEU.
   */
  @ParameterizedTest
  @CsvSource({
    "alanine-dipeptide, 6, 1",
    "alanine-tetrapeptide, 10, 3",
    "alanine-hexapeptide, 14, 5",
    "elil, 24, 7"
  })
  void boundsHydrogensAndCentres(String name, int hydrogens, int centres) {
    Stereochemistry found = of(BuiltInSystems.load(name));
    assertThat(found.unbounded()).isEmpty();
    assertThat(found.bounded())
        .filteredOn(torsion -> torsion.because().contains("labels of H"))
        .hasSize(hydrogens);
    assertThat(found.bounded()).hasSize(hydrogens + centres);
    assertThat(found.bounded())
        .extracting(BoundedTorsion::torsion)
        .isSorted()
        .doesNotHaveDuplicates();
  }

  /** HA relative to CA-N-C: positive is L, the published rule. */
  @Test
  void aminoAcidsAreL() {
    Stereochemistry found = of(BuiltInSystems.load("elil"));
    assertThat(found.bounded())
        .filteredOn(torsion -> torsion.coordinate().startsWith("HA-CA-N-C"))
        .hasSize(4)
        .allSatisfy(
            torsion -> {
              assertThat(torsion.range()).isEqualTo(TorsionRange.UPPER);
              assertThat(torsion.because()).endsWith("in its L form");
            });
    assertThat(because(of(Molecules.mirrored(BuiltInSystems.load("elil")))))
        .filteredOn(reason -> reason.contains("D form"))
        .hasSize(4);
  }

  @Test
  void whatThePublishedRuleMisses() {
    List<BoundedTorsion> bounded = of(BuiltInSystems.load("elil")).bounded();
    assertThat(bounded)
        .filteredOn(torsion -> torsion.coordinate().startsWith("HB-CB-CA-CG1 of ILE3"))
        .singleElement()
        .satisfies(
            torsion ->
                assertThat(torsion.because())
                    .isEqualTo(
                        "keeps the stereocentre CB of ILE3 (atom 42) as it is in the reference"
                            + " conformation"));
    assertThat(bounded)
        .filteredOn(torsion -> torsion.coordinate().startsWith("HG-CG-CD1-CD2"))
        .hasSize(2)
        .allSatisfy(
            torsion ->
                assertThat(torsion.because()).startsWith("keeps the labels of CD1 and CD2 at CG"));
  }

  @Test
  void mirrorImagesHaveTheOtherHalves() {
    for (String name : BuiltInSystems.names()) {
      MolecularSystem system = BuiltInSystems.load(name);
      List<BoundedTorsion> one = of(system).bounded();
      List<BoundedTorsion> other = of(Molecules.mirrored(system)).bounded();
      assertThat(other)
          .extracting(BoundedTorsion::torsion)
          .isEqualTo(one.stream().map(BoundedTorsion::torsion).toList());
      for (int n = 0; n < one.size(); n++) {
        assertThat(other.get(n).range()).isNotEqualTo(one.get(n).range());
      }
    }
  }

  @Test
  void anyCentreIsKept() {
    assertThat(of(Molecules.bromochlorofluoromethane()).bounded())
        .singleElement()
        .satisfies(
            torsion ->
                assertThat(torsion.because()).startsWith("keeps the stereocentre C of BCF1"));
    assertThat(because(of(Molecules.sulphoxide())))
        .singleElement()
        .satisfies(reason -> assertThat(reason).startsWith("keeps the stereocentre S of EMS1"));
  }

  @Test
  void hydrogensOfSmallMolecules() {
    assertThat(because(of(Molecules.ethanol())))
        .containsExactlyInAnyOrder(
            "keeps the labels of H11, H12 and H13 at C1 of EOH1 (atom 0), which the energy does not"
                + " tell apart",
            "keeps the labels of H11, H12 and H13 at C1 of EOH1 (atom 0), which the energy does not"
                + " tell apart",
            "keeps the labels of H21 and H22 at C2 of EOH1 (atom 1), which the energy does not tell"
                + " apart",
            "keeps the labels of H21 and H22 at C2 of EOH1 (atom 1), which the energy does not tell"
                + " apart");
    assertThat(of(Molecules.cyclobutane()).bounded()).hasSize(8);
  }

  /** A z-matrix that places all four atoms about the centre by proper torsions. */
  @Test
  void saysWhatItCannotBound() {
    MolecularSystem system = Molecules.ethanol();
    ZMatrix zMatrix =
        new ZMatrix(
            new int[] {0, 1, 2},
            new int[][] {
              {3, 0, 1, 2}, {4, 0, 1, 2}, {5, 0, 1, 2}, {6, 1, 0, 3}, {7, 1, 0, 4}, {8, 2, 1, 0}
            });
    Stereochemistry found = Stereochemistry.of(system, zMatrix);
    assertThat(found.bounded()).isEmpty();
    assertThat(found.unbounded())
        .hasSize(2)
        .allSatisfy(sentence -> assertThat(sentence).contains("both of its forms are sampled"));
    assertThat(found.unbounded().get(0)).startsWith("C1 of EOH1 (atom 0)");
  }

  /** A frame of H21-C2-H22 leaves the other two atoms about C2 to be bounded. */
  @Test
  void hydrogensOfTheFrameAreKeptByTheOthers() {
    MolecularSystem system = Molecules.ethanol();
    ZMatrix zMatrix =
        new ZMatrix(
            new int[] {6, 1, 7},
            new int[][] {
              {0, 1, 6, 7}, {2, 1, 6, 0}, {3, 0, 1, 2}, {4, 0, 1, 3}, {5, 0, 1, 3}, {8, 2, 1, 0}
            });
    Stereochemistry found = Stereochemistry.of(system, zMatrix);
    assertThat(found.unbounded()).isEmpty();
    assertThat(found.bounded()).extracting(BoundedTorsion::torsion).containsExactly(0, 3, 4);
    assertThat(found.bounded().get(0).because())
        .startsWith("keeps the labels of H21 and H22 at C2");
  }

  @Test
  void equalSurroundingsAreFound() {
    MolecularSystem elil = BuiltInSystems.load("elil");
    int[] classes = new BondGraph(elil).surroundings();
    assertThat(alike(elil, classes, "CD1", "CD2", 2)).isTrue();
    assertThat(alike(elil, classes, "HD11", "HD23", 2)).isTrue();
    assertThat(alike(elil, classes, "OE1", "OE2", 1)).isTrue();
    assertThat(alike(elil, classes, "CG2", "CD1", 3)).isFalse();
    assertThat(alike(elil, classes, "HB2", "HB3", 1)).isTrue();
    int[] leucines =
        IntStream.range(0, classes.length)
            .filter(n -> elil.atoms().get(n).name().equals("CG"))
            .toArray();
    assertThat(classes[leucines[1]]).isNotEqualTo(classes[leucines[2]]);
  }

  private static boolean alike(
      MolecularSystem system, int[] classes, String one, String other, int residue) {
    return classes[atom(system, one, residue)] == classes[atom(system, other, residue)];
  }

  private static int atom(MolecularSystem system, String name, int residue) {
    return IntStream.range(0, system.atoms().size())
        .filter(n -> system.atoms().get(n).name().equals(name))
        .filter(n -> system.atoms().get(n).residueNumber() == residue)
        .findFirst()
        .getAsInt();
  }

  private static List<String> because(Stereochemistry found) {
    return found.bounded().stream().map(BoundedTorsion::because).toList();
  }

  private static Stereochemistry of(MolecularSystem system) {
    return Stereochemistry.of(system, ZMatrixBuilder.build(system));
  }
}
