package dev.cmt.actors.config;

import dev.cmt.energy.Prior;
import dev.cmt.energy.Target;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowChannel;

/** Where the target's channels become the flow's: the two rooms do not know each other. */
public final class FlowArchitectures {
  private FlowArchitectures() {}

  /** The flow a config asks for on the coordinates of a target. */
  public static FlowArchitecture architecture(Target target, RunConfig.Flow flow) {
    return new FlowArchitecture(
        target.channels().stream()
            .map(
                channel ->
                    new FlowChannel(
                        channel.name(),
                        channel.size(),
                        channel.circular(),
                        channel.prior() == Prior.TRUNCATED_NORMAL))
            .toList(),
        flow.pairs(),
        flow.hidden(),
        flow.activation(),
        flow.firstActivation(),
        flow.bins(),
        flow.maskSeed());
  }
}
