package dev.cmt.energy.system;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The molecules that come with the product, those of the paper's Table 4: alanine dipeptide (AMBER
 * ff96, OBC1, nothing constrained) and three peptides (AMBER99SB-ILDN, AMBER99 OBC, lengths of
 * bonds to hydrogen constrained).
 */
public final class BuiltInSystems {
  private static final List<String> NAMES =
      List.of("alanine-dipeptide", "alanine-tetrapeptide", "alanine-hexapeptide", "elil");

  private BuiltInSystems() {}

  /** Their names. */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * Loads a molecule.
   *
   * @throws IllegalArgumentException if no molecule has that name
   */
  public static MolecularSystem load(String name) {
    return MolecularSystem.parse(
        name, text(name, "system.xml"), text(name, "topology.pdb"), text(name, "minimized.txt"));
  }

  /**
   * The text of a molecule's z-matrix. They are files, so that a run's coordinates do not change
   * with the code that finds such: alanine dipeptide's is openmmtools' and FAB's, by which the
   * literature numbers torsions, the peptides' are what {@code ZMatrixBuilder} gives.
   *
   * @throws IllegalArgumentException if no molecule has that name
   */
  public static String zMatrix(String name) {
    return text(name, "zmatrix.txt");
  }

  private static String text(String name, String file) {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException(
          "No molecule is named \"%s\"; there are %s.".formatted(name, NAMES));
    }
    try (InputStream in = BuiltInSystems.class.getResourceAsStream(name + "/" + file)) {
      if (in == null) {
        throw new IllegalStateException(
            "The file %s of the molecule %s is missing from this build.".formatted(file, name));
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read %s of the molecule %s.".formatted(file, name), e);
    }
  }
}
