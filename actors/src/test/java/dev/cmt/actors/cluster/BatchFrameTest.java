package dev.cmt.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BatchFrameTest {
  /** Frames as format version 1 has them; the checksums were computed by another implementation. */
  private static final String SAMPLES_1 =
      "434d544201000101efcdab8967452301070000000000000003000000050000000200000003000000"
          + "000000000000000018000000d1ab0535"
          + "0000003e0000803e0000c03e0000003f0000203f0000403f";

  private static final String ENERGIES_1 =
      "434d544201000202efcdab8967452301070000000000000003000000050000000100000002000000"
          + "000000000000d03f100000004e3600d0"
          + "00000000000004c0000000000000f03f";

  private static final Samples SAMPLES =
      new Samples(
          0x0123456789abcdefL, 7, 3, 5, 3, new float[] {.125f, .25f, .375f, .5f, .625f, .75f});

  private static final Energies ENERGIES =
      new Energies(0x0123456789abcdefL, 7, 3, 5, new double[] {-2.5}, new double[] {1}, 0.25);

  private static byte[] bytes(BulkMessage message) {
    ByteBuffer buffer = ByteBuffer.allocate((int) BatchFrame.size(message));
    BatchFrame.write(message, buffer);
    assertThat(buffer.remaining()).isZero();
    return buffer.array();
  }

  private static BulkMessage read(byte[] bytes) {
    return BatchFrame.read(ByteBuffer.wrap(bytes));
  }

  @Test
  void todaysVersionIsTheseBytes() {
    assertThat(HexFormat.of().formatHex(bytes(SAMPLES))).isEqualTo(SAMPLES_1);
    assertThat(HexFormat.of().formatHex(bytes(ENERGIES))).isEqualTo(ENERGIES_1);
    assertThat(read(HexFormat.of().parseHex(SAMPLES_1)))
        .usingRecursiveComparison()
        .isEqualTo(SAMPLES);
    assertThat(read(HexFormat.of().parseHex(ENERGIES_1)))
        .usingRecursiveComparison()
        .isEqualTo(ENERGIES);
  }

  @Test
  void everyBitArrivesInAnyKindOfBuffer() {
    Random random = new Random(6);
    for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
      float[] u = new float[37 * 11];
      double[] logP = new double[37];
      double[] logVolume = new double[37];
      for (int i = 0; i < u.length; i++) {
        u[i] = random.nextFloat();
      }
      for (int i = 0; i < logP.length; i++) {
        logP[i] = i % 5 == 0 ? Double.NaN : random.nextGaussian() * 1e8;
        logVolume[i] = i % 7 == 0 ? Double.NEGATIVE_INFINITY : random.nextGaussian();
      }
      for (BulkMessage message :
          new BulkMessage[] {
            new Samples(-1, Long.MAX_VALUE, 0, 9, 11, u),
            new Energies(1, 2, 3, 4, logP, logVolume, 1.5)
          }) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16).order(order);
        buffer.position(13);
        BatchFrame.write(message, buffer);
        assertThat(buffer.order()).isEqualTo(order);
        buffer.flip().position(13);
        assertThat(bytes(BatchFrame.read(buffer))).isEqualTo(bytes(message));
        assertThat(buffer.remaining()).isZero();
      }
    }
  }

  @Test
  void aPieceOfAFileLiesAnywhereInIt() {
    FilePiece piece = new FilePiece(-3, 4, (1L << 40) + 7, new byte[] {1, 0, -1});
    byte[] bytes = bytes(piece);
    assertThat(bytes).hasSize(BatchFrame.HEADER_BYTES + 3);
    assertThat(read(bytes)).usingRecursiveComparison().isEqualTo(piece);
    FilePiece end = new FilePiece(-3, 4, 9, new byte[0]);
    assertThat(read(bytes(end))).usingRecursiveComparison().isEqualTo(end);
  }

  @Test
  void anEmptyBatchIsABatch() {
    Samples none = new Samples(1, 2, 3, 4, 5, new float[0]);
    assertThat(read(bytes(none))).usingRecursiveComparison().isEqualTo(none);
  }

  @Test
  void aNewerVersionIsRefusedByItsNumber() {
    byte[] bytes = bytes(SAMPLES);
    bytes[4] = 2;
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(FrameException.class)
        .hasMessageContaining("format version 2")
        .hasMessageContaining("versions 1 to 1");
  }

  @Test
  void everyDamagedByteIsNoticed() {
    for (BulkMessage message :
        new BulkMessage[] {ENERGIES, new FilePiece(1, 2, 3, new byte[] {4, 5})}) {
      everyDamagedByteIsNoticed(bytes(message));
    }
  }

  private static void everyDamagedByteIsNoticed(byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      byte[] damaged = bytes.clone();
      damaged[i] ^= 0x10;
      assertThatThrownBy(() -> read(damaged)).as("byte %d", i).isInstanceOf(FrameException.class);
    }
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> read(cut)).as("%d bytes", length).isInstanceOf(FrameException.class);
    }
  }

  @Test
  void aBatchThatIsTooLargeSaysSo() {
    assertThatThrownBy(() -> BatchFrame.write(SAMPLES, ByteBuffer.allocate(79)))
        .isInstanceOf(FrameException.class)
        .hasMessageContaining("80 bytes")
        .hasMessageContaining("energy.batch_rows");
  }

  @Test
  void brokenRowsAreNoSamples() {
    assertThatThrownBy(() -> new Samples(1, 2, 3, 4, 4, new float[6]))
        .hasMessageContaining("no whole rows of 4");
  }
}
