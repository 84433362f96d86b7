package dev.cmt.energy.molecule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.energy.ReferenceData;
import dev.cmt.energy.system.BuiltInSystems;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackboneTorsionsTest {
  @Test
  void residuesThatHaveBoth() {
    assertThat(BackboneTorsions.of(BuiltInSystems.load("alanine-dipeptide")))
        .containsExactly(new BackboneTorsions("ALA2", List.of(4, 6, 8, 14), List.of(6, 8, 14, 16)));
    assertThat(residues("alanine-tetrapeptide")).containsExactly("ALA2", "ALA3", "ALA4");
    assertThat(residues("alanine-hexapeptide")).hasSize(5);
    // Charged ends: GLU1 has no φ, LEU4 no ψ.
    assertThat(residues("elil")).containsExactly("LEU2", "ILE3");
  }

  /**
   * Replica exchange has P(φ > 0) = 0.00325 and most of the rest in φ < 0 with ψ near 150° or −30°:
   * a wrong sign or a wrong atom shows. 1000 frames.
   */
  @Test
  void anglesOfEquilibriumFrames() {
    double[] phiPsi = new double[2000];
    BackboneTorsions.of(BuiltInSystems.load("alanine-dipeptide"))
        .get(0)
        .measure(ReferenceData.numbers("equilibrium.npy"), 1000, 22, phiPsi);
    int positivePhi = 0;
    int beta = 0;
    int alpha = 0;
    for (int row = 0; row < 1000; row++) {
      double phi = Math.toDegrees(phiPsi[2 * row]);
      double psi = Math.toDegrees(phiPsi[2 * row + 1]);
      positivePhi += phi > 0 ? 1 : 0;
      beta += phi < 0 && (psi > 80 || psi < -150) ? 1 : 0;
      alpha += phi < 0 && psi > -100 && psi < 60 ? 1 : 0;
    }
    assertThat(positivePhi).isLessThan(15);
    assertThat(alpha + beta).isGreaterThan(950);
    assertThat(alpha).isGreaterThan(100);
    assertThat(beta).isGreaterThan(100);
  }

  private static List<String> residues(String system) {
    return BackboneTorsions.of(BuiltInSystems.load(system)).stream()
        .map(BackboneTorsions::residue)
        .toList();
  }
}
