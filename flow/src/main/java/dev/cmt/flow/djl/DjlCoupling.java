package dev.cmt.flow.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.cmt.flow.Activation;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.coupling.Coupling;
import java.util.Arrays;

/**
 * A {@link Coupling} on tensors: its conditioner network and its splines. Its column indices belong
 * to the manager it is given.
 */
final class DjlCoupling {
  private final Coupling coupling;
  private final FlowArchitecture architecture;
  private final int firstLayer;
  private final NDArray transformed;
  private final NDArray conditioning;
  private final NDArray circularConditioning;
  private final NDArray plainConditioning;
  private final NDArray restore;

  /**
   * Prepares a coupling.
   *
   * @param firstLayer index of its first linear layer among all of the flow's
   */
  DjlCoupling(NDManager manager, FlowArchitecture architecture, Coupling coupling, int firstLayer) {
    this.coupling = coupling;
    this.architecture = architecture;
    this.firstLayer = firstLayer;
    int plain = coupling.plainConditioning();
    int[] all = coupling.conditioning();
    transformed = index(manager, coupling.transformed());
    conditioning = index(manager, all);
    plainConditioning = index(manager, Arrays.copyOf(all, plain));
    circularConditioning = index(manager, Arrays.copyOfRange(all, plain, all.length));
    int[] position = new int[architecture.dimension()];
    for (int i = 0; i < coupling.transformed().length; i++) {
      position[coupling.transformed()[i]] = i;
    }
    for (int i = 0; i < all.length; i++) {
      position[all[i]] = coupling.transformed().length + i;
    }
    restore = index(manager, position);
  }

  /** Data to base. Results belong to the manager of x. */
  SplineTensors.Image forward(NDArray x, NDList layers) {
    SplineTensors.Image image = splines(x, layers).forward(columns(x, transformed));
    return new SplineTensors.Image(assemble(x, image.values()), image.logSlopes());
  }

  /** Base to data. Results belong to the manager of x. */
  SplineTensors.Image inverse(NDArray x, NDList layers) {
    SplineTensors.Image image = splines(x, layers).inverse(columns(x, transformed));
    return new SplineTensors.Image(assemble(x, image.values()), image.logSlopes());
  }

  /**
   * Splines given the conditioning columns.
   *
   * @param x {@code [rows][dimension]}
   * @param layers the weight {@code [outputs][inputs]} and bias {@code [outputs]} of every linear
   *     layer of the flow
   */
  private SplineTensors splines(NDArray x, NDList layers) {
    NDArray hidden = networkInput(x);
    int count = coupling.layers().size();
    for (int l = 0; l < count; l++) {
      int at = 2 * (firstLayer + l);
      hidden =
          hidden
              .getNDArrayInternal()
              .linear(hidden, layers.get(at), layers.get(at + 1))
              .singletonOrThrow();
      boolean last = l == count - 1;
      boolean skipped = l == 0 && !architecture.firstActivation();
      if (!last && !skipped) {
        hidden = activate(hidden);
      }
    }
    return new SplineTensors(
        hidden, coupling.transformed().length, coupling.plainTransformed(), architecture.bins());
  }

  private NDArray networkInput(NDArray x) {
    NDList parts = new NDList();
    if (coupling.circularConditioning() > 0) {
      NDArray angle = NativeCopies.times(2 * Math.PI, columns(x, circularConditioning));
      parts.add(angle.cos());
      parts.add(angle.sin());
    }
    if (coupling.plainConditioning() > 0) {
      parts.add(columns(x, plainConditioning));
    }
    // DJL concatenates a single array by a copy that cuts the gradient.
    return parts.size() == 1 ? parts.get(0) : NDArrays.concat(parts, 1);
  }

  private NDArray activate(NDArray hidden) {
    return architecture.activation() == Activation.RELU
        ? hidden.getNDArrayInternal().relu()
        : hidden.mul(hidden.getNDArrayInternal().sigmoid());
  }

  private NDArray assemble(NDArray x, NDArray values) {
    return columns(values.concat(columns(x, conditioning), 1), restore);
  }

  /** Some columns of x. */
  private static NDArray columns(NDArray x, NDArray index) {
    NDArray rows = index.broadcast(new Shape(x.getShape().get(0), index.getShape().get(1)));
    // The index outlives the call, its view must not.
    rows.attach(x.getManager());
    return x.gather(rows, 1);
  }

  private static NDArray index(NDManager manager, int[] columns) {
    long[] wide = Arrays.stream(columns).asLongStream().toArray();
    return NativeCopies.of(manager.create(wide, new Shape(1, wide.length)));
  }
}
