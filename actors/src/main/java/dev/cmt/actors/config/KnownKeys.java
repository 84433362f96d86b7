package dev.cmt.actors.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The keys of {@code reference.conf}, and which of them somebody who wrote another probably meant.
 */
final class KnownKeys {
  private final Set<String> leaves = new TreeSet<>();
  private final Set<String> sections = new TreeSet<>();

  KnownKeys(ConfigObject reference) {
    collect("", reference);
  }

  private void collect(String prefix, ConfigObject object) {
    object.forEach(
        (name, value) -> {
          if (value instanceof ConfigObject section) {
            sections.add(prefix + name);
            collect(prefix + name + ".", section);
          } else {
            leaves.add(prefix + name);
          }
        });
  }

  Set<String> leaves() {
    return leaves;
  }

  /** A problem for every key of {@code config} that is not known, in the order of their names. */
  List<ConfigProblem> unknownIn(ConfigObject config) {
    List<ConfigProblem> problems = new ArrayList<>();
    search("", config, problems);
    problems.sort(Comparator.comparing(ConfigProblem::key));
    return problems;
  }

  private void search(String prefix, ConfigObject object, List<ConfigProblem> problems) {
    for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
      String key = prefix + quotedIfNeeded(entry.getKey());
      ConfigValue value = entry.getValue();
      if (leaves.contains(key)) {
        continue;
      }
      if (!sections.contains(key)) {
        problems.add(
            new ConfigProblem(key, ConfigReader.show(value), "a known key", suggestion(key)));
      } else if (value instanceof ConfigObject section) {
        search(key + ".", section, problems);
      } else {
        problems.add(
            new ConfigProblem(
                key,
                ConfigReader.show(value),
                "a section { … }",
                "It holds " + String.join(", ", leavesOf(key)) + "."));
      }
    }
  }

  private List<String> leavesOf(String section) {
    return leaves.stream().filter(leaf -> leaf.startsWith(section + ".")).toList();
  }

  private String suggestion(String key) {
    String section = key.contains(".") ? key.substring(0, key.indexOf('.')) : "";
    return nearest(key)
        .map(known -> "Did you mean %s?".formatted(known))
        .orElseGet(
            () ->
                sections.contains(section)
                    ? "Known in %s: %s.".formatted(section, String.join(", ", leavesOf(section)))
                    : "Known sections: %s.".formatted(String.join(", ", sections)));
  }

  /**
   * The known key closest to a wrong one by its full path or, for a key in the wrong section, by
   * its last word; none if nothing is near.
   */
  Optional<String> nearest(String key) {
    String wanted = key.toLowerCase(Locale.ROOT).replace('-', '_');
    String wantedName = lastName(wanted);
    String best = null;
    int least = Integer.MAX_VALUE;
    List<String> candidates = new ArrayList<>(leaves);
    candidates.addAll(sections);
    for (String candidate : candidates) {
      String name = lastName(candidate);
      // One more for a wrong section, so that a slip in the right section wins.
      int distance = Math.min(editDistance(wanted, candidate), 1 + editDistance(wantedName, name));
      int tolerated = Math.max(1, Math.min(wantedName.length(), name.length()) / 3) + 1;
      if (distance <= tolerated && distance < least) {
        least = distance;
        best = candidate;
      }
    }
    return Optional.ofNullable(best);
  }

  /** The word closest to a wrong one; none if nothing is near. */
  static Optional<String> nearest(String wrong, List<String> words) {
    return words.stream()
        .min(Comparator.comparingInt(word -> editDistance(wrong, word)))
        .filter(word -> editDistance(wrong, word) <= 1 + word.length() / 3);
  }

  private static String lastName(String key) {
    return key.substring(key.lastIndexOf('.') + 1);
  }

  private static String quotedIfNeeded(String name) {
    return name.matches("[A-Za-z0-9_-]+") ? name : ConfigUtil.quoteString(name);
  }

  /** Levenshtein's distance: the least number of insertions, deletions and replacements. */
  static int editDistance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    int[] current = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replace = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replace, 1 + Math.min(previous[j], current[j - 1]));
      }
      int[] swap = previous;
      previous = current;
      current = swap;
    }
    return previous[b.length()];
  }
}
