package dev.cmt.actors.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationTest {
  @TempDir private Path directory;

  @Test
  void whatIsWrittenIsRead() throws IOException {
    assertThat(Evaluation.read(directory)).isEmpty();
    Evaluation evaluation = Fixtures.evaluation();
    evaluation.write(directory);
    Evaluation read = Evaluation.read(directory).orElseThrow();
    assertThat(read).isEqualTo(evaluation);
    assertThat(read.histograms().grids()).hasSize(1);
    try (var files = Files.list(directory)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void anEarlierEvaluationIsKept() throws IOException {
    Evaluation evaluation = Fixtures.evaluation();
    assertThat(evaluation.write(directory)).isEmpty();
    assertThat(evaluation.write(directory)).as("the same again").isEmpty();
    String before = Files.readString(directory.resolve(Evaluation.FILE));
    assertThat(evaluation.withoutHistograms().write(directory))
        .hasValue(directory.resolve("evaluation-1.json"));
    assertThat(directory.resolve("evaluation-1.json")).hasContent(before.strip());
    assertThat(evaluation.write(directory)).hasValue(directory.resolve("evaluation-2.json"));
    assertThat(Evaluation.read(directory)).hasValue(evaluation);
  }

  @Test
  void keysAreThoseOthersRelyOn() throws IOException {
    JsonNode json = new ObjectMapper().readTree(Fixtures.evaluation().toJson());
    assertThat(json.at("/log_z").isNumber()).isTrue();
    assertThat(json.at("/log_z_stderr").isNumber()).isTrue();
    assertThat(json.at("/ess").isNumber()).isTrue();
    assertThat(json.at("/elbo").isNumber()).isTrue();
    assertThat(json.at("/basins/0/reweighted/standard_error").isNumber()).isTrue();
    assertThat(json.at("/ramachandran/0/tv_reweighted").isNumber()).isTrue();
    assertThat(json.has("wells")).as("absent parts are left out").isFalse();
    assertThat(Fixtures.evaluation().withoutHistograms().toJson()).doesNotContain("histograms");
  }

  @Test
  void filesOfAnotherVersionOrNoneAreRefusedByName() throws IOException {
    Path file = directory.resolve(Evaluation.FILE);
    Files.writeString(file, "{\"version\": 99, \"system\": \"x\"}");
    assertThatThrownBy(() -> Evaluation.read(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("99");
    Files.writeString(file, "{\"version\": 1, ");
    assertThatThrownBy(() -> Evaluation.read(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void textForTheTerminalIsAligned() {
    String text = EvaluationText.of(Fixtures.evaluation());
    assertThat(text).contains("Effective sample size", "log Z / nat", "Basin φ > 0", "ALA2");
    assertThat(text.lines()).noneMatch(line -> line.endsWith(" "));
  }
}
