package dev.cmt.energy.io;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Whole .dcd files. For trajectories larger than memory see {@link DcdReader} and {@link
 * DcdWriter}.
 */
public final class DcdFile {
  private DcdFile() {}

  /**
   * Reads all frames.
   *
   * @throws IOException see {@link DcdReader#open}
   */
  public static Conformations read(Path file) throws IOException {
    try (DcdReader reader = DcdReader.open(file)) {
      long values = 3L * reader.atoms() * reader.frames();
      if (values > Integer.MAX_VALUE - 8) {
        throw new IOException(
            "%s has %d coordinates, more than one array can hold.".formatted(file, values));
      }
      double[] positionsNm = new double[(int) values];
      int offset = 0;
      while (reader.read(positionsNm, offset)) {
        offset += 3 * reader.atoms();
      }
      return new Conformations(reader.atoms(), positionsNm);
    }
  }

  /** Creates or replaces a file. Positions are rounded to float32 in Å. */
  public static void write(Path file, Conformations conformations) throws IOException {
    try (DcdWriter writer = DcdWriter.create(file, conformations.atoms())) {
      for (int frame = 0; frame < conformations.frames(); frame++) {
        writer.write(conformations.positionsNm(), 3 * conformations.atoms() * frame);
      }
    }
  }
}
