package dev.cmt.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CheckedEnergyTest {
  private static final int ROWS = 7;

  /** An engine of one atom whose energy is its x, plus an error in one row. */
  private static final class Line implements PotentialEnergy {
    private final int wrongRow;
    private final double error;
    private boolean closed;

    Line(int wrongRow, double error) {
      this.wrongRow = wrongRow;
      this.error = error;
    }

    @Override
    public int atoms() {
      return 1;
    }

    @Override
    public String engineDescription() {
      return wrongRow < 0 ? "exact line" : "crooked line";
    }

    @Override
    public void evaluate(
        double[] positionsNm,
        int rows,
        double[] energyKjPerMol,
        double[] forcesKjPerMolNm,
        RowFailure[] failure) {
      for (int row = 0; row < rows; row++) {
        energyKjPerMol[row] = positionsNm[3 * row] + (row == wrongRow ? error : 0);
        failure[row] = RowFailure.NONE;
      }
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static void evaluate(PotentialEnergy engine, int times) {
    double[] positions = new double[3 * ROWS];
    Arrays.setAll(positions, i -> -100 + i);
    for (int i = 0; i < times; i++) {
      engine.evaluate(positions, ROWS, new double[ROWS], null, new RowFailure[ROWS]);
    }
  }

  @Test
  void aWrongRowIsFoundWhereverItIs() {
    for (int wrong = 0; wrong < ROWS; wrong++) {
      try (CheckedEnergy checked = new CheckedEnergy(new Line(wrong, 1e-3), new Line(-1, 0))) {
        assertThatThrownBy(() -> evaluate(checked, 10 * ROWS))
            .as("row %d", wrong)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("crooked line")
            .hasMessageContaining("exact line");
      }
    }
  }

  @Test
  void roundingIsNoDifference() {
    try (CheckedEnergy checked = new CheckedEnergy(new Line(3, 1e-9), new Line(-1, 0))) {
      evaluate(checked, 10 * ROWS);
    }
  }

  @Test
  void bothEnginesAreClosed() {
    Line fast = new Line(-1, 0);
    Line trusted = new Line(-1, 0);
    new CheckedEnergy(fast, trusted).close();
    assertThat(fast.closed).isTrue();
    assertThat(trusted.closed).isTrue();
  }

  @Test
  void theFastestEngineIsCheckedAgainstOpenMm() {
    MolecularSystem system = BuiltInSystems.load("alanine-dipeptide");
    try (PotentialEnergy energy =
        PotentialEnergies.open(system, EnergyEngine.AUTO, OpenMmPlatform.AUTO)) {
      assertThat(energy.engineDescription()).contains("kernel").contains("recomputed by OpenMM");
    }
  }
}
