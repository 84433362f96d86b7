package dev.cmt.actors.run;

import dev.cmt.flow.annealing.AnnealingPath;
import java.util.Map;

/**
 * What a checkpoint says besides the flow, as text, so that a file on its own tells where in its
 * run it belongs.
 */
final class CheckpointMetadata {
  private CheckpointMetadata() {}

  static Map<String, String> of(RunProgress progress) {
    return Map.of(
        "run.completed_steps", Integer.toString(progress.completedSteps()),
        "run.path_beta", Double.toString(progress.path().beta()),
        "run.path_exponent", Double.toString(progress.path().exponent()),
        "run.target_evaluations", Long.toString(progress.targetEvaluations()),
        "run.gradient_steps", Long.toString(progress.gradientSteps()),
        "run.wall_seconds", Double.toString(progress.wallSeconds()));
  }

  static RunProgress progress(Map<String, String> metadata) {
    return new RunProgress(
        Integer.parseInt(value(metadata, "run.completed_steps")),
        new AnnealingPath(
            Double.parseDouble(value(metadata, "run.path_beta")),
            Double.parseDouble(value(metadata, "run.path_exponent"))),
        Long.parseLong(value(metadata, "run.target_evaluations")),
        Long.parseLong(value(metadata, "run.gradient_steps")),
        Double.parseDouble(value(metadata, "run.wall_seconds")));
  }

  private static String value(Map<String, String> metadata, String key) {
    String value = metadata.get(key);
    if (value == null) {
      throw new IllegalArgumentException(
          "The checkpoint has no %s in its metadata (it has %s); it was not written by a run."
              .formatted(key, metadata.keySet()));
    }
    return value;
  }
}
