package dev.cmt.actors.report;

import dev.cmt.actors.report.figure.Figure;
import dev.cmt.actors.report.figure.Theme;
import java.util.List;

/**
 * The words and numbers of a report page, ready for the template, which escapes them.
 *
 * @param system the heading
 * @param run name of the run directory
 * @param status one word on the state of the run
 * @param statusStyle class of that word: good, wait or bad
 * @param subtitle one line under the heading
 * @param warnings what the reader must know before trusting a number
 * @param tiles headline numbers
 * @param sections figures and tables
 * @param provenance where the numbers come from
 * @param config every key of the resolved config
 * @param stepColumns headings of the table of steps
 * @param stepRows one row per completed step
 * @param written when the page was written
 */
record Page(
    String system,
    String run,
    String status,
    String statusStyle,
    String subtitle,
    List<String> warnings,
    List<Tile> tiles,
    List<Section> sections,
    List<Fact> provenance,
    List<Fact> config,
    List<String> stepColumns,
    List<Row> stepRows,
    String written) {

  boolean hasSteps() {
    return !stepRows.isEmpty();
  }

  int stepCount() {
    return stepRows.size();
  }

  /** A headline number; the note may be empty. */
  record Tile(String name, String value, String note) {}

  /** A name and a value. */
  record Fact(String name, String value) {}

  /** Cells of a table. */
  record Row(List<String> cells) {
    static Row of(String... cells) {
      return new Row(List.of(cells));
    }
  }

  /**
   * A table.
   *
   * @param style {@link #NUMBERS} or {@link #REMARKS}
   * @param note below it, may be empty
   */
  record Table(String title, String style, List<String> columns, List<Row> rows, String note) {
    /** Style of a table of numbers. */
    static final String NUMBERS = "numbers";

    /** Style of a table whose last column is prose. */
    static final String REMARKS = "remarks";

    boolean hasNote() {
      return !note.isEmpty();
    }
  }

  /**
   * A heading, figures over the whole width, tables, figures side by side, and sentences where
   * there is nothing to show.
   */
  record Section(
      String title,
      List<Picture> wideFigures,
      List<Table> tables,
      List<Picture> pairedFigures,
      List<String> notes) {
    boolean hasPairs() {
      return !pairedFigures.isEmpty();
    }
  }

  /** A figure's files and words. */
  record Picture(
      String title, String caption, String file, String darkFile, int width, int height) {
    static Picture of(Figure figure) {
      return new Picture(
          figure.title(),
          figure.caption(),
          figure.fileName(Theme.LIGHT),
          figure.fileName(Theme.DARK),
          figure.width(),
          figure.height());
    }
  }
}
