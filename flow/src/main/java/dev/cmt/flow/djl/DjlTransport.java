package dev.cmt.flow.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.coupling.Coupling;
import dev.cmt.flow.coupling.FlowLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * All couplings of a flow and the shifts between them: the map between base and data. Intermediates
 * are released coupling by coupling; what gradients need of them the autograd graph keeps.
 */
final class DjlTransport {
  private final List<DjlCoupling> couplings = new ArrayList<>();
  private final List<Coupling.LinearLayer> layers = new ArrayList<>();
  private final NDArray circular;
  private final NDArray[] shifts;

  /** Prepares a flow's constants on the manager's device. */
  DjlTransport(NDManager manager, FlowLayout layout, DataType type) {
    FlowArchitecture architecture = layout.architecture();
    double[] mask = new double[architecture.dimension()];
    for (int column : layout.circularColumns()) {
      mask[column] = 1;
    }
    circular = NativeCopies.of(manager.create(mask)).toType(type, false);
    shifts = new NDArray[architecture.pairs()];
    for (int pair = 0; pair < shifts.length; pair++) {
      shifts[pair] = circular.mul(layout.shift(pair));
      for (Coupling coupling : layout.pairs().get(pair)) {
        couplings.add(new DjlCoupling(manager, architecture, coupling, layers.size()));
        layers.addAll(coupling.layers());
      }
    }
  }

  /**
   * Weight and bias of every linear layer, as views of the flow's parameters.
   *
   * @param parameters {@code [parameterCount]}; the views belong to its manager
   */
  NDList layers(NDArray parameters) {
    long[] ends = new long[2 * layers.size() - 1];
    for (int l = 0; l < layers.size(); l++) {
      ends[2 * l] = layers.get(l).biasOffset();
      if (l + 1 < layers.size()) {
        ends[2 * l + 1] = layers.get(l + 1).weightOffset();
      }
    }
    NDList flat = parameters.split(ends);
    NDList shaped = new NDList(flat.size());
    for (int l = 0; l < layers.size(); l++) {
      Coupling.LinearLayer layer = layers.get(l);
      shaped.add(flat.get(2 * l).reshape(new Shape(layer.outputs(), layer.inputs())));
      shaped.add(flat.get(2 * l + 1));
    }
    return shaped;
  }

  /**
   * Data to base.
   *
   * @param u {@code [rows][dimension]}; its handle is consumed
   * @param layers from {@link #layers(NDArray)}
   */
  SplineTensors.Image toBase(NDArray u, NDList layers) {
    NDManager manager = u.getManager();
    NDArray x = u;
    NDArray logSlopes = null;
    for (int c = couplings.size() - 1; c >= 0; c--) {
      try (NDManager scope = manager.newSubManager()) {
        x.attach(scope);
        if (c % 2 == 1) {
          x = wrap(x.sub(shifts[c / 2]));
        }
        SplineTensors.Image image = couplings.get(c).forward(x, layers);
        x = kept(image.values(), manager);
        logSlopes = added(logSlopes, kept(image.logSlopes(), manager));
      }
    }
    return new SplineTensors.Image(x, logSlopes);
  }

  /**
   * Base to data.
   *
   * @param z {@code [rows][dimension]}; its handle is consumed
   * @param layers from {@link #layers(NDArray)}
   */
  SplineTensors.Image toData(NDArray z, NDList layers) {
    NDManager manager = z.getManager();
    NDArray x = z;
    NDArray logSlopes = null;
    for (int c = 0; c < couplings.size(); c++) {
      try (NDManager scope = manager.newSubManager()) {
        x.attach(scope);
        SplineTensors.Image image = couplings.get(c).inverse(x, layers);
        x = image.values();
        if (c % 2 == 1) {
          x = wrap(x.add(shifts[c / 2]));
        }
        x = kept(x, manager);
        logSlopes = added(logSlopes, kept(image.logSlopes(), manager));
      }
    }
    return new SplineTensors.Image(x, logSlopes);
  }

  /** x mod 1 of the circular columns; the plain ones may hold a 1 that must stay. */
  private NDArray wrap(NDArray x) {
    return x.sub(x.floor().mul(circular));
  }

  private static NDArray added(NDArray sum, NDArray term) {
    return sum == null ? term : sum.add(term);
  }

  private static NDArray kept(NDArray array, NDManager manager) {
    array.attach(manager);
    return array;
  }
}
