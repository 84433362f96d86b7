package dev.cmt.actors.report;

import dev.cmt.energy.molecule.BackboneTorsions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;

/** A small synthetic run. */
final class Fixtures {
  private static final long SEED = 1;

  private Fixtures() {}

  /** An empty table of chains of five atoms, with one φ and one ψ. */
  static EvaluationData torsions() {
    return new EvaluationData(
        new Observables.Backbone(
            List.of(new BackboneTorsions("ALA2", List.of(0, 1, 2, 3), List.of(1, 2, 3, 4))),
            5,
            List.of(),
            List.of()),
        15);
  }

  /** Of 300 conformations of a chain of five random points, called alanine dipeptide. */
  static Evaluation evaluation() {
    Random random = new Random(SEED);
    EvaluationData data = torsions();
    int rows = 300;
    data.add(
        random.doubles(15L * rows).toArray(),
        random.doubles(rows).toArray(),
        random.doubles(rows, -1, 0).toArray(),
        rows);
    return EvaluationMetrics.evaluate(
        EvaluationSettings.ofPaper("alanine-dipeptide", 300, 12_000, SEED),
        data,
        Optional.empty(),
        (parts, total) -> {});
  }

  /** Lines of {@code steps.jsonl}, keys as the contract has them and one that is not known. */
  static List<String> steps(int count) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int left = count - 1 - i;
      lines.add(
          String.format(
              Locale.ROOT,
              "{\"step\":%d,\"lambda\":%d,\"eta\":%d,\"beta\":%.3f,\"alpha\":1.0,\"kl\":0.3,\"entropy\":%d,"
                  + "\"entropy_drop\":0.5,\"log_z\":%d,\"ess_step\":0.5,\"ess_target\":%.3f,"
                  + "\"target_evals\":%d,\"gradient_steps\":%d,\"loss\":%d,\"grad_norm\":5.0,"
                  + "\"converged\":true,\"failed_rows\":%d,\"from_the_future\":[1],"
                  + "\"seconds\":{\"sample\":1,\"energy\":0.5,\"dual\":0.1,\"fit\":3,\"checkpoint\":0.2}}",
              i,
              10 * left,
              left,
              1 - left / (double) count,
              -10 * i,
              -175 + left,
              0.9 * i / count,
              1000 * (i + 1),
              100 * (i + 1),
              -i,
              i % 2));
    }
    return lines;
  }

  /**
   * Writes the files of a run.
   *
   * @param finished whether there is a summary and an evaluation
   */
  static void writeRun(Path directory, List<String> steps, boolean finished) throws IOException {
    Files.writeString(
        directory.resolve("run.json"),
        """
        {"config": {"seed": 7, "target": {"system": "alanine-dipeptide", "temperature_k": 300.0},
          "annealing": {"steps": 12, "eps_tr": 0.3, "eps_ent": "inf"}},
         "host": "<script>alert('x')</script>", "parameter_count": 880000, "flow_dimension": 60,
         "versions": {"java": "17 & more"}}
        """);
    StringBuilder lines = new StringBuilder();
    steps.forEach(line -> lines.append(line).append('\n'));
    Files.writeString(directory.resolve("steps.jsonl"), lines);
    if (finished) {
      Files.writeString(
          directory.resolve("summary.json"),
          "{\"status\": \"finished\", \"wall_seconds\": 564.3, \"parameters_sha256\": \"abc123\"}");
      evaluation().write(directory);
    }
  }
}
