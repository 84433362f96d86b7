package dev.cmt.actors.report;

import dev.cmt.actors.report.Page.Row;
import dev.cmt.actors.report.Page.Table;
import java.util.ArrayList;
import java.util.List;

/** An evaluation as plain text for a terminal. */
public final class EvaluationText {
  private static final String GAP = "  ";

  private EvaluationText() {}

  /**
   * Tables one below the other, columns aligned, and {@link Cautions}; a line feed after each line.
   */
  public static String of(Evaluation evaluation) {
    List<Table> tables = new ArrayList<>();
    tables.add(EvaluationTables.metrics(evaluation));
    tables.addAll(EvaluationTables.of(evaluation));
    StringBuilder text = new StringBuilder();
    for (Table table : tables) {
      if (!text.isEmpty()) {
        text.append('\n');
      }
      append(text, table);
    }
    List<String> cautions = Cautions.of(evaluation);
    if (!cautions.isEmpty()) {
      text.append('\n');
      cautions.forEach(caution -> text.append("Warning: ").append(caution).append('\n'));
    }
    return text.toString();
  }

  private static void append(StringBuilder text, Table table) {
    int columns = table.columns().size();
    int[] widths = new int[columns];
    List<Row> rows = new ArrayList<>();
    rows.add(new Row(table.columns()));
    rows.addAll(table.rows());
    for (Row row : rows) {
      for (int column = 0; column < columns; column++) {
        widths[column] = Math.max(widths[column], width(row.cells().get(column)));
      }
    }
    text.append(table.title()).append('\n');
    boolean prose = table.style().equals(Table.REMARKS);
    for (Row row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < columns; column++) {
        String cell = row.cells().get(column);
        String space = " ".repeat(widths[column] - width(cell));
        boolean left = column == 0 || (prose && column == columns - 1);
        line.append(GAP).append(left ? cell + space : space + cell);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
  }

  /** Places on the screen: marks that combine with the letter before them take none. */
  private static int width(String cell) {
    return (int)
        cell.codePoints().filter(c -> Character.getType(c) != Character.NON_SPACING_MARK).count();
  }
}
