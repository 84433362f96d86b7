package dev.cmt.actors.md;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.cmt.energy.kernel.Precision;
import dev.cmt.energy.md.Langevin;
import dev.cmt.energy.md.TemperatureLadder;

/**
 * All that decides what a simulation computes, but for how long it goes on.
 *
 * @param system name of the molecule
 * @param systemSha256 of its System and the conformation it starts from, in hex
 * @param seed of all random numbers
 * @param temperatureK of the lowest rung, whose frames are kept, K
 * @param highestTemperatureK of the highest rung, K; without meaning for one rung
 * @param rungs temperatures of a ladder, 1 to 1000
 * @param ladders independent ladders side by side, at least 1
 * @param timestepFs fs
 * @param frictionPerPs of the heat bath, 1/ps
 * @param swapEvery steps between swaps, at least 1
 * @param saveEvery steps between frames, a multiple of {@code swapEvery}
 * @param equilibrationSteps steps before the first that counts, a multiple of {@code saveEvery}
 * @param precision of forces, where the kernel computes them
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record SimulationSettings(
    String system,
    String systemSha256,
    long seed,
    double temperatureK,
    double highestTemperatureK,
    int rungs,
    int ladders,
    double timestepFs,
    double frictionPerPs,
    int swapEvery,
    int saveEvery,
    long equilibrationSteps,
    Precision precision) {
  /** Rows of a vector of the kernel, single precision and AVX-512. */
  private static final int LANES = 16;

  private static final int MOST_RUNGS = 1000;
  private static final int MOST_REPLICAS = 1_000_000;

  public SimulationSettings {
    if (rungs < 1 || rungs > MOST_RUNGS) {
      throw new IllegalArgumentException(
          "rungs (%d) must be 1 to %d.".formatted(rungs, MOST_RUNGS));
    }
    if (ladders < 1 || (long) ladders * rungs > MOST_REPLICAS) {
      throw new IllegalArgumentException(
          "ladders (%d) must be at least 1, and ladders × rungs (%d) at most %d."
              .formatted(ladders, (long) ladders * rungs, MOST_REPLICAS));
    }
    if (swapEvery < 1 || saveEvery < 1 || saveEvery % swapEvery != 0) {
      throw new IllegalArgumentException(
          "The steps between frames (%d) must be a multiple of the steps between swaps (%d)."
              .formatted(saveEvery, swapEvery));
    }
    if (equilibrationSteps < 0 || equilibrationSteps % saveEvery != 0) {
      throw new IllegalArgumentException(
          "The steps of equilibration (%d) must be a multiple of the steps between frames (%d)."
              .formatted(equilibrationSteps, saveEvery));
    }
    // Says what is wrong with these now rather than in every worker.
    TemperatureLadder.geometric(temperatureK, highestTemperatureK, rungs);
    new Langevin.Settings(1e-3 * timestepFs, frictionPerPs, seed);
  }

  /** How replicas move. */
  Langevin.Settings dynamics() {
    return new Langevin.Settings(1e-3 * timestepFs, frictionPerPs, seed);
  }

  /** Temperatures of the rungs. */
  TemperatureLadder temperatures() {
    return TemperatureLadder.geometric(temperatureK, highestTemperatureK, rungs);
  }

  /** Replicas of all ladders. */
  public int replicas() {
    return ladders * rungs;
  }

  /** Ladders of a block: the fewest that fill the kernel's vectors, whatever machine this is. */
  int laddersPerBlock() {
    int divisor = LANES;
    while (rungs % divisor != 0) {
      divisor /= 2;
    }
    return LANES / divisor;
  }

  /** Blocks of ladders. */
  public int blocks() {
    return (ladders + laddersPerBlock() - 1) / laddersPerBlock();
  }

  /** The first ladder of a block. */
  int firstLadder(int block) {
    return block * laddersPerBlock();
  }

  /** Ladders of one block; the last may have fewer. */
  int laddersOf(int block) {
    return Math.min(laddersPerBlock(), ladders - firstLadder(block));
  }

  /** Frames that a ladder has after so many steps. */
  long frames(long step) {
    return Math.max(0, step - equilibrationSteps) / saveEvery;
  }

  /** Simulated time of so many steps, ns. */
  public double nanoseconds(long steps) {
    return steps * timestepFs * 1e-6;
  }
}
