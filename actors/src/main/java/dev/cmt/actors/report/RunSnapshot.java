package dev.cmt.actors.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.actors.run.StepRecord;
import dev.cmt.buffer.RunDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the files of a run say, of a finished run or of one under way.
 *
 * @param directory the run directory
 * @param manifest content of {@code run.json}
 * @param steps completed steps in their order, maybe none
 * @param summary content of {@code summary.json}, if the run has ended
 * @param evaluation content of {@code evaluation.json}, if there is one
 */
record RunSnapshot(
    Path directory,
    JsonNode manifest,
    List<StepRecord> steps,
    Optional<JsonNode> summary,
    Optional<Evaluation> evaluation) {
  private static final ObjectMapper JSON = new ObjectMapper();

  RunSnapshot {
    steps = List.copyOf(steps);
  }

  /**
   * Reads a run directory.
   *
   * @throws NoSuchFileException if it holds no run
   * @throws IOException if a file cannot be read or understood, naming it
   */
  static RunSnapshot read(Path directory) throws IOException {
    RunDirectory run = new RunDirectory(directory);
    if (!RunDirectory.isRun(directory)) {
      throw new NoSuchFileException(
          run.manifest().toString(),
          null,
          "%s holds no run; check the path, or start one with train".formatted(directory));
    }
    return new RunSnapshot(
        directory,
        json(run.manifest()),
        steps(run.steps()),
        Files.exists(run.summary()) ? Optional.of(json(run.summary())) : Optional.empty(),
        Evaluation.read(directory));
  }

  /** Name of the target, as the config has it. */
  String system() {
    return config("target", "system").asText("unknown target");
  }

  /** Temperature of the run in K; NaN if the manifest does not say. */
  double temperatureK() {
    return config("target", "temperature_k").asDouble(Double.NaN);
  }

  /**
   * A bound of the annealing: infinite if switched off or chosen for each step, NaN if the manifest
   * does not say.
   */
  double bound(String key) {
    JsonNode value = config("annealing", key);
    return value.isTextual() ? Double.POSITIVE_INFINITY : value.asDouble(Double.NaN);
  }

  /** A value of the resolved config; a missing node if there is none. */
  JsonNode config(String section, String key) {
    return manifest.path("config").path(section).path(key);
  }

  private static JsonNode json(Path file) throws IOException {
    try {
      return JSON.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw new IOException("%s is not JSON: %s".formatted(file, e.getOriginalMessage()), e);
    }
  }

  /**
   * Reads step records. A process that died while writing may leave a torn last line, and one that
   * was resumed may repeat a step: the torn line is left out, the later record of a step counts.
   */
  private static List<StepRecord> steps(Path file) throws IOException {
    if (!Files.exists(file)) {
      return List.of();
    }
    String text = Files.readString(file, StandardCharsets.UTF_8);
    int whole = text.lastIndexOf('\n') + 1;
    NavigableMap<Integer, StepRecord> steps = new TreeMap<>();
    int number = 0;
    for (String line : text.substring(0, whole).lines().toList()) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      try {
        StepRecord step = JSON.readValue(line, StepRecord.class);
        steps.put(step.step(), step);
      } catch (JsonProcessingException e) {
        throw new IOException(
            "Line %d of %s is not a step record: %s"
                .formatted(number, file, e.getOriginalMessage()),
            e);
      }
    }
    return List.copyOf(steps.values());
  }
}
