package dev.cmt.flow;

import dev.cmt.flow.coupling.FlowLayout;
import dev.cmt.flow.djl.DjlFlow;
import dev.cmt.flow.djl.Precision;
import dev.cmt.flow.fast.NativeFlow;

/** Opens flows: the one place that knows every engine. */
public final class Flows {
  private Flows() {}

  /**
   * Opens a flow that is the identity map: it samples its base density.
   *
   * @param architecture what its parameters mean
   * @param engine who computes it
   * @param device {@code cpu} or {@code gpu:N}; the native engine is for {@code cpu} alone
   * @param threads CPU threads, at least 1
   * @param initSeed seed of the hidden layers; the same one gives the same parameters on every
   *     engine
   * @throws IllegalArgumentException if engine, device and threads do not fit together
   * @throws FlowUnavailableException if the machine lacks what the engine needs
   */
  public static Flow open(
      FlowArchitecture architecture, FlowEngine engine, String device, int threads, long initSeed) {
    boolean onCpu = device.equals("cpu");
    if (engine == FlowEngine.NATIVE && !onCpu) {
      throw new IllegalArgumentException(
          "The native flow engine computes on cpu, not on %s; choose the engine djl or auto there."
              .formatted(device));
    }
    boolean nativeEngine = engine == FlowEngine.NATIVE || (engine == FlowEngine.AUTO && onCpu);
    FlowLayout layout = new FlowLayout(architecture);
    Flow flow =
        nativeEngine
            ? NativeFlow.open(layout, threads)
            : DjlFlow.open(layout, Precision.FLOAT32, device, threads);
    try {
      flow.importState(initialState(layout, initSeed));
      return flow;
    } catch (RuntimeException | Error e) {
      flow.close();
      throw e;
    }
  }

  /** Whether what an engine computes with came with this CMT: a bundle may leave libtorch out. */
  public static boolean isIncluded(FlowEngine engine) {
    return engine != FlowEngine.DJL || DjlFlow.isIncluded();
  }

  /**
   * The state before any training: identity couplings, moments and counters zero.
   *
   * @param seed seed of the hidden layers
   */
  public static FlowState initialState(FlowLayout layout, long seed) {
    int count = layout.parameterCount();
    return new FlowState(layout.initialParameters(seed), new float[count], new float[count], 0, 0);
  }
}
