package dev.cmt.actors.bench;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.List;

/**
 * What a benchmark found, for people and for programs.
 *
 * @param benchmark {@code energy}, {@code flow}, {@code step} or {@code farm}
 * @param machine what it was measured on
 * @param subject what was measured, one line
 * @param figures records with snake_case names, one a measured figure
 * @param missing what could not be measured, with its reason; one line each
 * @param notes how to read the figures; one line each
 * @param table the figures for people
 */
public record BenchReport(
    String benchmark,
    Machine machine,
    String subject,
    List<?> figures,
    List<String> missing,
    List<String> notes,
    @JsonIgnore String table) {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  public BenchReport {
    figures = List.copyOf(figures);
    missing = List.copyOf(missing);
    notes = List.copyOf(notes);
  }

  /** Header, table, what is missing and notes. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append("%s%n%s%n%n%s".formatted(machine, subject, table));
    if (!missing.isEmpty()) {
      text.append(System.lineSeparator());
      missing.forEach(line -> text.append("NOT MEASURED: %s%n".formatted(line)));
    }
    text.append(System.lineSeparator());
    notes.forEach(line -> text.append("%s%n".formatted(line)));
    return text.toString();
  }

  /** One JSON document. */
  public String json() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Records of numbers and words always have a JSON form.", e);
    }
  }
}
