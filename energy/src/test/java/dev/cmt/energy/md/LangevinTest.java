package dev.cmt.energy.md;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.kernel.BatchedEnergy;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import dev.cmt.energy.system.SystemXml;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LangevinTest {
  private static final double KT = 2.5;
  private static final double MASS = 10;

  /**
   * BAOAB's closed forms for a harmonic oscillator (Leimkuhler, Matthews 2013, section 3):
   * positions are exact at any step, velocities colder by (ω dt)²/4, the two uncorrelated. The step
   * is long on purpose: what is of order dt² elsewhere is large here.
   */
  @ParameterizedTest
  @CsvSource({"0.5, 1", "1.0, 2", "1.0, 20", "1.5, 5"})
  void oscillatorsHaveTheirClosedForms(double omegaDt, double frictionDt) {
    double dt = 0.01;
    double stiffness = MASS / 2 * Math.pow(omegaDt / dt, 2);
    PairPotential wells = PairPotential.harmonic(200, stiffness);
    Langevin dynamics =
        new Langevin(wells, wells.masses(MASS), new Langevin.Settings(dt, frictionDt / 10 / dt, 3));
    double[] x = new double[3 * wells.atoms()];
    double[] v = new double[x.length];
    dynamics.begin(x, 1);
    double[] kt = {KT};
    dynamics.run(x, v, kt, 0, 0, 500);
    int rounds = 500;
    double[] sums = new double[3];
    double kinetic = 0;
    for (int round = 0; round < rounds; round++) {
      dynamics.run(x, v, kt, 0, 500 + 20L * round, 20);
      double[] q = wells.differences(x);
      double[] u = wells.differences(v);
      kinetic += dynamics.kineticKjPerMol()[0] / (0.5 * dynamics.degreesOfFreedom() * KT);
      for (int i = 0; i < q.length; i++) {
        sums[0] += stiffness * q[i] * q[i] / KT;
        sums[1] += MASS / 2 * u[i] * u[i] / KT;
        sums[2] += Math.sqrt(stiffness * MASS / 2) * q[i] * u[i] / KT;
      }
    }
    int n = rounds * 600;
    // 300,000 values, of which at least one in eight is new: five standard errors √(2 · 8 / n).
    assertThat(sums[0] / n).isCloseTo(1, within(0.037));
    assertThat(sums[1] / n).isCloseTo(1 - omegaDt * omegaDt / 4, within(0.037));
    assertThat(kinetic / rounds).isCloseTo(1, within(0.026));
    assertThat(sums[2] / n).isCloseTo(0, within(0.026));
  }

  /** Without a heat bath energy is kept, up to an error that falls with the square of the step. */
  @ParameterizedTest
  @CsvSource({"alanine-dipeptide, 0.5", "alanine-tetrapeptide, 1"})
  void energyIsConservedToSecondOrder(String name, double femtoseconds) {
    MolecularSystem molecule = BuiltInSystems.load(name);
    HydrogenConstraints constraints = HydrogenConstraints.of(SystemXml.parse(molecule.systemXml()));
    try (PotentialEnergy engine = BatchedEnergy.open(molecule.systemXml())) {
      double[] start = settled(molecule.minimizedNm(), constraints);
      double[] v = new double[start.length];
      double dt = 1e-3 * femtoseconds;
      Langevin warmUp = new Langevin(engine, constraints, new Langevin.Settings(dt, 10, 9));
      warmUp.drawVelocities(start, v, 0, KT, 0);
      warmUp.begin(start, 1);
      warmUp.run(start, v, new double[] {KT}, 0, 0, 2000);

      double coarse = energyNoise(engine, constraints, start, v, dt, 1000);
      double fine = energyNoise(engine, constraints, start, v, dt / 2, 2000);

      assertThat(coarse).isBetween(1e-4, 1.0);
      assertThat(coarse / fine).isCloseTo(4, within(0.2));
    }
  }

  /** Root mean square deviation of the total energy from its mean, kJ/mol. */
  private static double energyNoise(
      PotentialEnergy engine,
      HydrogenConstraints constraints,
      double[] start,
      double[] startVelocities,
      double dt,
      int steps) {
    Langevin dynamics = new Langevin(engine, constraints, new Langevin.Settings(dt, 0, 1));
    double[] x = start.clone();
    double[] v = startVelocities.clone();
    dynamics.begin(x, 1);
    double[] total = new double[steps];
    for (int n = 0; n < steps; n++) {
      dynamics.run(x, v, new double[] {KT}, 0, n, 1);
      total[n] = dynamics.energiesKjPerMol()[0] + dynamics.kineticEnergy(v, 0);
    }
    double mean = Arrays.stream(total).average().orElseThrow();
    return Math.sqrt(
        Arrays.stream(total).map(e -> (e - mean) * (e - mean)).average().orElseThrow());
  }

  /** Every degree of freedom holds kT/2, with constraints and without, and lengths stay exact. */
  @ParameterizedTest
  @CsvSource({"alanine-dipeptide, 1", "alanine-tetrapeptide, 2"})
  void moleculesHaveTheirTemperature(String name, double femtoseconds) {
    MolecularSystem molecule = BuiltInSystems.load(name);
    HydrogenConstraints constraints = HydrogenConstraints.of(SystemXml.parse(molecule.systemXml()));
    int replicas = 32;
    int width = 3 * molecule.atoms().size();
    double[] minimum = settled(molecule.minimizedNm(), constraints);
    double[] x = new double[replicas * width];
    double[] v = new double[x.length];
    double[] kt = new double[replicas];
    try (PotentialEnergy engine = BatchedEnergy.open(molecule.systemXml())) {
      Langevin dynamics =
          new Langevin(engine, constraints, new Langevin.Settings(1e-3 * femtoseconds, 5, 21));
      for (int row = 0; row < replicas; row++) {
        kt[row] = row % 2 == 0 ? KT : 2 * KT;
        System.arraycopy(minimum, 0, x, row * width, width);
        dynamics.drawVelocities(x, v, row * width, kt[row], row);
      }
      dynamics.begin(x, replicas);
      dynamics.run(x, v, kt, 0, 0, 1000);
      double[] sum = new double[2];
      int rounds = 100;
      for (int round = 0; round < rounds; round++) {
        dynamics.run(x, v, kt, 0, 1000 + 20L * round, 20);
        for (int row = 0; row < replicas; row++) {
          sum[row % 2] += dynamics.kineticKjPerMol()[row] / (replicas / 2.0 * rounds);
          assertThat(constraints.worstLength(x, row * width)).isLessThan(1.01e-11);
        }
      }
      // Kinetic energies forget within 1/(2 · friction) = 0.1 ps; 16 replicas for 2 ps or more make
      // 320 independent values with a relative spread √(2/dof) of at most 0.19: five standard
      // errors are 0.05.
      double half = dynamics.degreesOfFreedom() / 2.0;
      assertThat(sum[0] / half).isCloseTo(KT, within(0.05 * KT));
      assertThat(sum[1] / half).isCloseTo(2 * KT, within(0.05 * 2 * KT));
    }
  }

  @Test
  void noiseBelongsToTheReplicaAndTheStep() {
    PairPotential wells = PairPotential.harmonic(2, 1000);
    Langevin.Settings settings = new Langevin.Settings(0.002, 1, 4);
    Langevin dynamics = new Langevin(wells, wells.masses(MASS), settings);
    double[] kt = {KT, KT, KT};
    double[] x = new double[36];
    double[] v = new double[36];
    dynamics.begin(x, 3);
    dynamics.run(x, v, kt, 5, 0, 30);

    // The middle replica alone, in two parts.
    Langevin other = new Langevin(wells, wells.masses(MASS), settings);
    double[] y = new double[12];
    double[] w = new double[12];
    other.begin(y, 1);
    other.run(y, w, new double[] {KT}, 6, 0, 10);
    other.run(y, w, new double[] {KT}, 6, 10, 20);

    // Two half kicks and one whole kick differ in rounding.
    assertThat(y).containsExactly(Arrays.copyOfRange(x, 12, 24), within(1e-12));
    assertThat(Arrays.copyOfRange(x, 0, 12)).isNotEqualTo(Arrays.copyOfRange(x, 12, 24));
  }

  @Test
  void explosionsAreNamed() {
    PairPotential repulsive =
        new PairPotential(1, q -> -Math.exp(q * q), q -> -2 * q * Math.exp(q * q));
    Langevin dynamics =
        new Langevin(repulsive, repulsive.masses(MASS), new Langevin.Settings(0.01, 1, 1));
    double[] x = {0, 0, 0, 1, 1, 1};
    dynamics.begin(x, 1);

    assertThatThrownBy(() -> dynamics.run(x, new double[6], new double[] {KT}, 4, 0, 10_000))
        .isInstanceOf(UnstableDynamicsException.class)
        .hasMessageContaining("Replica 4")
        .hasMessageContaining("10.0 fs");
  }

  @Test
  void settingsAreChecked() {
    assertThatThrownBy(() -> new Langevin.Settings(0, 1, 1))
        .hasMessageContaining("timestepPs (0.0)");
    assertThatThrownBy(() -> new Langevin.Settings(1e-3, Double.NaN, 1))
        .hasMessageContaining("frictionPerPs (NaN)");
    PairPotential two = PairPotential.harmonic(1, 1);
    PairPotential four = PairPotential.harmonic(2, 1);
    assertThatThrownBy(() -> new Langevin(two, four.masses(1), new Langevin.Settings(1e-3, 1, 1)))
        .hasMessageContaining("2 atoms");
  }

  private static double[] settled(double[] x, HydrogenConstraints constraints) {
    double[] settled = x.clone();
    assertThat(constraints.correctPositions(settled, new double[x.length], 0, x, 1)).isTrue();
    return settled;
  }
}
