package dev.cmt.actors.run;

import dev.cmt.actors.config.RunConfig;
import dev.cmt.flow.Flow;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.Flows;
import java.util.Optional;

/** The flow that a config asks for, on the engine, device and threads it names. */
final class ConfiguredFlow {
  private ConfiguredFlow() {}

  /** Threads of the flow engine; 0 in a config means all cores. */
  static int threads(RunConfig config) {
    return config.flow().threads() == 0
        ? Runtime.getRuntime().availableProcessors()
        : config.flow().threads();
  }

  /**
   * Opens the flow on the calling thread.
   *
   * @param state what to go on from; empty for the start of the run
   */
  static Flow open(RunConfig config, FlowArchitecture architecture, Optional<FlowState> state) {
    Flow flow =
        Flows.open(
            architecture,
            config.flow().engine(),
            config.flow().device(),
            threads(config),
            config.seed());
    try {
      state.ifPresent(flow::importState);
      return flow;
    } catch (RuntimeException e) {
      flow.close();
      throw e;
    }
  }
}
