package dev.cmt.energy.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whole .npy files (NumPy, NEP 1). For files larger than memory see {@link NpyReader} and {@link
 * NpyWriter}.
 */
public final class NpyFile {
  private NpyFile() {}

  /**
   * Reads an array of a type in {@link NpyType}, in C order.
   *
   * @throws IOException if the file is malformed, or has another type or order, naming which
   */
  public static NpyArray read(Path file) throws IOException {
    try (NpyReader reader = NpyReader.open(file)) {
      return reader.readArray();
    }
  }

  /** Creates or replaces a file. */
  public static void write(Path file, NpyArray array) throws IOException {
    try (NpyWriter writer =
        new NpyWriter(file.toString(), Files.newOutputStream(file), array.header())) {
      writer.write(array);
    }
  }
}
