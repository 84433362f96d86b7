package dev.cmt.flow;

import java.util.List;

/**
 * Everything that fixes what a flow's parameters mean.
 *
 * @param channels coordinates in their order
 * @param pairs coupling pairs; each transforms both halves of every channel once; at least 1
 * @param hiddenWidths widths of the conditioner's hidden layers; the paper's is five of 256
 * @param activation between the linear layers
 * @param firstActivation whether the activation also follows the first linear layer; the authors'
 *     code base has none there
 * @param bins bins of each rational-quadratic spline; 2 to 64, the paper's is 8
 * @param maskSeed seed of the half-splits and of the torsion shifts
 */
public record FlowArchitecture(
    List<FlowChannel> channels,
    int pairs,
    List<Integer> hiddenWidths,
    Activation activation,
    boolean firstActivation,
    int bins,
    long maskSeed) {
  public FlowArchitecture {
    channels = List.copyOf(channels);
    hiddenWidths = List.copyOf(hiddenWidths);
    requireRange("pairs", pairs, 1, 1024);
    requireRange("bins", bins, 2, 64);
    requireRange("number of hidden layers", hiddenWidths.size(), 1, 32);
    hiddenWidths.forEach(width -> requireRange("hidden width", width, 1, 65536));
    int dimension = channels.stream().mapToInt(FlowChannel::size).sum();
    if (channels.stream().noneMatch(channel -> channel.size() >= 2)) {
      throw new IllegalArgumentException(
          "The channels %s (dimension %d) must include one of at least two coordinates, so that couplings can split it."
              .formatted(channels, dimension));
    }
  }

  /** How many coordinates a row has. */
  public int dimension() {
    return channels.stream().mapToInt(FlowChannel::size).sum();
  }

  private static void requireRange(String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "The %s (%d) must be between %d and %d.".formatted(what, value, least, most));
    }
  }
}
