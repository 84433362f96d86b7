package dev.cmt.energy.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against files that NumPy wrote, see {@code io/README.md} of the test resources. */
class NpyFileTest {
  @TempDir Path temporary;

  @Test
  void everyTypeIsReadAsNumPyWroteIt() throws IOException {
    NpyArray f4 = NpyFile.read(numpy("f4.npy"));
    assertThat(f4.shape()).containsExactly(2, 3);
    assertThat(f4.floats())
        .containsExactly(1.5f, -2, (float) Math.PI, Float.POSITIVE_INFINITY, Float.NaN, 1e-40f);
    assertThat(f4.doubles()).contains((double) (float) Math.PI);

    NpyArray f8 = NpyFile.read(numpy("f8.npy"));
    assertThat(f8.type()).isEqualTo(NpyType.F8);
    assertThat(f8.shape()).containsExactly(2, 4, 3);
    assertThat(f8.doubles()).isEqualTo(sevenths());

    assertThat(NpyFile.read(numpy("i4.npy")).longs())
        .containsExactly(Integer.MIN_VALUE, 0, Integer.MAX_VALUE);
    assertThat(NpyFile.read(numpy("i8.npy")).longs())
        .containsExactly(Long.MIN_VALUE, -1, Long.MAX_VALUE);
    assertThat(NpyFile.read(numpy("u1.npy")).doubles()).containsExactly(0, 127, 128, 255);
    assertThat(NpyFile.read(numpy("bool.npy")).longs()).containsExactly(1, 0, 1);
    assertThat(NpyFile.read(numpy("scalar.npy")).shape()).isEmpty();
    assertThat(NpyFile.read(numpy("scalar.npy")).doubles()).containsExactly(2.5);
    assertThat(NpyFile.read(numpy("empty.npy")).shape()).containsExactly(0, 3);
    assertThat(NpyFile.read(numpy("empty.npy")).doubles()).isEmpty();
    assertThat(NpyFile.read(numpy("version2.npy")).doubles()).containsExactly(1, 2);
    assertThat(NpyFile.read(numpy("version3.npy")).doubles()).containsExactly(1, 2);
  }

  @Test
  void whatIsWrittenIsByteForByteWhatNumPyWrites() throws IOException {
    NpyFile.write(temporary.resolve("f8.npy"), NpyArray.of(sevenths(), 2, 4, 3));
    NpyFile.write(
        temporary.resolve("f4.npy"),
        NpyArray.of(
            new float[] {1.5f, -2, (float) Math.PI, Float.POSITIVE_INFINITY, Float.NaN, 1e-40f},
            2,
            3));
    NpyFile.write(
        temporary.resolve("i8.npy"),
        NpyArray.of(new long[] {Long.MIN_VALUE, -1, Long.MAX_VALUE}, 3));
    NpyFile.write(temporary.resolve("scalar.npy"), NpyArray.of(new double[] {2.5}));
    NpyFile.write(temporary.resolve("empty.npy"), NpyArray.of(new double[0], 0, 3));
    for (String name : new String[] {"f8", "f4", "i8", "scalar", "empty"}) {
      assertThat(temporary.resolve(name + ".npy"))
          .as(name)
          .hasSameBinaryContentAs(numpy(name + ".npy"));
    }
  }

  @Test
  void filesLargerThanTheBufferAreReadAndWrittenPieceByPiece() throws IOException {
    int rows = 100_003;
    Path file = temporary.resolve("large.npy");
    try (NpyWriter writer = NpyWriter.create(file, NpyType.F8, rows, 3)) {
      double[] row = new double[3];
      for (int i = 0; i < rows; i++) {
        Arrays.setAll(row, axis -> 0.1 * axis);
        row[0] = i;
        writer.write(row, 0, 3);
      }
    }
    double[] all = NpyFile.read(file).doubles();
    try (NpyReader reader = NpyReader.open(file)) {
      double[] part = new double[50_000];
      long at = 0;
      while (reader.remaining() > 0) {
        int count = (int) Math.min(reader.remaining(), 49_999);
        reader.read(part, 1, count);
        assertThat(Arrays.equals(part, 1, 1 + count, all, (int) at, (int) at + count)).isTrue();
        at += count;
      }
      assertThatThrownBy(() -> reader.read(part, 0, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("0 remain");
    }
    assertThat(all).hasSize(3 * rows);
    assertThat(all[3 * (rows - 1)]).isEqualTo(rows - 1);
    assertThat(all[3 * (rows - 1) + 2]).isEqualTo(0.2);
  }

  @ParameterizedTest
  @CsvSource({
    "fortran.npy,Fortran order",
    "big-endian.npy,'>f8'",
    "f2.npy,'<f2'",
    "structure.npy,structure"
  })
  void whatIsNotSupportedIsNamed(String name, String reason) throws IOException {
    Path file = numpy(name);
    assertThatThrownBy(() -> NpyFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 9, 60, 128, 319, 321})
  void aFileOfAnotherLengthThanItsShapeIsRefused(int length) throws IOException {
    byte[] whole = Files.readAllBytes(numpy("f8.npy"));
    Path file = Files.write(temporary.resolve("cut.npy"), Arrays.copyOf(whole, length));
    assertThatThrownBy(() -> NpyFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "(2, 4, 3)|(2, 4, -)|shape",
        "(2, 4, 3)|(2, 4, 4)|takes 256 bytes, there are 192",
        "'shape'|'shapes'|header",
        "False|Never|header",
        "(2, 4, 3), }|(99999999999999999999,)|shape",
        "(2, 4, 3), }  |(9999999999, 9999999999), }|impossibly large",
        "NUMPY|BUMPY|does not begin as a .npy file",
      })
  void aMalformedHeaderIsRefused(String text, String instead, String reason) throws IOException {
    String content = Files.readString(numpy("f8.npy"), StandardCharsets.ISO_8859_1);
    String changed = content.replace(text, instead);
    // The header's length is written in it: what grew takes of the padding.
    changed =
        changed.replaceFirst(" {" + Math.max(0, changed.length() - content.length()) + "}\n", "\n");
    Path file =
        Files.writeString(temporary.resolve("bad.npy"), changed, StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> NpyFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void aWriterKeepsItsPromises() throws IOException {
    Path file = temporary.resolve("short.npy");
    NpyWriter writer = NpyWriter.create(file, NpyType.F8, 2, 3);
    writer.write(new double[5], 0, 5);
    assertThatThrownBy(() -> writer.write(new double[2], 0, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("room for 1");
    assertThatThrownBy(() -> writer.write(new float[1], 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("<f8, not <f4");
    assertThatThrownBy(writer::close)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("1 elements before its shape [2, 3] was full");
    assertThatThrownBy(() -> NpyArray.of(new double[5], 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has 6 elements, but 5");
    assertThatThrownBy(() -> NpyWriter.create(file, NpyType.BOOL, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stored.npz", "compressed.npz"})
  void archivesOfNumPyAreRead(String name) throws IOException {
    Map<String, NpyArray> arrays = NpzFile.read(numpy(name));
    assertThat(arrays).containsOnlyKeys("positions", "energies", "index");
    assertThat(arrays.get("positions").shape()).containsExactly(2, 2, 3);
    for (int i = 0; i < 12; i++) {
      assertThat(arrays.get("positions").floats()[i]).isEqualTo(i / 3f);
    }
    assertThat(arrays.get("energies").doubles()).containsExactly(-1.25, 1e300);
    assertThat(arrays.get("index").longs()).containsExactly(3, -4);
  }

  @Test
  void archivesAreWrittenAndReadBackAndTheSameArraysMakeTheSameBytes() throws IOException {
    Map<String, NpyArray> arrays = new LinkedHashMap<>();
    arrays.put("x", NpyArray.of(sevenths(), 24));
    arrays.put("weights", NpyArray.of(new float[] {1, 2}, 2, 1));
    Path file = temporary.resolve("a.npz");
    NpzFile.write(file, arrays);
    Map<String, NpyArray> read = NpzFile.read(file);
    assertThat(read.keySet()).containsExactly("x", "weights");
    assertThat(read.get("x").doubles()).isEqualTo(sevenths());
    assertThat(read.get("weights").shape()).containsExactly(2, 1);
    assertThat(read.get("weights").floats()).containsExactly(1, 2);
    NpzFile.write(temporary.resolve("b.npz"), arrays);
    assertThat(temporary.resolve("b.npz")).hasSameBinaryContentAs(file);

    Path cut = temporary.resolve("cut.npz");
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(file), 200));
    assertThatThrownBy(() -> NpzFile.read(cut))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(cut.toString());
  }

  private static double[] sevenths() {
    double[] values = new double[24];
    Arrays.setAll(values, i -> i / 7.0);
    return values;
  }

  private Path numpy(String name) throws IOException {
    Path file = temporary.resolve("numpy-" + name);
    try (InputStream resource = NpyFileTest.class.getResourceAsStream("/io/" + name)) {
      Files.write(file, resource.readAllBytes());
    }
    return file;
  }
}
