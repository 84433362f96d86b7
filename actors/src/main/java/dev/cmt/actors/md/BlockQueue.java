package dev.cmt.actors.md;

import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Which block of replicas is to be moved next: the one that is furthest behind among those that
 * nobody is moving. Pure bookkeeping, for one thread.
 */
final class BlockQueue {
  private final long[] steps;
  private final boolean[] taken;
  private final long lastStep;

  /**
   * Begins where the blocks are.
   *
   * @param steps {@code [blocks]} steps made
   * @param lastStep where each is to end
   */
  BlockQueue(long[] steps, long lastStep) {
    this.steps = steps.clone();
    this.taken = new boolean[steps.length];
    this.lastStep = lastStep;
  }

  /** Takes a block; empty if all are taken or finished. */
  OptionalInt take() {
    int best = -1;
    for (int block = 0; block < steps.length; block++) {
      if (!taken[block] && steps[block] < lastStep && (best < 0 || steps[block] < steps[best])) {
        best = block;
      }
    }
    if (best < 0) {
      return OptionalInt.empty();
    }
    taken[best] = true;
    return OptionalInt.of(best);
  }

  /** Gives a block back that came so far. */
  void give(int block, long step) {
    if (!taken[block]) {
      throw new IllegalStateException("Block %d was not taken.".formatted(block));
    }
    taken[block] = false;
    steps[block] = step;
  }

  /** Where a block is. */
  long step(int block) {
    return steps[block];
  }

  /** Whether somebody moves a block. */
  boolean isAnyTaken() {
    for (boolean one : taken) {
      if (one) {
        return true;
      }
    }
    return false;
  }

  /** Whether all blocks are where they are to end. */
  boolean isFinished() {
    return Arrays.stream(steps).allMatch(step -> step >= lastStep);
  }
}
