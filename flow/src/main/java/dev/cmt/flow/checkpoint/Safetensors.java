package dev.cmt.flow.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The safetensors format (github.com/huggingface/safetensors): a little-endian 64-bit header
 * length, a JSON header that names every tensor's type, shape and place, then the tensors without
 * gaps. Written here with the header padded by spaces so that the data begins at a multiple of 8,
 * wider types first so that every number is aligned. Reads the types of {@link Tensor.Type}.
 */
public final class Safetensors {
  private static final String METADATA = "__metadata__";
  private static final int ALIGNMENT = 8;

  /** The format's own limit. */
  private static final long MAX_HEADER = 100_000_000;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Safetensors() {}

  /**
   * What a file holds.
   *
   * @param metadata free text by key, in order
   * @param tensors tensors by name, in order
   */
  public record Contents(Map<String, String> metadata, Map<String, Tensor> tensors) {}

  private record Place(String name, Tensor.Type type, List<Long> shape, long begin, long end) {}

  /**
   * Writes a file.
   *
   * @throws IllegalArgumentException if a tensor has the reserved name {@code __metadata__}, or all
   *     take more bytes than an array holds
   */
  public static byte[] write(Contents contents) {
    if (contents.tensors().containsKey(METADATA)) {
      throw new IllegalArgumentException(
          "A tensor must not be named %s: that name is the format's.".formatted(METADATA));
    }
    List<Map.Entry<String, Tensor>> ordered = new ArrayList<>(contents.tensors().entrySet());
    ordered.sort(Comparator.comparing(entry -> -entry.getValue().type().bytes()));
    ObjectNode header = JSON.createObjectNode();
    if (!contents.metadata().isEmpty()) {
      ObjectNode metadata = header.putObject(METADATA);
      contents.metadata().forEach(metadata::put);
    }
    long end = 0;
    for (Map.Entry<String, Tensor> entry : ordered) {
      Tensor tensor = entry.getValue();
      ObjectNode place = header.putObject(entry.getKey());
      place.put("dtype", tensor.type().name());
      tensor.shape().forEach(place.putArray("shape")::add);
      place.putArray("data_offsets").add(end).add(end + tensor.data().limit());
      end += tensor.data().limit();
    }
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (text.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    long total = Long.BYTES + padded + end;
    if (total > Integer.MAX_VALUE - ALIGNMENT) {
      throw new IllegalArgumentException(
          "The tensors take %d bytes; an array holds at most %d."
              .formatted(total, Integer.MAX_VALUE - ALIGNMENT));
    }
    byte[] bytes = new byte[(int) total];
    ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(padded).put(text);
    Arrays.fill(bytes, out.position(), Long.BYTES + padded, (byte) ' ');
    out.position(Long.BYTES + padded);
    for (Map.Entry<String, Tensor> entry : ordered) {
      out.put(entry.getValue().view());
    }
    return bytes;
  }

  /**
   * Reads a file. The tensors are views of the given bytes.
   *
   * @throws MalformedCheckpointException if the bytes break the format or hold a type that is not
   *     read here, saying what and where
   */
  public static Contents read(byte[] bytes) {
    if (bytes.length < Long.BYTES) {
      throw malformed("has %d bytes, fewer than its header length takes (8)", bytes.length);
    }
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long length = in.getLong();
    if (length < 2 || length > Math.min(MAX_HEADER, in.remaining())) {
      throw malformed(
          "claims a header of %d bytes; it must have 2 to %d",
          length, Math.min(MAX_HEADER, in.remaining()));
    }
    if (bytes[Long.BYTES] != '{') {
      throw malformed("has a header that begins with byte %d, not with {", bytes[Long.BYTES]);
    }
    JsonNode header = parse(bytes, (int) length);
    ByteBuffer data = in.slice(Long.BYTES + (int) length, in.remaining() - (int) length);
    Map<String, String> metadata = new LinkedHashMap<>();
    List<Place> places = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : header.properties()) {
      if (entry.getKey().equals(METADATA)) {
        readMetadata(entry.getValue(), metadata);
      } else {
        places.add(place(entry.getKey(), entry.getValue()));
      }
    }
    requireNoGaps(places, data.limit());
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Place place : places) {
      int size = (int) (place.end() - place.begin());
      tensors.put(
          place.name(),
          new Tensor(place.type(), place.shape(), data.slice((int) place.begin(), size)));
    }
    return new Contents(metadata, tensors);
  }

  private static JsonNode parse(byte[] bytes, int length) {
    try {
      return JSON.readTree(bytes, Long.BYTES, length);
    } catch (JsonProcessingException e) {
      throw new MalformedCheckpointException(
          "The safetensors file has a header that is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new MalformedCheckpointException(
          "The safetensors file has a header that cannot be read: " + e.getMessage(), e);
    }
  }

  private static void readMetadata(JsonNode node, Map<String, String> metadata) {
    if (!node.isObject()) {
      throw malformed("has %s that is not an object", METADATA);
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (!entry.getValue().isTextual()) {
        throw malformed("has metadata %s that is not a string", entry.getKey());
      }
      metadata.put(entry.getKey(), entry.getValue().textValue());
    }
  }

  private static Place place(String name, JsonNode node) {
    String dtype = node.path("dtype").asText();
    Tensor.Type type =
        Arrays.stream(Tensor.Type.values())
            .filter(known -> known.name().equals(dtype))
            .findFirst()
            .orElseThrow(
                () ->
                    malformed(
                        "has tensor %s of dtype '%s'; read here are %s",
                        name, dtype, Arrays.toString(Tensor.Type.values())));
    List<Long> shape = integers(name, node, "shape");
    List<Long> offsets = integers(name, node, "data_offsets");
    if (offsets.size() != 2) {
      throw malformed("has tensor %s with data_offsets %s; they must be two", name, offsets);
    }
    long size;
    try {
      size = Tensor.bytes(type, shape);
    } catch (ArithmeticException e) {
      throw malformed("has tensor %s whose shape %s overflows", name, shape);
    }
    if (offsets.get(1) - offsets.get(0) != size) {
      throw malformed(
          "has tensor %s with data_offsets %s, but its type %s and shape %s take %d bytes",
          name, offsets, type, shape, size);
    }
    return new Place(name, type, shape, offsets.get(0), offsets.get(1));
  }

  private static List<Long> integers(String name, JsonNode node, String field) {
    JsonNode array = node.path(field);
    List<Long> values = new ArrayList<>();
    if (!array.isArray()) {
      throw malformed("has tensor %s without an array %s", name, field);
    }
    for (JsonNode element : array) {
      if (!element.canConvertToLong() || !element.isIntegralNumber() || element.longValue() < 0) {
        throw malformed(
            "has tensor %s with %s %s; they must be integers of at least 0", name, field, array);
      }
      values.add(element.longValue());
    }
    return values;
  }

  private static void requireNoGaps(List<Place> places, long length) {
    List<Place> sorted = new ArrayList<>(places);
    sorted.sort(Comparator.comparingLong(Place::begin).thenComparingLong(Place::end));
    long end = 0;
    for (Place place : sorted) {
      if (place.begin() != end) {
        throw malformed(
            "has tensor %s at byte %d of the data, where byte %d was due: tensors must follow"
                + " each other without gap or overlap",
            place.name(), place.begin(), end);
      }
      end = place.end();
    }
    if (end != length) {
      throw malformed("has %d bytes of data, but its tensors take %d", length, end);
    }
  }

  private static MalformedCheckpointException malformed(String what, Object... values) {
    return new MalformedCheckpointException(
        "The safetensors file " + what.formatted(values) + ". It may be cut off or damaged.");
  }
}
