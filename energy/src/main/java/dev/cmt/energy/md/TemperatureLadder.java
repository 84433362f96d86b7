package dev.cmt.energy.md;

import dev.cmt.energy.molecule.MolecularTarget;

/**
 * Temperatures of replica exchange, the lowest first. Neighbours in equal ratio exchange equally
 * often as long as the heat capacity does not depend on temperature.
 */
public final class TemperatureLadder {
  private final double[] kelvin;

  private TemperatureLadder(double[] kelvin) {
    this.kelvin = kelvin;
  }

  /**
   * Temperatures in equal ratio.
   *
   * @param lowestK temperature of the first rung, K, positive
   * @param highestK temperature of the last rung, K, above {@code lowestK}; without meaning for one
   *     rung
   * @param rungs at least 1
   */
  public static TemperatureLadder geometric(double lowestK, double highestK, int rungs) {
    if (rungs < 1) {
      throw new IllegalArgumentException("rungs (%d) must be at least 1.".formatted(rungs));
    }
    if (!(lowestK > 0 && Double.isFinite(lowestK))) {
      throw new IllegalArgumentException(
          "lowestK (%s) must be a positive number of kelvin.".formatted(lowestK));
    }
    if (rungs > 1 && !(highestK > lowestK && Double.isFinite(highestK))) {
      throw new IllegalArgumentException(
          "highestK (%s) must be above lowestK (%s).".formatted(highestK, lowestK));
    }
    double[] kelvin = new double[rungs];
    for (int rung = 0; rung < rungs; rung++) {
      kelvin[rung] =
          rung == 0 ? lowestK : lowestK * Math.pow(highestK / lowestK, rung / (rungs - 1.0));
    }
    return new TemperatureLadder(kelvin);
  }

  /** How many temperatures. */
  public int rungs() {
    return kelvin.length;
  }

  /** Temperature of a rung, K. */
  public double kelvin(int rung) {
    return kelvin[rung];
  }

  /** kT of a rung, kJ/mol. */
  public double kt(int rung) {
    return MolecularTarget.GAS_CONSTANT_KJ_PER_MOL_K * kelvin[rung];
  }
}
