package dev.cmt.actors.md;

import dev.cmt.energy.md.ReplicaState;

/**
 * What one block did between two frames. Arrays are not copied; nobody changes them.
 *
 * @param block which block
 * @param state where it is now
 * @param frames {@code [ladders][atoms][3]} conformations on the lowest rungs, nm; empty during
 *     equilibration
 * @param energies {@code [ladders]} of these frames as they are rounded, kJ/mol
 * @param rungEnergies {@code [ladders][rungs]} kJ/mol, as the dynamics had them
 */
record Segment(
    int block, ReplicaState state, float[] frames, double[] energies, double[] rungEnergies) {
  @Override
  public boolean equals(Object other) {
    return other instanceof Segment that && block == that.block && state.equals(that.state);
  }

  @Override
  public int hashCode() {
    return state.hashCode();
  }

  @Override
  public String toString() {
    return "segment of block %d to step %d".formatted(block, state.step());
  }
}
