package dev.cmt.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class CheckedEnergyTest {
  private static final double CUT = 1e20;

  /** An engine of one atom, or of one unit coordinate that is its x. */
  private static final class Line implements PotentialEnergy, MappedEnergy {
    private final String name;
    private final DoubleUnaryOperator energy;
    private final double volume;
    private boolean closed;
    private int evaluated;

    Line(String name, DoubleUnaryOperator energy, double volume) {
      this.name = name;
      this.energy = energy;
      this.volume = volume;
    }

    @Override
    public int atoms() {
      return 1;
    }

    @Override
    public int dimension() {
      return 1;
    }

    @Override
    public String engineDescription() {
      return name;
    }

    @Override
    public void evaluate(
        double[] positionsNm,
        int rows,
        double[] energyKjPerMol,
        double[] forcesKjPerMolNm,
        RowFailure[] failure) {
      evaluated += rows;
      for (int row = 0; row < rows; row++) {
        energyKjPerMol[row] = energy.applyAsDouble(positionsNm[3 * row]);
        failure[row] = RowFailure.NONE;
      }
    }

    @Override
    public void evaluate(
        float[] u, int rows, double[] energyKjPerMol, double[] logVolume, RowFailure[] failure) {
      evaluated += rows;
      for (int row = 0; row < rows; row++) {
        energyKjPerMol[row] = energy.applyAsDouble(u[row]);
        logVolume[row] = volume;
        failure[row] = RowFailure.NONE;
      }
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static Line exact() {
    return new Line("exact line", x -> x, 0);
  }

  /** Evaluates rows 0, 1, 2, … as positions and as unit coordinates. */
  private static void evaluate(Line fast, Line trusted, int batches, int rows) {
    double[] positions = new double[3 * rows];
    float[] u = new float[rows];
    for (int row = 0; row < rows; row++) {
      positions[3 * row] = row;
      u[row] = row;
    }
    try (CheckedEnergy checked = new CheckedEnergy(fast, trusted, new EngineCheck(CUT, 1))) {
      for (int n = 0; n < batches; n++) {
        checked.evaluate(positions, rows, new double[rows], null, new RowFailure[rows]);
      }
    }
    try (CheckedMappedEnergy checked =
        new CheckedMappedEnergy(fast, trusted, new EngineCheck(CUT, 1))) {
      for (int n = 0; n < batches; n++) {
        checked.evaluate(u, rows, new double[rows], new double[rows], new RowFailure[rows]);
      }
    }
  }

  @Test
  void aWrongForceFieldIsFoundInTheFirstBatch() {
    for (double error : new double[] {1e-3, Double.NaN, Double.POSITIVE_INFINITY, 1e25}) {
      Line crooked = new Line("crooked line", x -> x + error, 0);
      assertThatThrownBy(() -> evaluate(crooked, exact(), 1, 100))
          .isInstanceOf(EnginesDisagreeException.class)
          .hasMessageContaining("crooked line")
          .hasMessageContaining("exact line");
      assertThatThrownBy(() -> evaluate(exact(), crooked, 1, 100))
          .isInstanceOf(EnginesDisagreeException.class);
    }
  }

  @Test
  void aWrongVolumeIsFound() {
    Line wide = new Line("wide line", x -> x, 1e-6);
    assertThatThrownBy(() -> evaluate(wide, exact(), 1, 100))
        .isInstanceOf(EnginesDisagreeException.class)
        .hasMessageContaining("log-volume 1.00000000e-06");
  }

  /** A fault in a hundredth of the rows is met among a hundred checks, but for a chance of 0.37. */
  @Test
  void aRareFaultIsFoundInTime() {
    int rows = 4096;
    int batches = 1000 * EngineCheck.ROWS_PER_CHECK / rows;
    Line crooked = new Line("crooked line", x -> x % 100 == 42 ? x + 1 : x, 0);
    assertThatThrownBy(() -> evaluate(crooked, exact(), batches, rows))
        .as("key 1; 1000 checks miss it with a chance of 4e-5")
        .isInstanceOf(EnginesDisagreeException.class);
  }

  @Test
  void roundingIsNoDifference() {
    assertThatCode(() -> evaluate(new Line("rounded line", x -> x + 1e-9, 1e-12), exact(), 10, 100))
        .doesNotThrowAnyException();
  }

  @Test
  void checkingIsRare() {
    Line trusted = exact();
    int rows = 4096;
    evaluate(exact(), trusted, 4 * EngineCheck.ROWS_PER_CHECK / rows, rows);
    assertThat(trusted.evaluated).isBetween(2 * 4, 2 * 5);
  }

  @Test
  void bothEnginesAreClosed() {
    Line fast = exact();
    Line trusted = exact();
    evaluate(fast, trusted, 0, 1);
    assertThat(fast.closed).isTrue();
    assertThat(trusted.closed).isTrue();
  }

  @Test
  void theFastestEngineIsCheckedAgainstOpenMm() {
    MolecularSystem system = BuiltInSystems.load("alanine-dipeptide");
    try (PotentialEnergy energy =
        PotentialEnergies.open(system, EnergyEngine.AUTO, OpenMmPlatform.AUTO)) {
      assertThat(energy.engineDescription())
          .contains("kernel")
          .contains("one row in 8192 recomputed by OpenMM");
    }
    try (Evaluator evaluator =
        Targets.create(
                "alanine-dipeptide",
                new TargetSettings(300, 1e8, 1e20, EnergyEngine.AUTO, OpenMmPlatform.AUTO))
            .openEvaluator()) {
      assertThat(evaluator.engineDescription())
          .contains("kernel with coordinate map")
          .contains("one row in 8192 recomputed by OpenMM");
      float[] u = new float[60 * 16];
      Arrays.fill(u, 0.5f);
      assertThat(evaluator.evaluate(u, 16).failure()).containsOnly(RowFailure.NONE);
    }
  }
}
