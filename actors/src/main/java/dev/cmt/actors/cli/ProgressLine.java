package dev.cmt.actors.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One line of a terminal that says how far a run is: a bar of a third of the line or more, then as
 * many of the live numbers as there is room for, the most important first.
 */
final class ProgressLine {
  private static final int SHORTEST_BAR = 12;
  private static final String EIGHTHS = " ▏▎▍▌▋▊▉█";

  private ProgressLine() {}

  /**
   * Composes the line.
   *
   * @param done 0 to 1
   * @param count steps done of all steps
   * @param left null if it is not known yet
   * @param numbers the last ones are left out first when there is no room
   * @param columns of the terminal
   * @return of at most {@code columns} characters
   */
  static String of(
      double done,
      String count,
      Duration elapsed,
      Duration left,
      List<String> numbers,
      int columns) {
    String percent = String.format(Locale.ROOT, "%3d%% ", (int) (100 * done));
    List<String> words = new ArrayList<>();
    words.add(count);
    words.add(time(elapsed.toSeconds()));
    words.add("left " + (left == null ? "?" : time(left.toSeconds())));
    words.addAll(numbers);
    int room = columns - percent.length() - Math.max(SHORTEST_BAR, columns / 3);
    StringBuilder text = new StringBuilder();
    for (String word : words) {
      if (text.length() + 1 + word.length() > room) {
        break;
      }
      text.append(' ').append(word);
    }
    int width = Math.max(0, columns - percent.length() - text.length());
    String line = percent + bar(done, width) + text;
    return line.length() <= columns ? line : line.substring(0, columns);
  }

  /** h:mm:ss, without hours m:ss. */
  static String time(long seconds) {
    return seconds >= 3600
        ? String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
        : String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
  }

  private static String bar(double done, int width) {
    int eighths = (int) (Math.min(1, Math.max(0, done)) * width * 8);
    StringBuilder bar = new StringBuilder("█".repeat(eighths / 8));
    if (bar.length() < width) {
      bar.append(EIGHTHS.charAt(eighths % 8));
    }
    return bar.append("░".repeat(width - bar.length())).toString();
  }
}
