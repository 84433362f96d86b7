package dev.cmt.actors.run;

import dev.cmt.actors.config.ConfiguredTarget;
import dev.cmt.actors.config.FlowArchitectures;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.buffer.CheckpointRef;
import dev.cmt.buffer.CheckpointStore;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunJournal;
import dev.cmt.energy.Evaluation;
import dev.cmt.energy.Evaluator;
import dev.cmt.energy.Target;
import dev.cmt.flow.Flow;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.checkpoint.FlowCheckpoint;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Draws weighted samples from a run's last checkpoint, of a finished run or of one under way. Reads
 * the run directory, writes nothing and takes no lock. Belongs to one thread; owns native memory
 * until closed.
 */
public final class TrainedSampler implements AutoCloseable {
  private final RunConfig config;
  private final Target target;
  private final Flow flow;
  private final Evaluator evaluator;
  private final RunProgress progress;
  private final String checkpoint;

  private TrainedSampler(
      RunConfig config,
      Target target,
      Flow flow,
      Evaluator evaluator,
      RunProgress progress,
      String checkpoint) {
    this.config = config;
    this.target = target;
    this.flow = flow;
    this.evaluator = evaluator;
    this.progress = progress;
    this.checkpoint = checkpoint;
  }

  /**
   * Samples with their log-densities.
   *
   * @param rows how many
   * @param u {@code [rows][dimension]} unit coordinates
   * @param x {@code [rows][spaceDimension]} the target's own coordinates; nm for molecules
   * @param logVolume {@code [rows]} log |dx/du|, so that log q(u) is logQ plus this
   * @param logQ {@code [rows]} log q(x) in the target's measure
   * @param logP {@code [rows]} log p̃(x); NaN where the row failed
   */
  public record Batch(
      int rows, float[] u, double[] x, double[] logVolume, double[] logQ, double[] logP) {}

  /** Takes batches as they are drawn. */
  @FunctionalInterface
  public interface BatchConsumer {
    /** Takes one batch; its arrays are the consumer's. */
    void accept(Batch batch) throws IOException;
  }

  /**
   * Opens the newest intact checkpoint of a run on the engine and device that its config names, or
   * on the CPU where this machine lacks them.
   *
   * @param root the run directory
   * @throws NoSuchFileException if it holds no run or no completed step yet
   * @throws IOException if it cannot be read
   */
  public static TrainedSampler open(Path root) throws IOException {
    RunDirectory directory = RunDirectory.open(root);
    RunConfig config = RunManifest.readConfig(directory);
    List<CheckpointRef> recorded = RunFiles.recorded(RunJournal.read(directory).events());
    CheckpointStore store = new CheckpointStore(directory);
    CheckpointRef newest =
        store
            .newestStep(recorded)
            .orElseThrow(
                () ->
                    new NoSuchFileException(
                        directory.checkpoints().toString(),
                        null,
                        "the run has completed no step yet"));
    Target target = ConfiguredTarget.create(config);
    FlowArchitecture architecture = FlowArchitectures.architecture(target, config.flow());
    FlowCheckpoint.Decoded decoded = RunFiles.decode(store, newest, architecture);
    Evaluator evaluator = target.openEvaluator();
    try {
      Flow flow = ConfiguredFlow.openToRead(config, architecture, Optional.of(decoded.state()));
      RunProgress progress = CheckpointMetadata.progress(decoded.extraMetadata());
      return new TrainedSampler(config, target, flow, evaluator, progress, newest.name());
    } catch (RuntimeException e) {
      evaluator.close();
      throw e;
    }
  }

  /** The run's config. */
  public RunConfig config() {
    return config;
  }

  /** What is sampled. */
  public Target target() {
    return target;
  }

  /** Annealing steps that the flow has seen; fewer than the config's for a run under way. */
  public int completedSteps() {
    return progress.completedSteps();
  }

  /** Target evaluations that the flow has cost. */
  public long targetEvaluations() {
    return progress.targetEvaluations();
  }

  /** File name of the checkpoint. */
  public String checkpoint() {
    return checkpoint;
  }

  /**
   * Draws samples. Their noise is that of no training step, so they are fresh even for the run's
   * own seed.
   *
   * @param samples how many, at least 1
   * @param seed the same seed gives the same samples
   * @param consumer takes batches of at most {@code energy.batch_rows} rows, in order
   */
  public void draw(long samples, long seed, BatchConsumer consumer) throws IOException {
    int step = config.annealing().steps() + 1;
    for (long first = 0; first < samples; ) {
      int rows = (int) Math.min(config.energy().batchRows(), samples - first);
      float[] u = new float[rows * target.dimension()];
      double[] logQ = new double[rows];
      flow.sample(seed, step, first, rows, u, logQ);
      consumer.accept(evaluate(rows, u, logQ));
      first += rows;
    }
  }

  /**
   * Judges points from elsewhere.
   *
   * @param x {@code [rows][spaceDimension]} the target's own coordinates; nm for molecules
   * @param rows how many
   * @return their log-densities; NaN in rows that the flow's coordinates do not reach
   */
  public Batch judge(double[] x, int rows) {
    float[] u = new float[rows * target.dimension()];
    double[] logVolume = new double[rows];
    target.unmap(x, rows, u, logVolume);
    double[] logQ = new double[rows];
    flow.logDensity(replaceUnreachable(u, logVolume), rows, logQ);
    double[] logP = evaluator.evaluate(u, rows).logDensity();
    for (int row = 0; row < rows; row++) {
      logQ[row] -= logVolume[row];
    }
    return new Batch(rows, u, x, logVolume, logQ, logP);
  }

  /**
   * The flow wants numbers; rows that are not reached keep their NaN volume, so their result is
   * NaN.
   */
  private float[] replaceUnreachable(float[] u, double[] logVolume) {
    float[] finite = u.clone();
    int dimension = target.dimension();
    for (int row = 0; row < logVolume.length; row++) {
      if (Double.isNaN(logVolume[row])) {
        java.util.Arrays.fill(finite, row * dimension, (row + 1) * dimension, 0.5f);
      }
    }
    return finite;
  }

  private Batch evaluate(int rows, float[] u, double[] logQ) {
    double[] x = new double[rows * target.spaceDimension()];
    target.map(u, rows, x, new double[rows]);
    Evaluation evaluation = evaluator.evaluate(u, rows);
    for (int row = 0; row < rows; row++) {
      logQ[row] -= evaluation.logVolume()[row];
    }
    return new Batch(rows, u, x, evaluation.logVolume(), logQ, evaluation.logDensity());
  }

  @Override
  public void close() {
    try (flow;
        evaluator) {
      // Both are closed, whatever the first one throws.
    }
  }
}
