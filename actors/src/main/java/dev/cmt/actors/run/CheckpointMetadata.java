package dev.cmt.actors.run;

import dev.cmt.flow.ControlVariate;
import dev.cmt.flow.annealing.AnnealingPath;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a checkpoint says besides the flow, as text, so that a file on its own tells where in its
 * run it belongs: a run goes on from it even where the journal has lost its name.
 */
final class CheckpointMetadata {
  private CheckpointMetadata() {}

  /** Of the middle of a fit: how far the run had come before the step, and the fit since. */
  static Map<String, String> of(RunProgress before, FitFigures fit) {
    Map<String, String> metadata = new LinkedHashMap<>(of(before));
    metadata.put("run.fit_steps", Integer.toString(fit.steps()));
    metadata.put("run.fit_skipped", Integer.toString(fit.skipped()));
    metadata.put("run.fit_loss_sum", Double.toString(fit.lossSum()));
    metadata.put("run.fit_norm_sum", Double.toString(fit.normSum()));
    metadata.put("run.fit_weight_ratio", Double.toString(fit.variate().weightRatio()));
    metadata.put("run.fit_squared_ratio", Double.toString(fit.variate().squaredRatio()));
    metadata.put("run.fit_seconds", Double.toString(fit.seconds()));
    return metadata;
  }

  /** The fit under way; {@link FitFigures#NONE} in a checkpoint of a whole step. */
  static FitFigures fit(Map<String, String> metadata) {
    return metadata.containsKey("run.fit_steps")
        ? new FitFigures(
            Integer.parseInt(value(metadata, "run.fit_steps")),
            Integer.parseInt(value(metadata, "run.fit_skipped")),
            Double.parseDouble(value(metadata, "run.fit_loss_sum")),
            Double.parseDouble(value(metadata, "run.fit_norm_sum")),
            new ControlVariate(
                Double.parseDouble(value(metadata, "run.fit_weight_ratio")),
                Double.parseDouble(value(metadata, "run.fit_squared_ratio"))),
            Double.parseDouble(value(metadata, "run.fit_seconds")))
        : FitFigures.NONE;
  }

  /** Of a completed step, with its line of steps.jsonl. */
  static Map<String, String> of(RunProgress progress, String line) {
    Map<String, String> metadata = new LinkedHashMap<>(of(progress));
    metadata.put("run.step_record", line);
    return metadata;
  }

  /** The line of steps.jsonl of the step that a checkpoint completes; null in older checkpoints. */
  static String line(Map<String, String> metadata) {
    return metadata.get("run.step_record");
  }

  private static Map<String, String> of(RunProgress progress) {
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
