package dev.cmt.flow.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
  private static byte[] example() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("a", Tensor.of(new float[] {1, -2, 0.5f}, 0, 3));
    tensors.put("b", Tensor.of(new double[] {Math.PI, Double.NaN}, 1, 2));
    tensors.put("c", Tensor.of(new long[] {Long.MIN_VALUE}));
    tensors.put("empty", Tensor.of(new float[0], 0, 0, 4));
    return Safetensors.write(new Safetensors.Contents(Map.of("kind", "example ü"), tensors));
  }

  @Test
  void givesBackWhatWasWritten() {
    Safetensors.Contents contents = Safetensors.read(example());
    assertThat(contents.metadata()).isEqualTo(Map.of("kind", "example ü"));
    assertThat(contents.tensors().keySet()).containsExactlyInAnyOrder("a", "b", "c", "empty");
    float[] a = new float[4];
    contents.tensors().get("a").copyTo(a, 1);
    assertThat(a).containsExactly(0, 1, -2, 0.5f);
    assertThat(contents.tensors().get("b").shape()).containsExactly(1L, 2L);
    assertThat(contents.tensors().get("b").doubles()).containsExactly(Math.PI, Double.NaN);
    assertThat(contents.tensors().get("c").shape()).isEmpty();
    assertThat(contents.tensors().get("c").longs()).containsExactly(Long.MIN_VALUE);
    assertThatThrownBy(() -> contents.tensors().get("b").longs())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("F64 numbers, not I64");
  }

  /**
   * Written out by hand from the format's description: length, header, padding, wide types first.
   */
  @Test
  void hasTheFormatsBytes() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("w", Tensor.of(new float[] {1, -2}, 0, 2));
    tensors.put("n", Tensor.of(new long[] {258}, 1));
    byte[] bytes = Safetensors.write(new Safetensors.Contents(Map.of("k", "v"), tensors));
    String header =
        "{\"__metadata__\":{\"k\":\"v\"},"
            + "\"n\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
            + "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}";
    int padded = (header.length() + 7) / 8 * 8;
    assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong()).isEqualTo(padded);
    assertThat(new String(bytes, 8, padded, StandardCharsets.UTF_8))
        .isEqualTo(header + " ".repeat(padded - header.length()));
    assertThat(HexFormat.of().formatHex(bytes, 8 + padded, bytes.length))
        .isEqualTo("0201000000000000" + "0000803f" + "000000c0");
  }

  @Test
  void refusesEveryTruncation() {
    byte[] whole = example();
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> Safetensors.read(cut))
          .as("first %d bytes", length)
          .isInstanceOf(MalformedCheckpointException.class);
    }
    assertThatThrownBy(() -> Safetensors.read(Arrays.copyOf(whole, whole.length + 1)))
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContaining("its tensors take");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[] | begins with byte",
        "{\"a\":{} | not JSON",
        "{} {} | not JSON",
        "{\"a\":{},\"a\":{}} | not JSON",
        "{\"a\":7} | dtype ''",
        "{\"a\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[0,8]}} | dtype 'BF16'",
        "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}} | without an array shape",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}} | integers of at least 0",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,8]}} | integers of at least 0",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]}} | they must be two",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}} | take 12 bytes",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}} | overflows",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | 8 bytes of data",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | where byte 0 was due",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | gap or overlap",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}} | where byte 0 was due",
        "{\"__metadata__\":{\"k\":3}} | metadata k that is not a string",
        "{\"__metadata__\":[]} | not an object",
      })
  void namesWhatIsMalformed(String header, String complaint) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(16 + text.length).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(text.length).put(text);
    assertThatThrownBy(() -> Safetensors.read(file.array()))
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContaining(complaint);
  }

  @Test
  void refusesHeaderLengthsBeyondTheFile() {
    for (long length : new long[] {-1, 0, 1, 9, Long.MAX_VALUE}) {
      byte[] file = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
      assertThatThrownBy(() -> Safetensors.read(file))
          .isInstanceOf(MalformedCheckpointException.class)
          .hasMessageContaining("header of " + length + " bytes");
    }
  }
}
