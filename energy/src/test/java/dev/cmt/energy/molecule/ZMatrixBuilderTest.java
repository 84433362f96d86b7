package dev.cmt.energy.molecule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.RandomMolecule;
import dev.cmt.energy.RandomMolecule.Solvent;
import dev.cmt.energy.TargetSettings;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.Bond;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZMatrixBuilderTest {
  private static final TargetSettings SETTINGS =
      new TargetSettings(300, 1e8, 1e20, EnergyEngine.KERNEL, OpenMmPlatform.REFERENCE);

  /** Free bonds, angles and torsions as the published flows have them (paper, Table 6). */
  @ParameterizedTest
  @CsvSource({
    "alanine-dipeptide, 21, 20, 19",
    "alanine-tetrapeptide, 19, 40, 39",
    "alanine-hexapeptide, 29, 60, 59",
    "elil, 33, 73, 72"
  })
  void builtInMoleculesHaveThePapersDimensions(String name, int bonds, int angles, int torsions) {
    MolecularSystem system = BuiltInSystems.load(name);
    ZMatrix zMatrix = ZMatrixBuilder.build(system);
    assertThat(new MolecularTarget(system, zMatrix, SETTINGS).channels())
        .extracting(channel -> channel.size())
        .containsExactly(bonds, angles, torsions);
    for (int n = 0; n < zMatrix.atoms() - 1; n++) {
      int[] bond = zMatrix.bond(n);
      assertThat(system.bonds()).contains(Bond.of(bond[0], bond[1]));
    }
    assertThat(ZMatrixBuilder.ringBonds(system, zMatrix)).isEmpty();
  }

  /** Files hold what the builder gives: who trained with them goes on with them. */
  @ParameterizedTest
  @ValueSource(strings = {"alanine-tetrapeptide", "alanine-hexapeptide", "elil"})
  void peptidesAreBuiltAsTheirFilesSay(String name) {
    assertThat(ZMatrixBuilder.build(BuiltInSystems.load(name)).format())
        .isEqualTo(ZMatrix.parse(BuiltInSystems.zMatrix(name)).format());
  }

  /** The literature reads φ and ψ of the alanine peptides as torsions (0, 1), (3, 4), … */
  @ParameterizedTest
  @ValueSource(strings = {"alanine-tetrapeptide", "alanine-hexapeptide"})
  void backboneTorsionsAreWhereTheLiteratureHasThem(String name) {
    MolecularSystem system = BuiltInSystems.load(name);
    ZMatrix zMatrix = ZMatrixBuilder.build(system);
    int n = 0;
    for (BackboneTorsions residue : BackboneTorsions.of(system)) {
      assertThat(reversed(zMatrix.row(n))).isEqualTo(residue.phi());
      assertThat(reversed(zMatrix.row(n + 1))).isEqualTo(residue.psi());
      n += 3;
    }
  }

  @Test
  void elilFollowsItsTemplates() {
    MolecularSystem system = BuiltInSystems.load("elil");
    List<String> rows = rows(system, ZMatrixBuilder.build(system));
    assertThat(rows.subList(0, 3))
        .containsExactly(
            "LEU2 N-C-CA-N", // ψ of GLU1
            "LEU2 CA-N-C-CA",
            "LEU2 C-CA-N-C");
    assertThat(rows)
        .contains(
            "GLU1 H-N-CA-C",
            "GLU1 H2-N-CA-H",
            "GLU1 H3-N-CA-H",
            "GLU1 CB-CA-C-N",
            "GLU1 O-C-CA-N",
            "GLU1 OE2-CD-CG-OE1",
            "GLU1 HG3-CG-CB-HG2",
            "LEU2 H-N-CA-C",
            "LEU2 CD2-CG-CD1-CB",
            "LEU2 HG-CG-CD1-CD2",
            "ILE3 HB-CB-CA-CG1",
            "ILE3 HA-CA-N-C",
            "LEU4 HD23-CD2-CG-HD21",
            "LEU4 O-C-CA-N",
            "LEU4 OXT-C-CA-O");
  }

  @Test
  void capsFollowTheirTemplates() {
    MolecularSystem system = BuiltInSystems.load("alanine-tetrapeptide");
    ZMatrix zMatrix = ZMatrixBuilder.build(system);
    assertThat(IntStream.range(0, 3).map(zMatrix::seed)).containsExactly(4, 6, 8);
    assertThat(rows(system, zMatrix))
        .contains(
            "ACE1 O-C-N-CA",
            "ACE1 CH3-C-N-O",
            "ACE1 H1-CH3-C-O",
            "ACE1 H3-CH3-C-H1",
            "NME5 C-N-C-CA",
            "NME5 H-N-C-C",
            "NME5 H1-C-N-C",
            "ALA2 HB3-CB-CA-HB1");
  }

  /**
   * Without names only bonds are left: any connected molecule has coordinates that give its shape
   * back, and its rings are what bonds are left over. 60 molecules, most with rings.
   */
  @Test
  void anyConnectedMoleculeHasCoordinates() {
    int withRings = 0;
    for (int seed = 0; seed < 60; seed++) {
      MolecularSystem system = new RandomMolecule(seed, Solvent.NONE).system(seed % 3);
      ZMatrix zMatrix;
      try {
        zMatrix = ZMatrixBuilder.build(system);
      } catch (IllegalArgumentException e) {
        assertThat(e).as("seed %d", seed).hasMessageContaining("lie on a line");
        continue;
      }
      InternalCoordinates coordinates = new InternalCoordinates(zMatrix);
      double[] q = new double[coordinates.dimension()];
      double[] back = new double[coordinates.dimension()];
      double[] x = system.minimizedNm();
      double[] y = new double[x.length];
      double volume = coordinates.toInternal(x, 0, q, 0);
      assertThat(coordinates.toCartesian(q, 0, y, 0))
          .as("seed %d", seed)
          .isCloseTo(volume, Offset.offset(1e-8));
      coordinates.toInternal(y, 0, back, 0);
      for (Bond bond : system.bonds()) {
        assertThat(Geometry.distance(y, 0, bond.first(), bond.second()))
            .as("seed %d", seed)
            .isCloseTo(Geometry.distance(x, 0, bond.first(), bond.second()), Offset.offset(1e-9));
      }
      List<Bond> ringBonds = ZMatrixBuilder.ringBonds(system, zMatrix);
      assertThat(ringBonds).hasSize(system.bonds().size() - zMatrix.atoms() + 1);
      withRings += ringBonds.isEmpty() ? 0 : 1;
    }
    assertThat(withRings).isGreaterThan(20);
  }

  /** The first atom about a bond turns the group, the others are stiff relative to it. */
  @Test
  void aGroupHasOneRotor() {
    MolecularSystem system = Molecules.ethanol();
    assertThat(rows(system, ZMatrixBuilder.build(system)))
        .containsExactly(
            "EOH1 H11-C1-C2-O",
            "EOH1 H12-C1-C2-H11",
            "EOH1 H13-C1-C2-H11",
            "EOH1 H21-C2-C1-O",
            "EOH1 H22-C2-C1-O",
            "EOH1 HO-O-C2-C1");
  }

  @Test
  void aRingLeavesOneBondOver() {
    MolecularSystem system = Molecules.cyclobutane();
    ZMatrix zMatrix = ZMatrixBuilder.build(system);
    assertThat(ZMatrixBuilder.ringBonds(system, zMatrix)).containsExactly(new Bond(2, 3));
    // Each hydrogen refers to both neighbours of its carbon in the ring.
    for (int n = 1; n < zMatrix.rowCount(); n++) {
      int[] row = zMatrix.row(n);
      assertThat(List.of(row[2], row[3]))
          .containsExactlyInAnyOrder((row[1] + 1) % 4, (row[1] + 3) % 4);
    }
  }

  @Test
  void severalMoleculesAreRefusedByName() {
    assertThatThrownBy(() -> ZMatrixBuilder.build(Molecules.twoEthanols()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 pieces")
        .hasMessageContaining("9 from C1 of EOH1 (atom 0); 9 from C1 of EOH2 (atom 9)")
        .hasMessageContaining("Remove solvent and ions");
  }

  @Test
  void straightGroupsAreRefusedByName() {
    assertThatThrownBy(() -> ZMatrixBuilder.build(Molecules.acetonitrile()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("C1 of ACN1 (atom 0)")
        .hasMessageContaining("lie on a line (180.0°)");
  }

  @Test
  void moleculesWithoutATorsionAreRefused() {
    assertThatThrownBy(() -> ZMatrixBuilder.build(Molecules.water()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("water has 3 atoms")
        .hasMessageContaining("at least 4");
  }

  private static List<Integer> reversed(int[] row) {
    return List.of(row[3], row[2], row[1], row[0]);
  }

  private static List<String> rows(MolecularSystem system, ZMatrix zMatrix) {
    return IntStream.range(0, zMatrix.rowCount())
        .mapToObj(zMatrix::row)
        .map(
            row ->
                system.atoms().get(row[0]).residue()
                    + " "
                    + String.join(
                        "-",
                        Arrays.stream(row)
                            .mapToObj(atom -> system.atoms().get(atom).name())
                            .toList()))
        .toList();
  }
}
