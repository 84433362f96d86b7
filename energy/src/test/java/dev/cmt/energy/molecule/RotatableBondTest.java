package dev.cmt.energy.molecule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.TargetSettings;
import dev.cmt.energy.Targets;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.MolecularSystem;
import org.junit.jupiter.api.Test;

class RotatableBondTest {
  @Test
  void sideChainsAndPeptideBondsTurn() {
    assertThat(RotatableBond.of(system("elil")))
        .extracting(RotatableBond::label)
        .contains(
            "GLU1 N–CA–CB–CG",
            "GLU1 CA–CB–CG–CD",
            "GLU1 CB–CG–CD–OE1",
            "LEU2 N–CA–CB–CG",
            "LEU2 CA–CB–CG–CD1",
            "ILE3 N–CA–CB–CG1",
            "LEU4 N–CA–CB–CG")
        .anyMatch(label -> label.contains("–C–N–"))
        .doesNotHaveDuplicates();
  }

  /** φ and ψ have plots of their own; methyls only turn hydrogens. */
  @Test
  void onlyThePeptideBondsOfAlanineDipeptideAreLeft() {
    assertThat(RotatableBond.of(system("alanine-dipeptide")))
        .extracting(RotatableBond::label)
        .containsExactly("ACE1 CH3–C–N–CA", "ALA2 CA–C–N–C");
  }

  @Test
  void theMinimumHasTransPeptideBonds() {
    MolecularSystem system = system("alanine-dipeptide");
    double[] minimum = system.minimizedNm();
    float[] twice = new float[2 * minimum.length];
    for (int i = 0; i < twice.length; i++) {
      twice[i] = (float) minimum[i % minimum.length];
    }

    for (RotatableBond bond : RotatableBond.of(system)) {
      double[] torsions = bond.measure(twice, 2);
      assertThat(torsions).hasSize(2);
      assertThat(torsions[1]).isEqualTo(torsions[0]);
      assertThat(Math.abs(torsions[0])).isCloseTo(Math.PI, within(0.2));
    }
  }

  private static MolecularSystem system(String name) {
    return ((MolecularTarget)
            Targets.create(
                name, new TargetSettings(300, 1e8, 1e20, EnergyEngine.AUTO, OpenMmPlatform.AUTO)))
        .system();
  }
}
