package dev.cmt.energy.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Conformations from a file of any known format, told by its suffix. */
public final class ConformationFile {
  /** The suffixes that are known, in lower case. */
  public static final List<String> SUFFIXES = List.of(".npy", ".npz", ".dcd", ".pdb");

  /** Name of the positions in an archive, as {@code ./cmt sample} writes it. */
  private static final String POSITIONS = "positions_nm";

  private ConformationFile() {}

  /**
   * Reads conformations.
   *
   * @param file .npy (nm, shape frames × atoms × 3 or atoms × 3, float32 or float64), .npz with
   *     such an array, named {@code positions_nm} or the only one of that shape, .dcd or .pdb (Å)
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if its suffix is not known
   */
  public static Conformations read(Path file) throws IOException {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".npy")) {
      return of(NpyFile.read(file), file.toString());
    }
    if (name.endsWith(".npz")) {
      return fromNpz(file);
    }
    if (name.endsWith(".dcd")) {
      return DcdFile.read(file);
    }
    if (name.endsWith(".pdb")) {
      return PdbFile.read(file);
    }
    throw new IllegalArgumentException(
        "Conformations (%s) must be in a file that ends in one of %s."
            .formatted(file, String.join(" ", SUFFIXES)));
  }

  private static Conformations fromNpz(Path file) throws IOException {
    Map<String, NpyArray> arrays = NpzFile.read(file);
    String name = POSITIONS;
    if (!arrays.containsKey(name)) {
      List<String> candidates =
          arrays.keySet().stream().filter(key -> hasShape(arrays.get(key), 3)).toList();
      if (candidates.size() != 1) {
        throw new IOException(
            "%s holds the arrays %s; conformations are one named %s, or the only one of shape (frames, atoms, 3)."
                .formatted(file, arrays.keySet(), POSITIONS));
      }
      name = candidates.get(0);
    }
    return of(arrays.get(name), "%s of %s".formatted(name, file));
  }

  private static Conformations of(NpyArray array, String source) throws IOException {
    if (!hasShape(array, 2) && !hasShape(array, 3)) {
      throw new IOException(
          "%s has shape %s of %s; conformations have (frames, atoms, 3) or (atoms, 3) of <f4 or <f8, in nm."
              .formatted(source, Arrays.toString(array.shape()), array.type().descr()));
    }
    long[] shape = array.shape();
    return new Conformations(Math.toIntExact(shape[shape.length - 2]), array.doubles());
  }

  private static boolean hasShape(NpyArray array, int axes) {
    long[] shape = array.shape();
    return shape.length == axes
        && shape[axes - 1] == 3
        && shape[axes - 2] >= 1
        && (array.type() == NpyType.F4 || array.type() == NpyType.F8);
  }
}
