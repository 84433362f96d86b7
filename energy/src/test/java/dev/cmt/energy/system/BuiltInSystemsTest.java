package dev.cmt.energy.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.energy.RowFailure;
import dev.cmt.energy.openmm.OpenMmEnergy;
import dev.cmt.energy.openmm.OpenMmPlatform;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BuiltInSystemsTest {
  /** Counts and minima as the files' makers recorded them. A chain of n atoms has n − 1 bonds. */
  @ParameterizedTest
  @CsvSource({
    "alanine-dipeptide, 22, 0, -173.1705037760542",
    "alanine-tetrapeptide, 42, 22, -126.11330384184166",
    "alanine-hexapeptide, 62, 32, -87.94847255595148",
    "elil, 75, 41, -1034.1968737795655"
  })
  void filesFitTogether(String name, int atoms, int constraints, double minimumKjPerMol) {
    MolecularSystem system = BuiltInSystems.load(name);
    assertThat(system.atoms()).hasSize(atoms);
    assertThat(system.bonds()).hasSize(atoms - 1);
    assertThat(system.constraintsNm()).hasSize(constraints);
    double[] energy = new double[1];
    RowFailure[] failure = new RowFailure[1];
    try (OpenMmEnergy engine = OpenMmEnergy.open(system.systemXml(), OpenMmPlatform.REFERENCE)) {
      engine.evaluate(system.minimizedNm(), 1, energy, null, failure);
    }
    assertThat(energy[0]).isCloseTo(minimumKjPerMol, Offset.offset(1e-6));
  }

  @Test
  void atomsOfAlanineDipeptide() {
    MolecularSystem system = BuiltInSystems.load("alanine-dipeptide");
    assertThat(system.atoms().get(9)).isEqualTo(new Atom("HA", "H", "ALA", 2, '1'));
    assertThat(system.atoms().get(9).residue()).isEqualTo("ALA2");
    assertThat(system.neighbours(8)).containsExactly(6, 9, 10, 14);
    assertThat(system.label(14)).isEqualTo("C of ALA2 (atom 14)");
  }

  @Test
  void unknownNameListsWhatThereIs() {
    assertThatThrownBy(() -> BuiltInSystems.load("../../secret"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("alanine-hexapeptide");
    assertThatThrownBy(() -> BuiltInSystems.zMatrix("benzene"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("No molecule is named \"benzene\"");
  }
}
