package dev.cmt.flow;

import dev.cmt.flow.coupling.FlowLayout;
import dev.cmt.flow.cuda.CudaFlow;
import dev.cmt.flow.djl.DjlFlow;
import dev.cmt.flow.djl.Precision;
import dev.cmt.flow.fast.NativeFlow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens flows: the one place that knows every engine. */
public final class Flows {
  private static final Logger LOG = LoggerFactory.getLogger(Flows.class);

  private Flows() {}

  /**
   * Opens a flow that is the identity map: it samples its base density.
   *
   * @param architecture what its parameters mean
   * @param engine who computes it
   * @param device {@code cpu}, {@code gpu:N}, or {@code auto} for the first GPU if the engine finds
   *     one there, else the CPU; the native engine is for the CPU alone, the CUDA engine for GPUs
   * @param threads CPU threads, at least 1
   * @param initSeed seed of the hidden layers; the same one gives the same parameters on every
   *     engine
   * @throws IllegalArgumentException if engine, device and threads do not fit together
   * @throws FlowUnavailableException if the machine lacks what the engine needs
   */
  public static Flow open(
      FlowArchitecture architecture, FlowEngine engine, String device, int threads, long initSeed) {
    if (device.equals("auto")) {
      return openWhereItCan(architecture, engine, threads, initSeed);
    }
    boolean onCpu = device.equals("cpu");
    if (engine == FlowEngine.NATIVE && !onCpu) {
      throw new IllegalArgumentException(
          "The native flow engine computes on cpu, not on %s; choose the engine djl or auto there."
              .formatted(device));
    }
    if (engine == FlowEngine.CUDA && onCpu) {
      throw new IllegalArgumentException(
          "The cuda flow engine computes on gpu:N, not on cpu; choose the engine native or auto there.");
    }
    FlowLayout layout = new FlowLayout(architecture);
    Flow flow =
        switch (engine == FlowEngine.AUTO ? automatic(onCpu) : engine) {
          case NATIVE -> NativeFlow.open(layout, threads);
          case CUDA -> CudaFlow.open(layout, device);
          default -> DjlFlow.open(layout, Precision.FLOAT32, device, threads);
        };
    try {
      flow.importState(initialState(layout, initSeed));
      return flow;
    } catch (RuntimeException | Error e) {
      flow.close();
      throw e;
    }
  }

  private static Flow openWhereItCan(
      FlowArchitecture architecture, FlowEngine engine, int threads, long initSeed) {
    if (engine != FlowEngine.NATIVE) {
      try {
        return open(architecture, engine, "gpu:0", threads, initSeed);
      } catch (FlowUnavailableException e) {
        if (engine == FlowEngine.CUDA) {
          throw e;
        }
        LOG.warn("The flow computes on the CPU, not on a GPU. {}", e.getMessage());
      }
    }
    return open(architecture, engine, "cpu", threads, initSeed);
  }

  private static FlowEngine automatic(boolean onCpu) {
    return onCpu ? FlowEngine.NATIVE : CudaFlow.isIncluded() ? FlowEngine.CUDA : FlowEngine.DJL;
  }

  /**
   * Whether what an engine computes with came with this CMT: a bundle may leave libtorch out, and a
   * build without a CUDA toolkit has no engine of its own for GPUs.
   */
  public static boolean isIncluded(FlowEngine engine) {
    return switch (engine) {
      case DJL -> DjlFlow.isIncluded();
      case CUDA -> CudaFlow.isIncluded();
      default -> true;
    };
  }

  /**
   * Whether engines of these descriptions, from {@link Flow#engineDescription}, agree on log q to
   * the rounding of float32: not so if one multiplies matrices in TF32 or BF16 and the other does
   * not.
   */
  public static boolean roundAlike(String engine, String other) {
    return CudaFlow.rounding(engine).equals(CudaFlow.rounding(other));
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
