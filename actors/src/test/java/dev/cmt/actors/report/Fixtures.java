package dev.cmt.actors.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.actors.run.StepRecord;
import dev.cmt.energy.molecule.BackboneTorsions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** A small synthetic run. */
final class Fixtures {
  private static final long SEED = 1;

  private Fixtures() {}

  /** Of 300 conformations of a chain of five random points, called alanine dipeptide. */
  static Evaluation evaluation() {
    Random random = new Random(SEED);
    EvaluationData data =
        new EvaluationData(
            new Observables.Backbone(
                List.of(new BackboneTorsions("ALA2", List.of(0, 1, 2, 3), List.of(1, 2, 3, 4))), 5),
            15);
    int rows = 300;
    data.add(
        random.doubles(15L * rows).toArray(),
        random.doubles(rows).toArray(),
        random.doubles(rows, -1, 0).toArray(),
        rows);
    return EvaluationMetrics.evaluate("alanine-dipeptide", 300, data, Optional.empty(), SEED);
  }

  static List<StepRecord> steps(int count) {
    List<StepRecord> steps = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double left = count - 1.0 - i;
      steps.add(
          new StepRecord(
              i,
              10 * left,
              left,
              1 - left / count,
              1,
              0.3,
              -10.0 * i,
              0.5,
              -175 + left,
              0.5,
              0.9 * i / count,
              1000L * (i + 1),
              100L * (i + 1),
              -i,
              5,
              0,
              i % 2,
              new StepRecord.Seconds(1, 0.5, 0.1, 3, 0.2)));
    }
    return steps;
  }

  /**
   * Writes the files of a run.
   *
   * @param finished whether there is a summary and an evaluation
   */
  static void writeRun(Path directory, List<StepRecord> steps, boolean finished)
      throws IOException {
    Files.writeString(
        directory.resolve("run.json"),
        """
        {"config": {"seed": 7, "target": {"system": "alanine-dipeptide", "temperature_k": 300.0},
          "annealing": {"steps": 12, "eps_tr": 0.3, "eps_ent": "inf"}},
         "host": "<script>alert('x')</script>", "parameter_count": 880000, "flow_dimension": 60,
         "versions": {"java": "17 & more"}}
        """);
    ObjectMapper json = new ObjectMapper();
    StringBuilder lines = new StringBuilder();
    for (StepRecord step : steps) {
      lines.append(json.writeValueAsString(step)).append('\n');
    }
    Files.writeString(directory.resolve("steps.jsonl"), lines);
    if (finished) {
      Files.writeString(
          directory.resolve("summary.json"),
          "{\"status\": \"finished\", \"wall_seconds\": 564.3, \"parameters_sha256\": \"abc123\"}");
      evaluation().write(directory);
    }
  }
}
