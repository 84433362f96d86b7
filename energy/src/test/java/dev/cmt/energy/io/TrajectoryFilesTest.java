package dev.cmt.energy.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.energy.system.Atom;
import dev.cmt.energy.system.PdbTopology;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrajectoryFilesTest {
  private static final List<Atom> ATOMS =
      List.of(
          new Atom("N", "N", "ALA", 1, 'A'),
          new Atom("CA", "C", "ALA", 1, 'A'),
          new Atom("HH31", "H", "ACE", 2, 'A'),
          new Atom("CL", "Cl", "CL", 12345, 'B'));

  @TempDir Path temporary;

  @Test
  void dcdKeepsFloat32InAngstrom() throws IOException {
    Conformations conformations = random(5);
    Path file = temporary.resolve("a.dcd");
    DcdFile.write(file, conformations);
    Conformations read = DcdFile.read(file);
    assertThat(read.frames()).isEqualTo(5);
    assertThat(read.atoms()).isEqualTo(4);
    for (int i = 0; i < 60; i++) {
      assertThat(read.positionsNm()[i])
          .isEqualTo((double) (float) (10 * conformations.positionsNm()[i]) / 10);
    }
    assertThat(ConformationFile.read(file).positionsNm()).isEqualTo(read.positionsNm());
  }

  /** The layout as CHARMM's documentation of the format has it, built here from nothing. */
  @Test
  void dcdHasTheLayoutOthersRead() throws IOException {
    Path file = temporary.resolve("a.dcd");
    DcdFile.write(file, new Conformations(2, new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
    ByteBuffer bytes = little(Files.readAllBytes(file));
    assertThat(bytes.getInt()).isEqualTo(84);
    byte[] magic = new byte[4];
    bytes.get(magic);
    assertThat(new String(magic, StandardCharsets.US_ASCII)).isEqualTo("CORD");
    int[] control = new int[20];
    bytes.asIntBuffer().get(control);
    bytes.position(bytes.position() + 80);
    assertThat(control[0]).as("frames").isEqualTo(2);
    assertThat(control[8]).as("fixed atoms").isZero();
    assertThat(control[10]).as("unit cell").isZero();
    assertThat(control[19]).as("CHARMM version").isEqualTo(24);
    assertThat(bytes.getInt()).isEqualTo(84);
    assertThat(bytes.getInt()).isEqualTo(84);
    assertThat(bytes.getInt()).as("titles").isEqualTo(1);
    bytes.position(bytes.position() + 80);
    assertThat(bytes.getInt()).isEqualTo(84);
    assertThat(new int[] {bytes.getInt(), bytes.getInt(), bytes.getInt()}).containsExactly(4, 2, 4);
    for (int frame = 0; frame < 2; frame++) {
      for (int axis = 0; axis < 3; axis++) {
        assertThat(bytes.getInt()).isEqualTo(8);
        assertThat(bytes.getFloat()).isEqualTo(10f * (6 * frame + axis + 1));
        assertThat(bytes.getFloat()).isEqualTo(10f * (6 * frame + axis + 4));
        assertThat(bytes.getInt()).isEqualTo(8);
      }
    }
    assertThat(bytes.hasRemaining()).isFalse();
  }

  @Test
  void dcdWithAUnitCellAndTwoTitlesIsRead() throws IOException {
    byte[] content = new byte[92 + 172 + 12 + 56 + 3 * 12];
    ByteBuffer bytes = little(content);
    bytes.putInt(84).put("CORD".getBytes(StandardCharsets.US_ASCII)).putInt(1);
    bytes.position(8 + 4 * 10).putInt(1).position(8 + 4 * 19).putInt(24).putInt(84);
    bytes.putInt(164).putInt(2).position(92 + 168).putInt(164);
    bytes.putInt(4).putInt(1).putInt(4);
    bytes.putInt(48).position(bytes.position() + 48).putInt(48);
    for (float x : new float[] {1.5f, -2.5f, 1e-3f}) {
      bytes.putInt(4).putFloat(x).putInt(4);
    }
    assertThat(bytes.hasRemaining()).isFalse();
    Path file = Files.write(temporary.resolve("cell.dcd"), content);
    assertThat(DcdFile.read(file).positionsNm())
        .containsExactly(1.5 / 10, -2.5 / 10, (double) 1e-3f / 10);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0|83|record marker of its header is 83",
        "0|1409286144|big-endian", // 84 with its bytes reversed
        "4|0|no DCD file",
        "8|7|announces 7 frames, it has 5",
        "40|1|fixed atoms",
        "52|1|fourth dimension",
        "88|85|record marker of its header",
        "92|77|title record claims 77",
        "184|0|record marker of its atom count",
        "188|5|it ends within frame",
        "188|0|has 0 atoms",
        "196|17|record marker of its x of frame 0 is 17",
        "216|17|record marker of its x of frame 0 is 17",
        "532|0|record marker of its z of frame 4",
      })
  void aDamagedDcdIsRefused(int position, int word, String reason) throws IOException {
    Path file = temporary.resolve("a.dcd");
    DcdFile.write(file, random(5));
    byte[] content = Files.readAllBytes(file);
    little(content).putInt(position, word);
    Files.write(file, content);
    assertThatThrownBy(() -> DcdFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(reason);
  }

  @Test
  void aCutDcdIsRefused() throws IOException {
    Path file = temporary.resolve("a.dcd");
    DcdFile.write(file, random(5));
    byte[] whole = Files.readAllBytes(file);
    for (int length : new int[] {0, 3, 50, 130, 190, whole.length - 1, whole.length - 72}) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> DcdFile.read(file))
          .as("%d bytes", length)
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void pdbKeepsModelsAndNames() throws IOException {
    Conformations conformations = random(3);
    Path file = temporary.resolve("a.pdb");
    PdbFile.write(file, ATOMS, conformations);
    Conformations read = PdbFile.read(file);
    assertThat(read.frames()).isEqualTo(3);
    assertThat(read.atoms()).isEqualTo(4);
    for (int i = 0; i < 36; i++) {
      // Three decimals of Å.
      assertThat(read.positionsNm()[i])
          .isCloseTo(conformations.positionsNm()[i], within(0.5e-4 + 1e-12));
    }
    List<Atom> atoms = PdbTopology.parse(Files.readString(file)).atoms();
    assertThat(atoms.subList(0, 3)).isEqualTo(ATOMS.subList(0, 3));
    assertThat(atoms.get(3)).isEqualTo(new Atom("CL", "Cl", "CL", 2345, 'B'));
    assertThat(ConformationFile.read(file).positionsNm()).isEqualTo(read.positionsNm());
  }

  @Test
  void pdbHasTheColumnsOfTheFormat() throws IOException {
    Path file = temporary.resolve("a.pdb");
    double[] positionsNm = {0.1, -0.2, 999.9999, 0, 0, 0, 1, 2, 3, -99.9999, 0, 1.23456};
    PdbFile.write(file, ATOMS, new Conformations(4, positionsNm));
    assertThat(Files.readString(file))
        .isEqualTo(
            """
            MODEL        1
            ATOM      1  N   ALA A   1       1.000  -2.0009999.999  1.00  0.00           N \s
            ATOM      2  CA  ALA A   1       0.000   0.000   0.000  1.00  0.00           C \s
            ATOM      3 HH31 ACE A   2      10.000  20.000  30.000  1.00  0.00           H \s
            ATOM      4 CL    CL B2345    -999.999   0.000  12.346  1.00  0.00          CL \s
            ENDMDL
            END
            """);
    assertThat(PdbFile.read(file).positionsNm()[9]).isCloseTo(-99.9999, within(1e-12));
  }

  @Test
  void pdbWithoutModelsIsOneConformation() throws IOException {
    Path file = temporary.resolve("a.pdb");
    Files.writeString(
        file,
        """
        REMARK  from elsewhere
        HETATM    1  O   HOH A   1      11.104   6.134  -6.504  1.00  0.00           O
        TER
        ATOM      2  H1  HOH A   1      11.639   6.071  -5.147
        """);
    assertThat(PdbFile.read(file).positionsNm())
        .containsExactly(
            new double[] {1.1104, 0.6134, -0.6504, 1.1639, 0.6071, -0.5147}, within(1e-12));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "20.000|2o.000|line 4: \"2o.000\" is no coordinate",
        "20.000|'   NaN'|line 4: a coordinate is NaN",
        "HH31 ACE|HH31BACE|alternate location (B)",
        "30.000  1.00|30.0|line 4: an atom's line ends",
      })
  void aMalformedPdbIsRefused(String text, String instead, String reason) throws IOException {
    Path file = temporary.resolve("a.pdb");
    double[] positionsNm = {0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0};
    PdbFile.write(file, ATOMS, new Conformations(4, positionsNm));
    String content = Files.readString(file).replace(text, instead);
    if (instead.equals("30.0")) {
      content = content.replace("30.0  0.00           H  ", "30.0");
    }
    Files.writeString(file, content);
    assertThatThrownBy(() -> PdbFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void modelsOfDifferentLengthAndCutFilesAreRefused() throws IOException {
    Path file = temporary.resolve("a.pdb");
    PdbFile.write(file, ATOMS, random(2));
    List<String> lines = Files.readAllLines(file);
    Files.write(file, lines.subList(0, lines.size() - 3));
    assertThatThrownBy(() -> PdbFile.read(file)).hasMessageContaining("ends within a model");
    lines.remove(lines.size() - 3);
    Files.write(file, lines);
    assertThatThrownBy(() -> PdbFile.read(file))
        .hasMessageContaining("a model ends with 3 atoms, the first has 4");
    Files.writeString(file, "END\n");
    assertThatThrownBy(() -> PdbFile.read(file)).hasMessageContaining("no ATOM or HETATM");
  }

  @Test
  void whatDoesNotFitIsNotWritten() {
    Path file = temporary.resolve("a.pdb");
    for (double wrong : new double[] {Double.NaN, 1000, -100}) {
      double[] positionsNm = new double[12];
      positionsNm[4] = wrong;
      assertThatThrownBy(() -> PdbFile.write(file, ATOMS, new Conformations(4, positionsNm)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("atom CA of ALA1");
    }
    assertThatThrownBy(() -> PdbFile.write(file, ATOMS, new Conformations(2, new double[6])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4 atoms were named");
    assertThatThrownBy(() -> new Conformations(2, new double[7]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DcdWriter.create(file, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void archivesGiveTheirPositions() throws IOException {
    double[] positions = {1, 2, 3, 4, 5, 6};
    NpyArray weights = NpyArray.of(new double[] {1}, 1);
    NpyArray frames = NpyArray.of(positions, 1, 2, 3);
    Path file = temporary.resolve("a.npz");
    NpzFile.write(file, Map.of("positions_nm", frames, "other", frames, "weights", weights));
    assertThat(ConformationFile.read(file).atoms()).isEqualTo(2);
    NpzFile.write(file, Map.of("xyz", frames, "weights", weights));
    assertThat(ConformationFile.read(file).positionsNm()).isEqualTo(positions);
    NpzFile.write(file, Map.of("xyz", frames, "abc", frames));
    assertThatThrownBy(() -> ConformationFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("positions_nm")
        .hasMessageContaining("xyz");
    NpzFile.write(file, Map.of("positions_nm", weights));
    assertThatThrownBy(() -> ConformationFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("shape [1]");
  }

  @Test
  void npyConformationsKeepFloat64AndTheirShapeIsChecked() throws IOException {
    double[] positionsNm = random(2).positionsNm();
    Path file = temporary.resolve("a.npy");
    NpyFile.write(file, NpyArray.of(positionsNm, 2, 4, 3));
    assertThat(ConformationFile.read(file).frames()).isEqualTo(2);
    assertThat(ConformationFile.read(file).positionsNm()).isEqualTo(positionsNm);
    NpyFile.write(file, NpyArray.of(positionsNm, 8, 3));
    assertThat(ConformationFile.read(file).frames()).isEqualTo(1);
    NpyFile.write(file, NpyArray.of(positionsNm, 2, 12));
    assertThatThrownBy(() -> ConformationFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("[2, 12]");
    assertThatThrownBy(() -> ConformationFile.read(temporary.resolve("a.xyz")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(".npy .npz .dcd .pdb");
  }

  private static Conformations random(int frames) {
    SplittableRandom random = new SplittableRandom(20_261_120);
    double[] positionsNm = new double[frames * 12];
    Arrays.setAll(positionsNm, i -> random.nextDouble(-2, 2));
    return new Conformations(4, positionsNm);
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
