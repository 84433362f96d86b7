package dev.cmt.energy.md;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.kernel.BatchedEnergy;
import dev.cmt.energy.kernel.Precision;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import dev.cmt.energy.system.SystemXml;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class ReplicaExchangeTest {
  private static final double MASS = 10;

  /**
   * Two wells of unequal depth with a barrier of 20 kJ/mol, 8 kT at 300 K: single replicas would
   * hardly cross in the time given, so populations on every rung are right only if swaps are.
   */
  @Test
  void doubleWellsHaveTheirPopulationsAndEnergiesOnEveryRung() {
    DoubleUnaryOperator energy = q -> 20 * (100 * q * q - 1) * (100 * q * q - 1) + 20 * q;
    DoubleUnaryOperator slope = q -> 8000 * q * (100 * q * q - 1) + 20;
    PairPotential wells = new PairPotential(1, energy, slope);
    TemperatureLadder ladder = TemperatureLadder.geometric(300, 1500, 5);
    int ladders = 32;
    ReplicaExchange exchange =
        new ReplicaExchange(
            new Langevin(wells, wells.masses(MASS), new Langevin.Settings(0.002, 5, 31)),
            ladder,
            ladders,
            0,
            20,
            31);
    exchange.load(exchange.start(new double[] {-0.1, -0.1, -0.1, 0, 0, 0}));
    rounds(exchange, 1000);
    double[][] right = new double[5][ladders];
    double[][] energies = new double[5][ladders];
    int samples = 300;
    for (int n = 0; n < samples; n++) {
      rounds(exchange, 10);
      ReplicaState state = exchange.state();
      double[] q = wells.differences(state.positionsNm());
      for (int row = 0; row < state.rungs().length; row++) {
        int rung = state.rungs()[row];
        for (int axis = 0; axis < 3; axis++) {
          right[rung][row / 5] += (q[3 * row + axis] > 0 ? 1 : 0) / (3.0 * samples);
          energies[rung][row / 5] += energy.applyAsDouble(q[3 * row + axis]) / samples;
        }
      }
    }
    for (int rung = 0; rung < 5; rung++) {
      double kt = ladder.kt(rung);
      DoubleUnaryOperator density = q -> Math.exp(-energy.applyAsDouble(q) / kt);
      double whole = integral(density, -0.4, 0.4);
      assertMean(right[rung], integral(density, 0, 0.4) / whole, 0.02);
      assertMean(
          energies[rung],
          3 * integral(q -> energy.applyAsDouble(q) * density.applyAsDouble(q), -0.4, 0.4) / whole,
          0.2);
    }
  }

  /** Ladders are independent, so their spread tells the error of their mean. */
  private static void assertMean(double[] byLadder, double expected, double mostStandardError) {
    double mean = Arrays.stream(byLadder).average().orElseThrow();
    double variance =
        Arrays.stream(byLadder).map(m -> (m - mean) * (m - mean)).sum() / (byLadder.length - 1);
    double standardError = Math.sqrt(variance / byLadder.length);
    assertThat(standardError).isLessThan(mostStandardError);
    assertThat(mean).isCloseTo(expected, within(4 * standardError));
  }

  /**
   * Oscillators with a long step and frequent swaps, where velocities of another instant than the
   * positions would show. Energies on a rung have a gamma distribution of shape n/2; swaps between
   * neighbours must be accepted as its closed form says, and the log-ratio of neighbouring
   * histograms must have slope Δβ.
   */
  @Test
  void neighboursOverlapAsBoltzmannSays() {
    int pairs = 4;
    double dt = 0.01;
    double stiffness = MASS / 2 / (dt * dt);
    PairPotential wells = PairPotential.harmonic(pairs, stiffness);
    TemperatureLadder ladder = TemperatureLadder.geometric(300, 500, 4);
    int ladders = 50;
    ReplicaExchange exchange =
        new ReplicaExchange(
            new Langevin(wells, wells.masses(MASS), new Langevin.Settings(dt, 5, 8)),
            ladder,
            ladders,
            0,
            3,
            8);
    exchange.load(exchange.start(new double[6 * pairs]));
    rounds(exchange, 200);
    exchange.load(exchange.state().withoutTally());
    int samples = 2500;
    double[][] energies = new double[4][samples * ladders];
    double[] byRung = new double[4 * ladders];
    for (int n = 0; n < samples; n++) {
      rounds(exchange, 2);
      exchange.energiesByRung(byRung);
      for (int i = 0; i < byRung.length; i++) {
        energies[i % 4][n * ladders + i / 4] = byRung[i];
      }
    }
    ExchangeTally tally = exchange.state().tally();
    for (int rung = 0; rung < 3; rung++) {
      double cold = ladder.kt(rung);
      double hot = ladder.kt(rung + 1);
      // 125,000 samples, at least one in five new: the slope's standard error is 0.008 or less.
      assertThat(EnergyOverlap.slopeRatio(energies[rung], energies[rung + 1], 1 / cold - 1 / hot))
          .as("rungs %d and %d", rung, rung + 1)
          .isCloseTo(1, within(0.03));
      double attempts = 0;
      double accepts = 0;
      for (int l = 0; l < ladders; l++) {
        attempts += tally.attempts()[3 * l + rung];
        accepts += tally.accepts()[3 * l + rung];
      }
      // Of pairs, odd ones take turns with even ones.
      assertThat(attempts).isEqualTo(ladders * samples);
      assertThat(accepts / attempts).isCloseTo(acceptance(3 * pairs, cold, hot), within(0.01));
    }
    double mean = Arrays.stream(energies[0]).average().orElseThrow();
    assertThat(mean).isCloseTo(1.5 * pairs * ladder.kt(0), within(0.01 * mean));
  }

  /**
   * Mean of min(1, exp((βc − βh)(Ec − Eh))) for energies of n harmonic degrees of freedom in
   * equilibrium, which is the chance that Ec &gt; Eh after exchange plus the chance before it, by
   * quadrature over both gamma densities.
   */
  private static double acceptance(int n, double cold, double hot) {
    int cells = 2000;
    double top = 8 * n * hot / 2;
    double width = top / cells;
    double[] pc = new double[cells];
    double[] ph = new double[cells];
    double sumC = 0;
    double sumH = 0;
    for (int i = 0; i < cells; i++) {
      double e = (i + 0.5) * width;
      pc[i] = Math.pow(e, n / 2.0 - 1) * Math.exp(-e / cold);
      ph[i] = Math.pow(e, n / 2.0 - 1) * Math.exp(-e / hot);
      sumC += pc[i];
      sumH += ph[i];
    }
    double sum = 0;
    for (int i = 0; i < cells; i++) {
      for (int j = 0; j < cells; j++) {
        double exponent = (1 / cold - 1 / hot) * (i - j) * width;
        sum += pc[i] / sumC * ph[j] / sumH * Math.min(1, Math.exp(exponent));
      }
    }
    return sum;
  }

  @Test
  void aStateHasOneFutureToTheBit() {
    MolecularSystem molecule = BuiltInSystems.load("alanine-tetrapeptide");
    HydrogenConstraints constraints = HydrogenConstraints.of(SystemXml.parse(molecule.systemXml()));
    TemperatureLadder ladder = TemperatureLadder.geometric(300, 450, 4);
    try (PotentialEnergy engine = BatchedEnergy.open(molecule.systemXml(), Precision.SINGLE);
        PotentialEnergy other = BatchedEnergy.open(molecule.systemXml(), Precision.SINGLE)) {
      ReplicaExchange first = exchange(engine, constraints, ladder);
      ReplicaExchange second = exchange(other, constraints, ladder);
      first.load(first.start(molecule.minimizedNm()));
      rounds(first, 10);
      ReplicaState half = first.state();
      first.load(half);
      rounds(first, 10);

      second.load(half);
      rounds(second, 10);

      assertThat(second.state()).isEqualTo(first.state());
      assertThat(half.step()).isEqualTo(500);
      assertThat(first.state().step()).isEqualTo(1000);
      assertThat(first.state()).isNotEqualTo(half);
      assertThat(Arrays.stream(first.state().tally().accepts()).sum()).isPositive();
      for (int l = 0; l < 2; l++) {
        int[] rungs = Arrays.copyOfRange(first.state().rungs(), 4 * l, 4 * l + 4);
        Arrays.sort(rungs);
        assertThat(rungs).containsExactly(0, 1, 2, 3);
      }
      // Nothing holds a molecule in its place.
      double[] x = first.state().positionsNm();
      int width = 3 * molecule.atoms().size();
      for (int axis = 0; axis < 3; axis++) {
        double sum = 0;
        for (int d = axis; d < width; d += 3) {
          sum += x[width + d];
        }
        assertThat(sum).isCloseTo(0, within(1e-12));
      }
    }
  }

  @Test
  void roundTripsGoFromTheBottomToTheTopAndBack() {
    ExchangeTally tally = ExchangeTally.empty(1, 3);
    for (int rung : new int[] {2, 1, 0, 1, 0, 1, 2, 1, 2, 1, 0, 2, 0}) {
      tally.visit(0, rung, 3, 1);
    }
    assertThat(tally.roundTrips()[0]).isEqualTo(2);
    assertThat(tally.kinetic()).containsExactly(4, 5, 4);
  }

  @Test
  void oneRungIsPlainDynamics() {
    PairPotential wells = PairPotential.harmonic(1, 100);
    ReplicaExchange plain =
        new ReplicaExchange(
            new Langevin(wells, wells.masses(MASS), new Langevin.Settings(0.01, 5, 8)),
            TemperatureLadder.geometric(300, 300, 1),
            3,
            0,
            5,
            8);
    plain.load(plain.start(new double[6]));
    rounds(plain, 4);

    assertThat(plain.state().rungs()).containsExactly(0, 0, 0);
    assertThat(plain.state().step()).isEqualTo(20);
    assertThat(plain.state().withoutTally().tally().kinetic()).containsExactly(0, 0, 0);
  }

  @Test
  void laddersAreChecked() {
    assertThat(TemperatureLadder.geometric(300, 1200, 3).kelvin(1)).isCloseTo(600, within(1e-9));
    assertThatThrownBy(() -> TemperatureLadder.geometric(300, 300, 2))
        .hasMessageContaining("highestK (300.0)");
    assertThatThrownBy(() -> TemperatureLadder.geometric(0, 300, 2))
        .hasMessageContaining("lowestK (0.0)");
    assertThatThrownBy(() -> TemperatureLadder.geometric(300, 400, 0))
        .hasMessageContaining("rungs (0)");
  }

  private static ReplicaExchange exchange(
      PotentialEnergy engine, HydrogenConstraints constraints, TemperatureLadder ladder) {
    return new ReplicaExchange(
        new Langevin(engine, constraints, new Langevin.Settings(0.002, 1, 12)),
        ladder,
        2,
        6,
        50,
        12);
  }

  private static void rounds(ReplicaExchange exchange, int count) {
    for (int n = 0; n < count; n++) {
      exchange.round();
    }
  }

  /** Simpson's rule. */
  private static double integral(DoubleUnaryOperator f, double from, double to) {
    int cells = 2000;
    double h = (to - from) / cells;
    double sum = f.applyAsDouble(from) + f.applyAsDouble(to);
    for (int i = 1; i < cells; i++) {
      sum += (i % 2 == 0 ? 2 : 4) * f.applyAsDouble(from + i * h);
    }
    return sum * h / 3;
  }
}
