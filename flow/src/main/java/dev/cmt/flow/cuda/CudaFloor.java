package dev.cmt.flow.cuda;

import dev.cmt.flow.FlowState;
import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.coupling.FlowLayout;
import java.util.Arrays;

/**
 * The matrix products of a flow's conditioners and nothing else, as {@link CudaFlow} asks the GPU
 * for them: what no engine with the same products can go below. One thread at a time may use an
 * instance; it owns a flow on the device until closed.
 */
public final class CudaFloor implements AutoCloseable {
  private final CudaFlow flow;
  private final int rows;

  private CudaFloor(CudaFlow flow, int rows) {
    this.flow = flow;
    this.rows = rows;
  }

  /**
   * Takes a device.
   *
   * @param layout whose products
   * @param device {@code gpu:N}
   * @param state parameters that the products are of
   * @param u {@code [rows][dimension]} what goes through them, so that they are not of zeros, which
   *     a GPU multiplies faster
   * @param rows rows of a batch, at least 1
   * @throws IllegalArgumentException if the device has no such form, or an array is too short
   * @throws dev.cmt.flow.FlowUnavailableException as {@link CudaFlow#open}
   */
  public static CudaFloor open(
      FlowLayout layout, String device, FlowState state, float[] u, int rows) {
    CudaFlow flow = CudaFlow.open(layout, device);
    try {
      flow.importState(state);
      double[] ones = new double[Math.max(0, rows)];
      Arrays.fill(ones, 1);
      flow.train(u, ones, rows, new OptimizerSettings(1e-12, 0, 1, 0, 1));
      return new CudaFloor(flow, rows);
    } catch (RuntimeException | Error e) {
      flow.close();
      throw e;
    }
  }

  /** The products of one density or one sample of each row. */
  public void forward() {
    flow.multiplyOnly(rows, false);
  }

  /** Those, and the products that a gradient needs beyond them. */
  public void step() {
    flow.multiplyOnly(rows, true);
  }

  /** Multiplications and additions of {@link #forward}; {@link #step} has three times as many. */
  public double forwardOperations() {
    return 2.0
        * rows
        * flow.layout().pairs().stream()
            .flatMap(pair -> pair.stream())
            .flatMap(coupling -> coupling.layers().stream())
            .mapToLong(layer -> (long) layer.inputs() * layer.outputs())
            .sum();
  }

  @Override
  public void close() {
    flow.close();
  }
}
