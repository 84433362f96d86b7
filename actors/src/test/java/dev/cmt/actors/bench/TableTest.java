package dev.cmt.actors.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void alignsWordsToTheLeftAndNumbersToTheRight() {
    Table table = new Table(1, "engine", "ms");
    table.add("native", "9.1");
    table.add();
    table.add("djl", "1,234.5");

    assertThat(table.toString().lines())
        .containsExactly(
            "engine       ms", //
            "native      9.1",
            "",
            "djl     1,234.5");
  }

  @Test
  void refusesARowThatDoesNotFit() {
    Table table = new Table(1, "engine", "ms");
    assertThatThrownBy(() -> table.add("native")).hasMessageContaining("1 cells");
  }
}
