package dev.cmt.energy.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SystemFilesTest {
  private static final String WATER =
      """
      <System openmmVersion="7.7" type="System" version="1">
        <Particles><Particle mass="16"/><Particle mass="1"/><Particle mass="1"/></Particles>
        <Constraints><Constraint d=".0957" p1="1" p2="0"/></Constraints>
        <Forces>
          <Force type="HarmonicBondForce"><Bonds><Bond d=".0957" k="1" p1="0" p2="2"/></Bonds></Force>
          <Force type="GBSAOBCForce"><Particles><Particle q="1"/></Particles></Force>
        </Forces>
      </System>
      """;

  private static final String WATER_PDB =
      """
      REMARK   1 A MOLECULE
      MODEL        1
      HETATM    1  O   HOH A   1       0.000   0.000   0.000  1.00  0.00           O
      HETATM    2  H1  HOH A   1       0.957   0.000   0.000  1.00  0.00           H
      HETATM    3  H2  HOH A   1      -0.240   0.927   0.000  1.00  0.00           H
      ENDMDL
      MODEL        2
      HETATM    1  O   HOH A   1       0.000   0.000   0.000  1.00  0.00           O
      ENDMDL
      CONECT    1    2    3
      CONECT    2    1
      """;

  @Test
  void readsWhatGeometryNeedsOfASystem() {
    SystemXml system = SystemXml.parse(WATER);
    assertThat(system.particles()).isEqualTo(3);
    assertThat(system.forces()).containsExactly("HarmonicBondForce", "GBSAOBCForce");
    assertThat(system.bonds()).containsExactly(new Bond(0, 2));
    assertThat(system.constraintsNm()).containsOnlyKeys(new Bond(0, 1)).containsValue(0.0957);
  }

  @Test
  void refusesWhatIsNoSystem() {
    assertThatThrownBy(() -> SystemXml.parse("<State/>"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(State) must be System");
    assertThatThrownBy(() -> SystemXml.parse("ATOM"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not XML");
    assertThatThrownBy(() -> SystemXml.parse(WATER.replace("p2=\"0\"", "")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Constraint in line 3");
  }

  @Test
  void fetchesNothing() {
    String entity =
        "<!DOCTYPE System [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><System>&e;</System>";
    assertThatThrownBy(() -> SystemXml.parse(entity)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void readsAtomsAndBondsOfTheFirstModel() {
    PdbTopology topology = PdbTopology.parse(WATER_PDB);
    assertThat(topology.atoms()).hasSize(3);
    assertThat(topology.atoms().get(1)).isEqualTo(new Atom("H1", "H", "HOH", 1, 'A'));
    assertThat(topology.bonds()).containsExactlyInAnyOrder(new Bond(0, 1), new Bond(0, 2));
  }

  @Test
  void namesTheLineThatCannotBeRead() {
    assertThatThrownBy(() -> PdbTopology.parse(WATER_PDB.replaceFirst(" +H\n", "\n")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Line 4")
        .hasMessageContaining("element in columns 77-78");
    assertThatThrownBy(() -> PdbTopology.parse(WATER_PDB.replace("    2    3", "    2    9")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Line 10");
    assertThatThrownBy(() -> PdbTopology.parse("REMARK\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no ATOM");
  }

  @Test
  void joinsBondsOfAllFilesAndRefusesFilesOfDifferentMolecules() {
    MolecularSystem water =
        MolecularSystem.parse("water", WATER, WATER_PDB, "0 0 0\n1 0 0\n0 1 0\n");
    assertThat(water.bonds()).containsExactlyInAnyOrder(new Bond(0, 1), new Bond(0, 2));
    assertThat(water.neighbours(0)).containsExactly(1, 2);
    assertThatThrownBy(() -> MolecularSystem.parse("water", WATER, WATER_PDB, "0 0 0\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has 3 numbers; its 3 atoms need 9");
    String twoParticles = WATER.replaceFirst("<Particle mass=\"1\"/>", "");
    assertThatThrownBy(
            () -> MolecularSystem.parse("water", twoParticles, WATER_PDB, "0 0 0\n1 0 0\n0 1 0\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 particles but its topology 3 atoms");
  }
}
