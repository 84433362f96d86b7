package dev.cmt.flow.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowArguments;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.coupling.Coupling;
import dev.cmt.flow.coupling.FlowLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A flow and its optimiser as a safetensors file.
 *
 * <p>Every linear layer is a pair of F32 tensors, {@code pairs.0.coupling.1.layers.2.weight} of
 * shape [outputs, inputs] and {@code ….bias} of shape [outputs]; Adam's moments have the same names
 * under {@code adam.m.} and {@code adam.v.}. The metadata hold {@code format}, {@code
 * format_version}, {@code architecture} (JSON), {@code applied_updates}, {@code schedule_step} and
 * what the caller adds.
 */
public final class FlowCheckpoint {
  private static final String FORMAT = "cmt-flow";
  private static final String VERSION = "1";
  private static final String FIRST_MOMENT = "adam.m.";
  private static final String SECOND_MOMENT = "adam.v.";
  private static final Set<String> RESERVED =
      Set.of("format", "format_version", "architecture", "applied_updates", "schedule_step");

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private FlowCheckpoint() {}

  /**
   * What a checkpoint holds.
   *
   * @param architecture what the parameters mean
   * @param state parameters, moments and counters
   * @param extraMetadata what the caller of {@link #encode} added
   */
  public record Decoded(
      FlowArchitecture architecture, FlowState state, Map<String, String> extraMetadata) {}

  /** Takes one layer's numbers: their name, place and shape. */
  private interface LayerVisitor {
    void visit(String name, int offset, long... shape);
  }

  /**
   * Encodes a flow. The same arguments give the same bytes.
   *
   * @param architecture what the state's parameters mean
   * @param state of that architecture
   * @param extraMetadata added to the metadata; must not use the keys of the format
   * @throws IllegalArgumentException if the state does not fit the architecture or a key is taken
   */
  public static byte[] encode(
      FlowArchitecture architecture, FlowState state, Map<String, String> extraMetadata) {
    FlowLayout layout = new FlowLayout(architecture);
    FlowArguments.requireState(state, layout.parameterCount());
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", FORMAT);
    metadata.put("format_version", VERSION);
    metadata.put("architecture", toJson(architecture));
    metadata.put("applied_updates", Long.toString(state.appliedUpdates()));
    metadata.put("schedule_step", Long.toString(state.scheduleStep()));
    new TreeMap<>(extraMetadata)
        .forEach(
            (key, value) -> {
              if (metadata.putIfAbsent(key, value) != null) {
                throw new IllegalArgumentException(
                    "The extra metadata must not use the key %s: it is the format's own."
                        .formatted(key));
              }
            });
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    visitLayers(layout, "", put(tensors, state.parameters()));
    visitLayers(layout, FIRST_MOMENT, put(tensors, state.firstMoment()));
    visitLayers(layout, SECOND_MOMENT, put(tensors, state.secondMoment()));
    return Safetensors.write(new Safetensors.Contents(metadata, tensors));
  }

  /**
   * Decodes what {@link #encode} wrote.
   *
   * @throws MalformedCheckpointException if the bytes are not such a checkpoint, naming the tensor
   *     or metadata at fault
   */
  public static Decoded decode(byte[] bytes) {
    Safetensors.Contents contents = Safetensors.read(bytes);
    Map<String, String> metadata = contents.metadata();
    requireText(metadata, "format", FORMAT);
    requireText(metadata, "format_version", VERSION);
    FlowArchitecture architecture = fromJson(metadata.get("architecture"));
    FlowLayout layout = layout(architecture, bytes.length);
    FlowState state = emptyState(layout.parameterCount(), metadata);
    Map<String, Tensor> unread = new LinkedHashMap<>(contents.tensors());
    visitLayers(layout, "", take(unread, state.parameters()));
    visitLayers(layout, FIRST_MOMENT, take(unread, state.firstMoment()));
    visitLayers(layout, SECOND_MOMENT, take(unread, state.secondMoment()));
    if (!unread.isEmpty()) {
      throw new MalformedCheckpointException(
          "The checkpoint holds the tensors %s, which its architecture does not have."
              .formatted(unread.keySet()));
    }
    Map<String, String> extra = new LinkedHashMap<>(metadata);
    extra.keySet().removeAll(RESERVED);
    return new Decoded(architecture, state, extra);
  }

  /**
   * SHA-256 over the little-endian float32 bytes in declared order, as lower-case hexadecimal.
   *
   * @param parameters {@code [n]}
   */
  public static String parametersSha256(float[] parameters) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform must provide SHA-256.", e);
    }
    ByteBuffer chunk = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    int floats = chunk.capacity() / Float.BYTES;
    for (int start = 0; start < parameters.length; start += floats) {
      int count = Math.min(floats, parameters.length - start);
      chunk.asFloatBuffer().put(parameters, start, count);
      digest.update(chunk.array(), 0, count * Float.BYTES);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void visitLayers(FlowLayout layout, String prefix, LayerVisitor visitor) {
    for (int pair = 0; pair < layout.pairs().size(); pair++) {
      for (int c = 0; c < layout.pairs().get(pair).size(); c++) {
        Coupling coupling = layout.pairs().get(pair).get(c);
        for (int l = 0; l < coupling.layers().size(); l++) {
          Coupling.LinearLayer layer = coupling.layers().get(l);
          String name = "%spairs.%d.coupling.%d.layers.%d.".formatted(prefix, pair, c, l);
          visitor.visit(name + "weight", layer.weightOffset(), layer.outputs(), layer.inputs());
          visitor.visit(name + "bias", layer.biasOffset(), layer.outputs());
        }
      }
    }
  }

  private static LayerVisitor put(Map<String, Tensor> tensors, float[] values) {
    return (name, offset, shape) -> tensors.put(name, Tensor.of(values, offset, shape));
  }

  private static LayerVisitor take(Map<String, Tensor> unread, float[] values) {
    return (name, offset, shape) -> {
      Tensor tensor = unread.remove(name);
      List<Long> expected = Arrays.stream(shape).boxed().toList();
      if (tensor == null) {
        throw new MalformedCheckpointException(
            "The checkpoint lacks the tensor %s, which its architecture needs.".formatted(name));
      }
      if (tensor.type() != Tensor.Type.F32 || !tensor.shape().equals(expected)) {
        throw new MalformedCheckpointException(
            "The checkpoint's tensor %s is %s %s; its architecture needs F32 %s."
                .formatted(name, tensor.type(), tensor.shape(), expected));
      }
      tensor.copyTo(values, offset);
    };
  }

  /** The layout; its size is checked against the file's before arrays of that size are made. */
  private static FlowLayout layout(FlowArchitecture architecture, long fileBytes) {
    FlowLayout layout;
    try {
      layout = new FlowLayout(architecture);
    } catch (IllegalArgumentException e) {
      throw new MalformedCheckpointException(
          "The checkpoint's architecture cannot be: " + e.getMessage(), e);
    }
    if (3L * Float.BYTES * layout.parameterCount() > fileBytes) {
      throw new MalformedCheckpointException(
          "The checkpoint has %d bytes, too few for the %d parameters of its architecture."
              .formatted(fileBytes, layout.parameterCount()));
    }
    return layout;
  }

  private static FlowState emptyState(int count, Map<String, String> metadata) {
    long updates = counter(metadata, "applied_updates");
    long step = counter(metadata, "schedule_step");
    try {
      return new FlowState(new float[count], new float[count], new float[count], updates, step);
    } catch (IllegalArgumentException e) {
      throw new MalformedCheckpointException("The checkpoint's metadata: " + e.getMessage(), e);
    }
  }

  private static void requireText(Map<String, String> metadata, String key, String expected) {
    String found = metadata.get(key);
    if (!expected.equals(found)) {
      throw new MalformedCheckpointException(
          "The checkpoint's metadata %s (%s) must be %s.".formatted(key, found, expected));
    }
  }

  private static long counter(Map<String, String> metadata, String key) {
    String found = metadata.get(key);
    if (found == null || !found.matches("\\d{1,18}")) {
      throw new MalformedCheckpointException(
          "The checkpoint's metadata %s (%s) must be a whole number of at least 0."
              .formatted(key, found));
    }
    return Long.parseLong(found);
  }

  private static String toJson(FlowArchitecture architecture) {
    try {
      return JSON.writeValueAsString(architecture);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "The architecture %s cannot be written as JSON.".formatted(architecture), e);
    }
  }

  private static FlowArchitecture fromJson(String text) {
    if (text == null) {
      throw new MalformedCheckpointException("The checkpoint's metadata lack the architecture.");
    }
    try {
      return JSON.readValue(text, FlowArchitecture.class);
    } catch (JsonProcessingException e) {
      throw new MalformedCheckpointException(
          "The checkpoint's architecture (%s) is not one: %s"
              .formatted(text, e.getOriginalMessage()),
          e);
    }
  }
}
