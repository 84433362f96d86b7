package dev.cmt.energy.md;

import java.util.Arrays;

/**
 * What was counted of some ladders since counting began. Mutable, for one thread; arrays are {@code
 * [ladders][…]} row-major.
 *
 * @param sweeps {@code [1]} rounds of dynamics and swaps
 * @param attempts {@code [ladders][rungs − 1]} swaps tried between a rung and the next
 * @param accepts {@code [ladders][rungs − 1]} swaps made
 * @param kinetic {@code [ladders][rungs]} sum over rounds of kinetic energies in the middle of the
 *     last step, kJ/mol
 * @param lastEnd {@code [ladders][rungs]} by replica: which end of the ladder it saw last; 0 none,
 *     1 the lowest, 2 the highest after the lowest
 * @param roundTrips {@code [ladders][rungs]} by replica: ways from the lowest rung to the highest
 *     and back
 */
public record ExchangeTally(
    long[] sweeps,
    long[] attempts,
    long[] accepts,
    double[] kinetic,
    byte[] lastEnd,
    long[] roundTrips) {
  private static final byte BOTTOM = 1;
  private static final byte TOP = 2;

  /** Nothing counted yet. */
  static ExchangeTally empty(int ladders, int rungs) {
    int replicas = ladders * rungs;
    return new ExchangeTally(
        new long[1],
        new long[replicas - ladders],
        new long[replicas - ladders],
        new double[replicas],
        new byte[replicas],
        new long[replicas]);
  }

  ExchangeTally copy() {
    return new ExchangeTally(
        sweeps.clone(),
        attempts.clone(),
        accepts.clone(),
        kinetic.clone(),
        lastEnd.clone(),
        roundTrips.clone());
  }

  /** Counts where a replica is after a round. */
  void visit(int replica, int rung, int rungs, double kineticEnergy) {
    kinetic[replica / rungs * rungs + rung] += kineticEnergy;
    if (rungs == 1) {
      return;
    }
    if (rung == 0) {
      roundTrips[replica] += lastEnd[replica] == TOP ? 1 : 0;
      lastEnd[replica] = BOTTOM;
    } else if (rung == rungs - 1 && lastEnd[replica] == BOTTOM) {
      lastEnd[replica] = TOP;
    }
  }

  /** Counts a swap that was tried. */
  void swap(int ladder, int rung, int rungs, boolean made) {
    int pair = ladder * (rungs - 1) + rung;
    attempts[pair]++;
    accepts[pair] += made ? 1 : 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ExchangeTally that
        && Arrays.equals(sweeps, that.sweeps)
        && Arrays.equals(attempts, that.attempts)
        && Arrays.equals(accepts, that.accepts)
        && Arrays.equals(kinetic, that.kinetic)
        && Arrays.equals(lastEnd, that.lastEnd)
        && Arrays.equals(roundTrips, that.roundTrips);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(kinetic);
  }
}
