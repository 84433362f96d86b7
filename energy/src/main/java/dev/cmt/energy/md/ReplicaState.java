package dev.cmt.energy.md;

import java.util.Arrays;

/**
 * All that the future of some ladders of replicas depends on, but the engine and the settings.
 * Replicas are rows, ladder by ladder. Its arrays are not copied; nobody changes them once it is
 * made, so it is safe for use by many threads.
 *
 * @param step steps made since the start
 * @param positionsNm {@code [replicas][atoms][3]} row-major
 * @param velocities {@code [replicas][atoms][3]} row-major, nm/ps, of the same instant
 * @param rungs {@code [replicas]} the rung each replica is on; each once in its ladder
 * @param tally what was counted so far
 */
public record ReplicaState(
    long step, double[] positionsNm, double[] velocities, int[] rungs, ExchangeTally tally) {

  /** The same with nothing counted. */
  public ReplicaState withoutTally() {
    int ladders = rungs.length - tally.attempts().length;
    return new ReplicaState(
        step, positionsNm, velocities, rungs, ExchangeTally.empty(ladders, rungs.length / ladders));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ReplicaState that
        && step == that.step
        && Arrays.equals(positionsNm, that.positionsNm)
        && Arrays.equals(velocities, that.velocities)
        && Arrays.equals(rungs, that.rungs)
        && tally.equals(that.tally);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(positionsNm);
  }
}
