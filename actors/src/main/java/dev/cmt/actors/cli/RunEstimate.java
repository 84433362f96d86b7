package dev.cmt.actors.cli;

import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.run.TrainingRun;
import dev.cmt.flow.coupling.Coupling;
import dev.cmt.flow.coupling.FlowLayout;
import java.util.List;

/**
 * What a run will need, from the sizes of its arrays: disk to some ten percent, memory to a factor
 * of two.
 *
 * @param memoryBytes of the training process at its peak
 * @param diskBytes of the run directory at its peak
 */
record RunEstimate(long memoryBytes, long diskBytes) {
  /** A process that has opened every engine and does nothing: 213 MiB were measured. */
  private static final long PROCESS_BYTES = 256L << 20;

  /** The heap grows to about twice what it holds before garbage is collected. */
  private static final int HEAP_SLACK = 2;

  /** Parameters, gradients and two moments in the engine; three of them once more on export. */
  private static final long BYTES_PER_PARAMETER = 4 * 4 + 3 * 4;

  /**
   * Parameters and two moments. Beside the steps' checkpoints lie a fit's and the one in writing.
   */
  private static final long CHECKPOINT_BYTES_PER_PARAMETER = (TrainingRun.CHECKPOINTS + 2) * 3 * 4L;

  static RunEstimate of(RunConfig config, FlowLayout layout) {
    long rows = config.annealing().samplesPerStep();
    long dimension = layout.architecture().dimension();
    // On disk and in memory a sample is u (float32), log q, log p and log volume (float64);
    // training adds a weight and a log-proposal (float64) and two row numbers.
    long stored = rows * (4 * dimension + 3 * 8);
    long held = stored + rows * (2 * 8 + 2 * 4);
    long activations =
        4L
            * config.training().batchSize()
            * layout.pairs().stream().mapToLong(RunEstimate::width).sum();
    long memory =
        PROCESS_BYTES
            + HEAP_SLACK * held
            + activations
            + BYTES_PER_PARAMETER * layout.parameterCount();
    // While a step is collected, the steps to keep are still there.
    long kept =
        Math.min(
            config.annealing().steps(),
            Math.max(TrainingRun.CHECKPOINTS, config.buffer().keepSteps()) + 1L);
    long ledger = config.buffer().ledger() ? rows * 16 * config.annealing().steps() : 0;
    long disk = kept * stored + ledger + CHECKPOINT_BYTES_PER_PARAMETER * layout.parameterCount();
    return new RunEstimate(memory, disk);
  }

  /** Numbers that a row leaves behind in a pair of couplings, kept for the gradient. */
  private static long width(List<Coupling> pair) {
    return pair.stream()
        .flatMap(coupling -> coupling.layers().stream())
        .mapToLong(layer -> (long) layer.inputs() + layer.outputs())
        .sum();
  }
}
