package dev.cmt.flow.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.flow.Activation;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowChannel;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.coupling.FlowLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FlowCheckpointTest {
  private static final FlowArchitecture ARCHITECTURE =
      new FlowArchitecture(
          List.of(
              new FlowChannel("bonds", 2, false, true),
              new FlowChannel("torsions", 3, true, false)),
          2,
          List.of(4, 6),
          Activation.SILU,
          true,
          3,
          77);

  private static FlowState state() {
    int count = new FlowLayout(ARCHITECTURE).parameterCount();
    return new FlowState(
        randoms(1, count), randoms(2, count), randoms(3, count), 123, 4_000_000_000L);
  }

  @Test
  void givesBackWhatWasEncodedToTheBit() {
    FlowState state = state();
    byte[] bytes = FlowCheckpoint.encode(ARCHITECTURE, state, Map.of("step", "7", "run", "a"));
    FlowCheckpoint.Decoded decoded = FlowCheckpoint.decode(bytes);
    assertThat(decoded.architecture()).isEqualTo(ARCHITECTURE);
    assertThat(decoded.state()).usingRecursiveComparison().isEqualTo(state);
    assertThat(decoded.extraMetadata()).isEqualTo(Map.of("step", "7", "run", "a"));
    assertThat(FlowCheckpoint.encode(ARCHITECTURE, state, Map.of("run", "a", "step", "7")))
        .isEqualTo(bytes);
  }

  @Test
  void namesTensorsByTheirLayerWithTheirShape() {
    FlowState state = state();
    Map<String, Tensor> tensors =
        Safetensors.read(FlowCheckpoint.encode(ARCHITECTURE, state, Map.of())).tensors();
    var layer = new FlowLayout(ARCHITECTURE).pairs().get(1).get(0).layers().get(1);
    Tensor weight = tensors.get("pairs.1.coupling.0.layers.1.weight");
    assertThat(weight.shape()).containsExactly(6L, 4L);
    float[] values = new float[24];
    weight.copyTo(values, 0);
    assertThat(values)
        .isEqualTo(
            Arrays.copyOfRange(
                state.parameters(), layer.weightOffset(), layer.weightOffset() + 24));
    assertThat(tensors.get("adam.v.pairs.0.coupling.1.layers.2.bias").shape()).hasSize(1);
    // Two pairs of two couplings of three layers of weight and bias, and two moments of each.
    assertThat(tensors).hasSize(2 * 2 * 3 * 2 * 3);
  }

  @Test
  void refusesWhatDoesNotFitItsArchitecture() {
    Safetensors.Contents good =
        Safetensors.read(FlowCheckpoint.encode(ARCHITECTURE, state(), Map.of()));
    String name = "adam.m.pairs.0.coupling.0.layers.0.bias";

    Map<String, Tensor> lacking = new HashMap<>(good.tensors());
    lacking.remove(name);
    refuses(good.metadata(), lacking, "lacks the tensor " + name);

    Map<String, Tensor> reshaped = new HashMap<>(good.tensors());
    reshaped.put(name, Tensor.of(new float[5], 0, 5));
    refuses(good.metadata(), reshaped, name + " is F32 [5]; its architecture needs F32 [4]");

    Map<String, Tensor> extra = new HashMap<>(good.tensors());
    extra.put("surplus", Tensor.of(new float[1], 0, 1));
    refuses(good.metadata(), extra, "[surplus]");

    refuses(with(good, "format_version", "2"), good.tensors(), "format_version (2) must be 1");
    refuses(with(good, "format", "other"), good.tensors(), "format (other) must be cmt-flow");
    refuses(with(good, "schedule_step", "-3"), good.tensors(), "schedule_step (-3)");
    refuses(with(good, "architecture", "{\"pairs\":2}"), good.tensors(), "architecture");
    String beyond = good.metadata().get("architecture").replace("\"pairs\":2", "\"pairs\":0");
    refuses(with(good, "architecture", beyond), good.tensors(), "pairs (0) must be between");
    String wide = good.metadata().get("architecture").replace("[4,6]", "[65536,65536]");
    refuses(with(good, "architecture", wide), good.tensors(), "architecture cannot be");
    String wider = good.metadata().get("architecture").replace("[4,6]", "[4,60000]");
    refuses(with(good, "architecture", wider), good.tensors(), "too few for the");
    refuses(
        with(good, "schedule_step", "122"), good.tensors(), "applied updates (123) must not be");
  }

  @Test
  void refusesStatesAndKeysThatDoNotFit() {
    FlowState state = state();
    FlowState shorter =
        new FlowState(new float[3], state.firstMoment(), state.secondMoment(), 0, 0);
    assertThatThrownBy(() -> FlowCheckpoint.encode(ARCHITECTURE, shorter, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("parameters of the state (3 numbers)");
    assertThatThrownBy(() -> FlowCheckpoint.encode(ARCHITECTURE, state, Map.of("format", "x")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("key format");
  }

  /** SHA-256 of the bytes 0000803f 000000c0, from an independent tool. */
  @Test
  void hashesLittleEndianBytes() {
    assertThat(FlowCheckpoint.parametersSha256(new float[] {1, -2}))
        .isEqualTo("ee4ac73c2bd27756ab82780f27c73a7bc4d3f0bb6acb37e008bc27eccd7e588b");
    float[] beyondOneChunk = new float[40_000];
    String zeros = FlowCheckpoint.parametersSha256(beyondOneChunk);
    beyondOneChunk[39_999] = 1;
    assertThat(FlowCheckpoint.parametersSha256(beyondOneChunk)).isNotEqualTo(zeros);
  }

  private static void refuses(
      Map<String, String> metadata, Map<String, Tensor> tensors, String complaint) {
    byte[] bytes = Safetensors.write(new Safetensors.Contents(metadata, tensors));
    assertThatThrownBy(() -> FlowCheckpoint.decode(bytes))
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContaining(complaint);
  }

  private static Map<String, String> with(Safetensors.Contents contents, String key, String value) {
    Map<String, String> changed = new HashMap<>(contents.metadata());
    changed.put(key, value);
    return changed;
  }

  private static float[] randoms(long seed, int count) {
    Random random = new Random(seed);
    float[] draws = new float[count];
    for (int i = 0; i < count; i++) {
      draws[i] = random.nextFloat();
    }
    return draws;
  }
}
