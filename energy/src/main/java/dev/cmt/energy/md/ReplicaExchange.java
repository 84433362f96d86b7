package dev.cmt.energy.md;

import java.util.Arrays;

/**
 * Replica exchange (Sugita, Okamoto, Chem. Phys. Lett. 314 (1999) 141) in some ladders of replicas
 * that move side by side as one batch and otherwise ignore each other. After each round of dynamics
 * neighbours on a ladder, every other pair in turn, trade temperatures with probability min(1,
 * exp((βᵢ − βⱼ)(Eᵢ − Eⱼ))); velocities, which are of the same instant as the positions, are scaled
 * by the root of the temperatures' ratio. Owned by one thread.
 */
public final class ReplicaExchange {
  private final Langevin dynamics;
  private final TemperatureLadder ladder;
  private final int ladders;
  private final int firstLadder;
  private final int stepsPerRound;
  private final KeyedRandom random;
  private final double[] kt;
  private final int[] replicaOn;

  private long step;
  private double[] positions;
  private double[] velocities;
  private int[] rungs;
  private ExchangeTally tally;

  /**
   * Ladders that move together.
   *
   * @param dynamics moves the replicas
   * @param ladder temperatures of each ladder
   * @param ladders how many ladders, at least 1
   * @param firstLadder number of the first among all ladders of a simulation, from 0: key of random
   *     numbers
   * @param stepsPerRound steps between swaps, at least 1
   * @param seed of swaps
   */
  public ReplicaExchange(
      Langevin dynamics,
      TemperatureLadder ladder,
      int ladders,
      int firstLadder,
      int stepsPerRound,
      long seed) {
    if (ladders < 1 || firstLadder < 0 || stepsPerRound < 1) {
      throw new IllegalArgumentException(
          "ladders (%d) and stepsPerRound (%d) must be at least 1, firstLadder (%d) at least 0."
              .formatted(ladders, stepsPerRound, firstLadder));
    }
    this.dynamics = dynamics;
    this.ladder = ladder;
    this.ladders = ladders;
    this.firstLadder = firstLadder;
    this.stepsPerRound = stepsPerRound;
    this.random = new KeyedRandom(seed);
    this.kt = new double[ladders * ladder.rungs()];
    this.replicaOn = new int[ladder.rungs()];
  }

  /**
   * The beginning: all replicas in one conformation, each with thermal velocities of its own.
   *
   * @param conformationNm {@code [atoms][3]} row-major, with the lengths that constraints ask for
   */
  public ReplicaState start(double[] conformationNm) {
    int width = dynamics.width();
    if (conformationNm.length != width) {
      throw new IllegalArgumentException(
          "The conformation has %d numbers; %d atoms need %d."
              .formatted(conformationNm.length, width / 3, width));
    }
    int rows = kt.length;
    double[] x = new double[rows * width];
    double[] v = new double[rows * width];
    int[] start = new int[rows];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(conformationNm, 0, x, row * width, width);
      start[row] = row % ladder.rungs();
      dynamics.drawVelocities(x, v, row * width, ladder.kt(start[row]), firstReplica() + row);
    }
    dynamics.centre(x, rows);
    return new ReplicaState(0, x, v, start, ExchangeTally.empty(ladders, ladder.rungs()));
  }

  /** Goes to a state, which stays as it is. */
  public void load(ReplicaState state) {
    if (state.rungs().length != kt.length
        || state.positionsNm().length != kt.length * dynamics.width()) {
      throw new IllegalArgumentException(
          "The state has %d replicas and %d coordinates; there should be %d and %d."
              .formatted(
                  state.rungs().length,
                  state.positionsNm().length,
                  kt.length,
                  kt.length * dynamics.width()));
    }
    step = state.step();
    positions = state.positionsNm().clone();
    velocities = state.velocities().clone();
    rungs = state.rungs().clone();
    tally = state.tally().copy();
    dynamics.begin(positions, kt.length);
  }

  /**
   * One round: dynamics, then swaps.
   *
   * @throws UnstableDynamicsException if a replica cannot be moved
   */
  public void round() {
    int count = ladder.rungs();
    for (int row = 0; row < kt.length; row++) {
      kt[row] = ladder.kt(rungs[row]);
    }
    dynamics.run(positions, velocities, kt, firstReplica(), step, stepsPerRound);
    step += stepsPerRound;
    tally.sweeps()[0]++;
    for (int row = 0; row < kt.length; row++) {
      tally.visit(row, rungs[row], count, dynamics.kineticKjPerMol()[row]);
    }
    for (int l = 0; l < ladders; l++) {
      swap(l);
    }
  }

  private void swap(int l) {
    int count = ladder.rungs();
    for (int k = 0; k < count; k++) {
      replicaOn[rungs[l * count + k]] = l * count + k;
    }
    random.begin(KeyedRandom.Purpose.SWAP, step, firstLadder + l);
    double[] energies = dynamics.energiesKjPerMol();
    int parity = (int) (step / stepsPerRound % 2);
    for (int low = parity; low + 1 < count; low += 2) {
      int cold = replicaOn[low];
      int hot = replicaOn[low + 1];
      double exponent =
          (1 / ladder.kt(low) - 1 / ladder.kt(low + 1)) * (energies[cold] - energies[hot]);
      boolean made = random.nextDouble() < Math.exp(exponent);
      tally.swap(l, low, count, made);
      if (made) {
        rungs[cold] = low + 1;
        rungs[hot] = low;
        double factor = Math.sqrt(ladder.kt(low + 1) / ladder.kt(low));
        scaleVelocities(cold, factor);
        scaleVelocities(hot, 1 / factor);
      }
    }
  }

  private void scaleVelocities(int row, double factor) {
    int width = dynamics.width();
    for (int d = row * width; d < (row + 1) * width; d++) {
      velocities[d] *= factor;
    }
  }

  /**
   * Potential energies of the last round, ladder by ladder and rung by rung.
   *
   * @param energyKjPerMol {@code [ladders][rungs]} row-major, written
   */
  public void energiesByRung(double[] energyKjPerMol) {
    int count = ladder.rungs();
    for (int row = 0; row < kt.length; row++) {
      energyKjPerMol[row / count * count + rungs[row]] = dynamics.energiesKjPerMol()[row];
    }
  }

  /** Where it is now, with every replica's centre at the origin. */
  public ReplicaState state() {
    double[] x = positions.clone();
    dynamics.centre(x, kt.length);
    return new ReplicaState(step, x, velocities.clone(), rungs.clone(), tally.copy());
  }

  /**
   * The conformation on the lowest rung of a ladder.
   *
   * @param l ladder, from 0 in this batch
   * @param state of this batch
   * @return {@code [atoms][3]} row-major, nm
   */
  public double[] coldest(ReplicaState state, int l) {
    int count = ladder.rungs();
    for (int row = l * count; row < (l + 1) * count; row++) {
      if (state.rungs()[row] == 0) {
        int width = dynamics.width();
        return Arrays.copyOfRange(state.positionsNm(), row * width, (row + 1) * width);
      }
    }
    throw new IllegalArgumentException("Ladder %d of the state has no rung 0.".formatted(l));
  }

  private int firstReplica() {
    return firstLadder * ladder.rungs();
  }
}
