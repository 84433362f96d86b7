package dev.cmt.energy;

import dev.cmt.energy.molecule.MolecularTarget;
import dev.cmt.energy.molecule.ZMatrix;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.toy.GaussianMixture;
import dev.cmt.energy.toy.ManyWell;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The targets that come with the product, by the names configs use. */
public final class Targets {
  private static final List<String> NAMES =
      Stream.concat(Stream.of("gmm40", "many-well-32"), BuiltInSystems.names().stream()).toList();

  private Targets() {}

  /** Their names. */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * Makes a target. No native library is touched before its first evaluator is opened.
   *
   * @throws IllegalArgumentException if no target has that name, with the names there are
   */
  public static Target create(String name, TargetSettings settings) {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(settings, "settings");
    return switch (name) {
      case "gmm40" -> GaussianMixture.gmm40();
      case "many-well-32" -> ManyWell.manyWell32();
      case "alanine-dipeptide", "alanine-tetrapeptide", "alanine-hexapeptide", "elil" ->
          new MolecularTarget(
              BuiltInSystems.load(name), ZMatrix.parse(BuiltInSystems.zMatrix(name)), settings);
      default ->
          throw new IllegalArgumentException(
              "No target is named \"%s\"; there are %s. Maybe you meant %s?"
                  .formatted(name, String.join(", ", NAMES), nearest(name)));
    };
  }

  private static String nearest(String name) {
    return NAMES.stream().min(Comparator.comparingInt(other -> editDistance(name, other))).get();
  }

  /** Levenshtein's distance. */
  private static int editDistance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitution, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
