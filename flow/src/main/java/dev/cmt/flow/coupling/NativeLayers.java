package dev.cmt.flow.coupling;

import dev.cmt.flow.Activation;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.coupling.Coupling.LinearLayer;
import java.util.List;
import java.util.stream.IntStream;

/** A conditioner's linear layers as numbers, the way native engines are told of them. */
public final class NativeLayers {
  private static final int NO_ACTIVATION = 0;
  private static final int RELU = 1;
  private static final int SILU = 2;

  private NativeLayers() {}

  /**
   * The layers of a coupling.
   *
   * @return {@code [layers][5]} row-major: inputs, outputs, offset of the weight, offset of the
   *     bias, activation that follows (0 none, 1 ReLU, 2 SiLU)
   */
  public static int[] of(FlowArchitecture architecture, Coupling coupling) {
    List<LinearLayer> layers = coupling.layers();
    return IntStream.range(0, layers.size())
        .flatMap(
            l -> {
              LinearLayer layer = layers.get(l);
              return IntStream.of(
                  layer.inputs(),
                  layer.outputs(),
                  layer.weightOffset(),
                  layer.biasOffset(),
                  activation(architecture, l, layers.size()));
            })
        .toArray();
  }

  private static int activation(FlowArchitecture architecture, int layer, int layers) {
    boolean linear = layer == layers - 1 || (layer == 0 && !architecture.firstActivation());
    return linear ? NO_ACTIVATION : architecture.activation() == Activation.RELU ? RELU : SILU;
  }
}
