package dev.cmt.energy.io;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Reads a trajectory in the DCD format of CHARMM, X-PLOR, NAMD and OpenMM, frame by frame:
 * little-endian, 32-bit record markers, float32 in Å. A unit cell is skipped; fixed atoms and a
 * fourth dimension are refused. For one thread.
 */
public final class DcdReader implements AutoCloseable {
  private static final int MARKERS_BYTES = 8;
  private static final int UNIT_CELL_BYTES = 48;
  private static final float ANGSTROM_PER_NM = 10;

  private final ByteSource source;
  private final int atoms;
  private final int frames;
  private final boolean unitCell;
  private int next;

  private DcdReader(ByteSource source) throws IOException {
    this.source = source;
    ByteBuffer control = record("header", DcdWriter.CONTROL_BYTES);
    byte[] magic = new byte[4];
    control.get(magic);
    if (!new String(magic, US_ASCII).equals("CORD")) {
      throw source.malformed("it does not begin with a CORD record, so it is no DCD file");
    }
    int announced = integer(control, DcdWriter.FRAMES);
    boolean charmm = integer(control, DcdWriter.VERSION) != 0;
    if (integer(control, DcdWriter.FIXED_ATOMS) != 0) {
      throw source.malformed("it has fixed atoms, which are not supported");
    }
    if (charmm && integer(control, DcdWriter.FOURTH_DIMENSION) != 0) {
      throw source.malformed("it has a fourth dimension, which is not supported");
    }
    unitCell = charmm && integer(control, DcdWriter.UNIT_CELL) != 0;
    title();
    atoms = record("atom count", 4).getInt();
    if (atoms < 1) {
      throw source.malformed("it has %d atoms".formatted(atoms));
    }
    long frameBytes = 3 * (4L * atoms + MARKERS_BYTES);
    if (unitCell) {
      frameBytes += UNIT_CELL_BYTES + MARKERS_BYTES;
    }
    long found = source.remaining() / frameBytes;
    if (source.remaining() % frameBytes != 0) {
      throw source.malformed(
          "it ends within frame %d; its writer died or the file was cut".formatted(found));
    }
    if (found > Integer.MAX_VALUE || announced != found) {
      throw source.malformed(
          "its header announces %d frames, it has %d".formatted(announced, found));
    }
    frames = (int) found;
  }

  /**
   * Opens a file and reads its header.
   *
   * @throws IOException if it is no DCD file that is supported, or it is not whole
   */
  public static DcdReader open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file);
    try {
      return new DcdReader(new ByteSource(file.toString(), channel, channel.size()));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Atoms of each frame. */
  public int atoms() {
    return atoms;
  }

  /** Frames of the file. */
  public int frames() {
    return frames;
  }

  /**
   * Reads the next frame.
   *
   * @param positionsNm receives {@code [atoms][3]} from {@code offset}, nm
   * @return false if there is none
   */
  public boolean read(double[] positionsNm, int offset) throws IOException {
    if (next == frames) {
      return false;
    }
    if (unitCell) {
      record("unit cell of frame %d".formatted(next), UNIT_CELL_BYTES);
    }
    for (int axis = 0; axis < 3; axis++) {
      ByteBuffer coordinates =
          record("%s of frame %d".formatted("xyz".charAt(axis), next), 4 * atoms);
      for (int atom = 0; atom < atoms; atom++) {
        positionsNm[offset + 3 * atom + axis] = (double) coordinates.getFloat() / ANGSTROM_PER_NM;
      }
    }
    next++;
    return true;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }

  private void title() throws IOException {
    int size = source.read(4).getInt();
    if (size < 4 || (size - 4) % 80 != 0) {
      throw source.malformed("its title record claims %d bytes".formatted(size));
    }
    source.read(size);
    requireMarker("title", size);
  }

  private ByteBuffer record(String what, int size) throws IOException {
    requireMarker(what, size);
    ByteBuffer content = source.read(size);
    requireMarker(what, size);
    return content;
  }

  private void requireMarker(String what, int size) throws IOException {
    int marker = source.read(4).getInt();
    if (marker == Integer.reverseBytes(size)) {
      throw source.malformed("it is big-endian, which is not supported");
    }
    if (marker != size) {
      throw source.malformed(
          "the record marker of its %s is %d, it should be %d".formatted(what, marker, size));
    }
  }

  private static int integer(ByteBuffer control, int index) {
    return control.getInt(4 + 4 * index);
  }
}
