package dev.cmt.energy.system;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The sections of an AMBER parameter file (prmtop) as words: {@code %FLAG} names one, {@code
 * %FORMAT} says in how many columns its words stand, and blanks within these columns count.
 */
final class AmberSections {
  /** Such as {@code 10I8}, {@code 5E16.8}, {@code 20a4}; Fortran lets a single one go without 1. */
  private static final Pattern FORMAT =
      Pattern.compile("\\(\\s*(\\d*)\\s*[aAiIeEfF]\\s*(\\d+)(?:\\.\\d+)?\\s*\\)");

  private final Map<String, List<String>> words = new LinkedHashMap<>();

  private AmberSections() {}

  /**
   * Takes a file apart.
   *
   * @throws IllegalArgumentException naming the line that cannot be read
   */
  static AmberSections parse(String text) {
    if (!text.startsWith("%VERSION")) {
      throw new IllegalArgumentException(
          "The prmtop must begin with %VERSION, as AMBER writes it since version 7; load an older"
              + " file into ParmEd and write it again.");
    }
    AmberSections sections = new AmberSections();
    List<String> section = null;
    int perLine = 0;
    int width = 0;
    int lineNumber = 0;
    for (String line : text.lines().toList()) {
      lineNumber++;
      if (line.startsWith("%FLAG")) {
        section = new ArrayList<>();
        width = 0;
        sections.words.put(line.substring(5).strip(), section);
      } else if (line.startsWith("%FORMAT")) {
        Matcher format = FORMAT.matcher(line.substring(7).strip());
        if (!format.matches()) {
          throw new IllegalArgumentException(
              "Line %d of the prmtop has a format like (10I8); it has %s."
                  .formatted(lineNumber, line.strip()));
        }
        perLine = format.group(1).isEmpty() ? 1 : Integer.parseInt(format.group(1));
        width = Integer.parseInt(format.group(2));
      } else if (!line.startsWith("%")) {
        if (section == null || width == 0) {
          throw new IllegalArgumentException(
              "Line %d of the prmtop stands before any %%FLAG and %%FORMAT: \"%s\"."
                  .formatted(lineNumber, line));
        }
        for (int n = 0; n < perLine && n * width < line.length(); n++) {
          section.add(line.substring(n * width, Math.min(line.length(), (n + 1) * width)).strip());
        }
      }
    }
    return sections;
  }

  Set<String> names() {
    return words.keySet();
  }

  boolean has(String name) {
    return words.containsKey(name);
  }

  /** How many words a section has; 0 if it is not there. */
  int count(String name) {
    return has(name) ? words.get(name).size() : 0;
  }

  /** The first {@code count} words of a section. */
  List<String> text(String name, int count) {
    List<String> section = words.get(name);
    if (section == null) {
      throw new IllegalArgumentException("The prmtop lacks its section %s.".formatted(name));
    }
    if (section.size() < count) {
      throw new IllegalArgumentException(
          "Section %s of the prmtop has %d entries; its POINTERS say %d."
              .formatted(name, section.size(), count));
    }
    return section.subList(0, count);
  }

  double[] numbers(String name, int count) {
    return text(name, count).stream().mapToDouble(word -> number(name, word)).toArray();
  }

  int[] integers(String name, int count) {
    return text(name, count).stream()
        .mapToInt(
            word -> {
              try {
                return Integer.parseInt(word);
              } catch (NumberFormatException e) {
                throw malformed(name, word, e);
              }
            })
        .toArray();
  }

  private static double number(String name, String word) {
    try {
      double value = Double.parseDouble(word.replace('D', 'E').replace('d', 'e'));
      if (Double.isFinite(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw malformed(name, word, e);
    }
    throw malformed(name, word, null);
  }

  private static IllegalArgumentException malformed(String name, String word, Exception cause) {
    return new IllegalArgumentException(
        "Section %s of the prmtop holds \"%s\", which must be a finite number."
            .formatted(name, word),
        cause);
  }
}
