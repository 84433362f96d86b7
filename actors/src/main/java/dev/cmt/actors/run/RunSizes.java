package dev.cmt.actors.run;

import dev.cmt.actors.config.ConfigException;
import dev.cmt.actors.config.ConfigProblem;
import dev.cmt.actors.config.RunConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * Limits of a run's sizes that depend on the flow's dimension, so that only a known target can
 * check them.
 */
final class RunSizes {
  /** What the replay buffer takes at most as one batch, framing included. */
  private static final long BATCH_BYTES = (16L << 20) - 256;

  /** Coordinates of a step lie in one array. */
  private static final long STEP_COORDINATES = Integer.MAX_VALUE - 8;

  private RunSizes() {}

  /**
   * Checks them all.
   *
   * @throws ConfigException with every size that is too large, and the largest that is not
   */
  static void require(RunConfig config, int dimension) {
    List<ConfigProblem> problems = new ArrayList<>();
    // float32 coordinates; two log-densities and a log-volume in float64.
    long bytesPerRow = 4L * dimension + 24;
    long most = STEP_COORDINATES / dimension;
    check(problems, "training.batch_size", config.training().batchSize(), most);
    check(problems, "annealing.samples_per_step", config.annealing().samplesPerStep(), most);
    check(problems, "energy.batch_rows", config.energy().batchRows(), BATCH_BYTES / bytesPerRow);
    check(problems, "evaluation.samples", config.evaluation().samples(), most);
    if (!problems.isEmpty()) {
      throw new ConfigException("A run of %d dimensions".formatted(dimension), problems);
    }
  }

  private static void check(List<ConfigProblem> problems, String key, long value, long most) {
    if (value > most) {
      problems.add(new ConfigProblem(key, Long.toString(value), "at most " + most, ""));
    }
  }
}
