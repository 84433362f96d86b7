package dev.cmt.energy.io;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * Writes a trajectory in the DCD format of CHARMM: little-endian, 32-bit record markers, float32 in
 * Å, no unit cell. The header's frame count is kept true after each frame. For one thread.
 *
 * <p>A record is its length, its content and its length again (Fortran). The first has {@code CORD}
 * and 20 control words, the second titles of 80 characters, the third the number of atoms; then
 * each frame has a record of all x, of all y and of all z.
 */
public final class DcdWriter implements AutoCloseable {
  static final int CONTROL_BYTES = 84;

  // Indices of control words, from 0.
  static final int FRAMES = 0;
  static final int FIRST_STEP = 1;
  static final int STEPS_PER_FRAME = 2;
  static final int STEPS = 3;
  static final int FIXED_ATOMS = 8;
  static final int TIME_STEP = 9;
  static final int UNIT_CELL = 10;
  static final int FOURTH_DIMENSION = 11;
  static final int VERSION = 19;

  private static final int CHARMM_VERSION = 24;
  private static final int TITLE_BYTES = 80;
  private static final double ANGSTROM_PER_NM = 10;

  private final FileChannel channel;
  private final int atoms;
  private final ByteBuffer frame;
  private int frames;

  private DcdWriter(FileChannel channel, int atoms) throws IOException {
    this.channel = channel;
    this.atoms = atoms;
    this.frame = little(3 * (4 * atoms + 8));
    writeAll(header());
  }

  /**
   * Creates or replaces a file.
   *
   * @param atoms of each frame, ≥ 1
   */
  public static DcdWriter create(Path file, int atoms) throws IOException {
    if (atoms < 1 || atoms > Integer.MAX_VALUE / 16) {
      throw new IllegalArgumentException(
          "atoms (%d) must be 1 to %d.".formatted(atoms, Integer.MAX_VALUE / 16));
    }
    FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    try {
      return new DcdWriter(channel, atoms);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Writes one frame.
   *
   * @param positionsNm {@code [atoms][3]} from {@code offset}, nm; rounded to float32 in Å
   */
  public void write(double[] positionsNm, int offset) throws IOException {
    frame.clear();
    for (int axis = 0; axis < 3; axis++) {
      frame.putInt(4 * atoms);
      for (int atom = 0; atom < atoms; atom++) {
        frame.putFloat((float) (ANGSTROM_PER_NM * positionsNm[offset + 3 * atom + axis]));
      }
      frame.putInt(4 * atoms);
    }
    writeAll(frame.flip());
    frames++;
    writeControl(FRAMES, frames);
    writeControl(STEPS, frames);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private ByteBuffer header() {
    ByteBuffer header = little(CONTROL_BYTES + 8 + 4 + TITLE_BYTES + 8 + 4 + 8);
    int[] control = new int[20];
    control[FIRST_STEP] = 1;
    control[STEPS_PER_FRAME] = 1;
    control[TIME_STEP] = Float.floatToIntBits(1); // samples have no time; some readers divide by it
    control[VERSION] = CHARMM_VERSION;
    header.putInt(CONTROL_BYTES).put("CORD".getBytes(US_ASCII));
    for (int word : control) {
      header.putInt(word);
    }
    header.putInt(CONTROL_BYTES);
    byte[] title =
        Arrays.copyOf("Independent samples of a density".getBytes(US_ASCII), TITLE_BYTES);
    header.putInt(4 + TITLE_BYTES).putInt(1).put(title).putInt(4 + TITLE_BYTES);
    return header.putInt(4).putInt(atoms).putInt(4).flip();
  }

  private void writeControl(int index, int value) throws IOException {
    ByteBuffer word = little(4).putInt(value).flip();
    channel.write(word, 4 + 4 + 4L * index); // after the marker and CORD
  }

  private void writeAll(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
