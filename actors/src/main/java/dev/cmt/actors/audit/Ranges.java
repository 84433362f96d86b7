package dev.cmt.actors.audit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** Numbers of steps for people: 0–3, 7. */
final class Ranges {
  private Ranges() {}

  static String of(Collection<Integer> numbers) {
    List<String> parts = new ArrayList<>();
    int first = 0;
    Integer last = null;
    for (int number : new TreeSet<>(numbers)) {
      if (last != null && number != last + 1) {
        parts.add(part(first, last));
        last = null;
      }
      first = last == null ? number : first;
      last = number;
    }
    if (last != null) {
      parts.add(part(first, last));
    }
    return String.join(", ", parts);
  }

  private static String part(int first, int last) {
    return first == last ? Integer.toString(first) : first + "–" + last;
  }
}
