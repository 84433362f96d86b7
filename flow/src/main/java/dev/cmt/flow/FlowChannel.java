package dev.cmt.flow;

import java.util.Objects;

/**
 * A run of flow coordinates of one kind.
 *
 * @param name what they are, for manifests
 * @param size how many, at least 0
 * @param circular whether 0 and 1 are the same point; such a channel has a uniform base, others
 *     choose
 * @param truncatedNormalBase whether the base density is the normal(0.5, 0.1) truncated to [0, 1]
 *     instead of the uniform one
 */
public record FlowChannel(String name, int size, boolean circular, boolean truncatedNormalBase) {
  public FlowChannel {
    Objects.requireNonNull(name, "name");
    if (size < 0) {
      throw new IllegalArgumentException(
          "The size (%d) of channel %s must not be negative.".formatted(size, name));
    }
    if (circular && truncatedNormalBase) {
      throw new IllegalArgumentException(
          "The base of the circular channel %s must be uniform.".formatted(name));
    }
  }
}
