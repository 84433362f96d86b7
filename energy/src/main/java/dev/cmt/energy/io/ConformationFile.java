package dev.cmt.energy.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** Conformations from a file of any known format, told by its suffix. */
public final class ConformationFile {
  private ConformationFile() {}

  /**
   * Reads conformations.
   *
   * @param file .npy (nm, shape frames × atoms × 3 or atoms × 3, float32 or float64), .dcd or .pdb
   *     (Å)
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if its suffix is not known
   */
  public static Conformations read(Path file) throws IOException {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".npy")) {
      return fromNpy(file);
    }
    if (name.endsWith(".dcd")) {
      return DcdFile.read(file);
    }
    if (name.endsWith(".pdb")) {
      return PdbFile.read(file);
    }
    throw new IllegalArgumentException(
        "Conformations (%s) must be in a .npy, .dcd or .pdb file.".formatted(file));
  }

  private static Conformations fromNpy(Path file) throws IOException {
    NpyArray array = NpyFile.read(file);
    long[] shape = array.shape();
    int axes = shape.length;
    if ((axes != 2 && axes != 3)
        || shape[axes - 1] != 3
        || shape[axes - 2] < 1
        || (array.type() != NpyType.F4 && array.type() != NpyType.F8)) {
      throw new IOException(
          "%s has shape %s of %s; conformations have (frames, atoms, 3) or (atoms, 3) of <f4 or <f8, in nm."
              .formatted(file, Arrays.toString(shape), array.type().descr()));
    }
    return new Conformations(Math.toIntExact(shape[axes - 2]), array.doubles());
  }
}
