package dev.cmt.actors.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A table of text, columns as wide as they need to be: words to the left, numbers to the right. */
final class Table {
  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();
  private final int words;

  /**
   * @param words how many of the first columns hold words
   */
  Table(int words, String... headings) {
    this.words = words;
    rows.add(List.of(headings));
  }

  /** Adds a row with as many cells as there are headings, or an empty one. */
  void add(String... cells) {
    if (cells.length != 0 && cells.length != rows.get(0).size()) {
      throw new IllegalArgumentException(
          "A row of %d cells does not fit %d headings."
              .formatted(cells.length, rows.get(0).size()));
    }
    rows.add(List.of(cells));
  }

  /** The lines, each ended. */
  @Override
  public String toString() {
    int[] widths =
        IntStream.range(0, rows.get(0).size())
            .map(
                column ->
                    rows.stream()
                        .filter(row -> !row.isEmpty())
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
            .toArray();
    return rows.stream()
        .map(row -> line(row, widths) + System.lineSeparator())
        .collect(Collectors.joining());
  }

  private String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < row.size(); column++) {
      String cell = row.get(column);
      String padding = " ".repeat(widths[column] - cell.length());
      line.append(column == 0 ? "" : GAP).append(column < words ? cell + padding : padding + cell);
    }
    return line.toString().stripTrailing();
  }
}
