package dev.cmt.energy.molecule;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows of z-matrices by names of atoms, for the residues that published coordinates exist of. A
 * name may begin with + or −: an atom of the residue that follows or precedes along the chain.
 */
final class ResidueTemplates {
  private static final String RESOURCE = "residue-templates.txt";

  private final Map<String, List<List<String>>> rows = new HashMap<>();

  /** Reads those that come with the product. */
  ResidueTemplates() {
    List<List<String>> section = new ArrayList<>();
    for (String line : text().lines().toList()) {
      String content = line.replaceFirst("#.*", "").trim();
      if (content.isEmpty()) {
        continue;
      }
      List<String> words = List.of(content.split("\\s+"));
      if (words.size() == 1) {
        section = new ArrayList<>();
        rows.put(content, section);
      } else if (words.size() == 4) {
        section.add(words);
      } else {
        throw new IllegalStateException(
            "Line \"%s\" of %s has %d words; it must have 1 or 4."
                .formatted(line, RESOURCE, words.size()));
      }
    }
  }

  /** Those of every amino acid: four names a row. */
  List<List<String>> backbone() {
    return rows.get("BACKBONE");
  }

  /** Those of the residues of a name; empty if it has none. */
  List<List<String>> of(String residueName) {
    return rows.getOrDefault(residueName, List.of());
  }

  private static String text() {
    try (InputStream in = ResidueTemplates.class.getResourceAsStream(RESOURCE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the resource %s.".formatted(RESOURCE), e);
    }
  }
}
