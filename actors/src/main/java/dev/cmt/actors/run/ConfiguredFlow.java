package dev.cmt.actors.run;

import dev.cmt.actors.config.RunConfig;
import dev.cmt.flow.Flow;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowEngine;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.FlowUnavailableException;
import dev.cmt.flow.Flows;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The flow that a config asks for, on the engine, device and threads it names. */
final class ConfiguredFlow {
  private static final Logger LOG = LoggerFactory.getLogger(ConfiguredFlow.class);

  private ConfiguredFlow() {}

  /** Threads of the flow engine; 0 in a config means all cores. */
  static int threads(RunConfig config) {
    return config.flow().threads() == 0
        ? Runtime.getRuntime().availableProcessors()
        : config.flow().threads();
  }

  /**
   * Opens the flow of a run that is looked at, perhaps on a machine without the device that it was
   * trained on: there on the CPU.
   *
   * @param state what it has learned; empty for the start of the run
   * @throws FlowUnavailableException if the CPU's engine cannot be had either
   */
  static Flow openToRead(
      RunConfig config, FlowArchitecture architecture, Optional<FlowState> state) {
    try {
      return open(architecture, config.flow().engine(), config.flow().device(), config, state);
    } catch (FlowUnavailableException e) {
      LOG.info("The flow computes on the CPU, not as the run did. {}", e.getMessage());
      return open(architecture, FlowEngine.AUTO, "cpu", config, state);
    }
  }

  /**
   * Opens the flow on the calling thread.
   *
   * @param state what to go on from; empty for the start of the run
   */
  static Flow open(RunConfig config, FlowArchitecture architecture, Optional<FlowState> state) {
    return open(architecture, config.flow().engine(), config.flow().device(), config, state);
  }

  private static Flow open(
      FlowArchitecture architecture,
      FlowEngine engine,
      String device,
      RunConfig config,
      Optional<FlowState> state) {
    Flow flow = Flows.open(architecture, engine, device, threads(config), config.seed());
    try {
      state.ifPresent(flow::importState);
      return flow;
    } catch (RuntimeException e) {
      flow.close();
      throw e;
    }
  }
}
