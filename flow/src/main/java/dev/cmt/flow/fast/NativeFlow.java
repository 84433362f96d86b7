package dev.cmt.flow.fast;

import dev.cmt.flow.ControlVariate;
import dev.cmt.flow.Flow;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowArguments;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.TrainingStep;
import dev.cmt.flow.base.BaseDistribution;
import dev.cmt.flow.coupling.FlowLayout;
import dev.cmt.flow.optim.AdamStep;
import java.util.Locale;
import java.util.function.IntConsumer;
import org.bytedeco.javacpp.FloatPointer;

/**
 * The fast engine for CPUs. Owns its threads and native memory until closed; one thread at a time
 * may use an instance, several instances may live side by side.
 *
 * <p>Splines, activations and gradients are float32, log-densities and the gradient's norm float64.
 * A batch is cut into one contiguous shard of rows for each thread; each shard runs from end to end
 * on its own thread, and the shards' gradients are added in their order. The same call on the same
 * parameters gives the same bits at a fixed thread count; between thread counts, and for the same
 * row in batches of other sizes, results agree to float32 rounding.
 *
 * <p>Memory: four floats a parameter, one more for each thread beyond the first, and for each
 * thread that trains the activations of at most 512 rows.
 */
public final class NativeFlow implements Flow {
  /** Greatest number of threads. */
  public static final int MAX_THREADS = 1024;

  private final FlowLayout layout;
  private final BaseDistribution base;
  private final String description;
  private final FlowNative.Kernel kernel;
  private final ShardPool pool;
  private final ShardBuffers[] buffers;
  private long appliedUpdates;
  private long scheduleStep;
  private boolean closed;

  private NativeFlow(
      FlowLayout layout, int threads, InstructionSet set, MatrixProduct matrixProduct) {
    this.layout = layout;
    base = new BaseDistribution(layout.architecture().channels());
    kernel = KernelBuilder.build(layout, base, threads, set, matrixProduct);
    pool = new ShardPool(threads);
    buffers = new ShardBuffers[threads];
    for (int shard = 0; shard < threads; shard++) {
      buffers[shard] = new ShardBuffers(base.dimension());
    }
    description =
        "native cpu, float32, %s, matrix product %s, %d threads"
            .formatted(
                set.name().toLowerCase(Locale.ROOT),
                matrixProduct.name().toLowerCase(Locale.ROOT),
                threads);
  }

  /**
   * Opens a flow whose parameters and moments are all zero until {@link #importState} sets them.
   *
   * <p>The system properties {@code cmt.isa} (avx512, avx2, portable) and {@code cmt.gemm} (mkl,
   * own, race) fix what is otherwise chosen for speed on this host; {@link #engineDescription()}
   * tells the choice.
   *
   * @param layout the flow's layers
   * @param threads how many threads share each call, 1 to {@value #MAX_THREADS}
   * @throws IllegalArgumentException if threads or a system property is out of range
   * @throws dev.cmt.flow.FlowUnavailableException if no accurate matrix product is there
   */
  public static NativeFlow open(FlowLayout layout, int threads) {
    InstructionSet set = InstructionSet.choose();
    return open(
        layout, threads, set, MatrixProductRace.choose(set, layout.pairs().get(0).get(0).layers()));
  }

  static NativeFlow open(
      FlowLayout layout, int threads, InstructionSet set, MatrixProduct matrixProduct) {
    if (threads < 1 || threads > MAX_THREADS) {
      throw new IllegalArgumentException(
          "The threads of the flow (%d) must be between 1 and %d.".formatted(threads, MAX_THREADS));
    }
    return new NativeFlow(layout, threads, set, matrixProduct);
  }

  @Override
  public FlowArchitecture architecture() {
    return layout.architecture();
  }

  @Override
  public int parameterCount() {
    return layout.parameterCount();
  }

  @Override
  public String engineDescription() {
    return description;
  }

  @Override
  public void sample(
      long runSeed, int step, long firstRow, int rows, float[] u, double[] logDensity) {
    requireOpen();
    FlowArguments.requireRows(rows, 0, base.dimension(), u.length, logDensity.length);
    int dimension = base.dimension();
    forShards(
        rows,
        (shard, first, count) -> {
          ShardBuffers buffer = buffers[shard];
          float[] z = new float[count * dimension];
          base.sample(runSeed, step, firstRow + first, count, z);
          buffer.rows().put(z, 0, z.length);
          kernel.sample(shard, buffer.rows(), count, buffer.logDensities());
          buffer.rows().get(u, first * dimension, count * dimension);
          buffer.logDensities().get(logDensity, first, count);
        });
  }

  @Override
  public void logDensity(float[] u, int rows, double[] logDensity) {
    requireOpen();
    FlowArguments.requireRows(rows, 0, base.dimension(), u.length, logDensity.length);
    forShards(rows, (shard, first, count) -> toBase(shard, u, first, count, logDensity));
  }

  @Override
  public TrainingStep train(
      float[] u,
      double[] weights,
      double[] logProposal,
      double control,
      int rows,
      OptimizerSettings settings) {
    requireOpen();
    FlowArguments.requireRows(rows, 1, base.dimension(), u.length, weights.length);
    FlowArguments.requireWeights(weights, rows);
    FlowArguments.requireControl(logProposal, control, rows);
    Gradient gradient = backward(u, weights, logProposal, control, rows);
    boolean applied = Double.isFinite(gradient.loss()) && Double.isFinite(gradient.norm());
    if (applied) {
      AdamStep step = AdamStep.after(settings, appliedUpdates, scheduleStep, gradient.norm());
      forParts(
          part ->
              kernel.adam(
                  part,
                  pool.threads(),
                  step.clip(),
                  step.decay(),
                  step.stepSize(),
                  step.rootCorrection(),
                  AdamStep.BETA1,
                  AdamStep.BETA2,
                  AdamStep.EPSILON));
      appliedUpdates++;
    }
    scheduleStep++;
    return new TrainingStep(
        gradient.loss(), gradient.norm(), gradient.weightRatio(), gradient.squaredRatio(), applied);
  }

  @Override
  public FlowState exportState() {
    requireOpen();
    return new FlowState(
        floats(kernel.parameters()),
        floats(kernel.firstMoment()),
        floats(kernel.secondMoment()),
        appliedUpdates,
        scheduleStep);
  }

  @Override
  public void importState(FlowState state) {
    requireOpen();
    FlowArguments.requireState(state, layout.parameterCount());
    kernel.parameters().put(state.parameters());
    kernel.firstMoment().put(state.firstMoment());
    kernel.secondMoment().put(state.secondMoment());
    appliedUpdates = state.appliedUpdates();
    scheduleStep = state.scheduleStep();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    pool.close();
    for (ShardBuffers buffer : buffers) {
      buffer.close();
    }
    kernel.close();
  }

  /** As below on the cross-entropy alone. */
  float[] gradient(float[] u, double[] weights, int rows) {
    return gradient(u, weights, new double[Math.max(0, rows)], 0, rows);
  }

  /** {@code [parameterCount]} gradient of the loss of {@link #train}, without an update. */
  float[] gradient(float[] u, double[] weights, double[] logProposal, double control, int rows) {
    requireOpen();
    FlowArguments.requireRows(rows, 1, base.dimension(), u.length, weights.length);
    backward(u, weights, logProposal, control, rows);
    return floats(kernel.gradientSum());
  }

  /** {@code [rows][dimension]} images of data rows in the base. */
  float[] toBase(float[] u, int rows) {
    requireOpen();
    FlowArguments.requireRows(rows, 0, base.dimension(), u.length, rows);
    int dimension = base.dimension();
    float[] z = new float[rows * dimension];
    double[] logDensity = new double[rows];
    forShards(
        rows,
        (shard, first, count) -> {
          toBase(shard, u, first, count, logDensity);
          buffers[shard].rows().get(z, first * dimension, count * dimension);
        });
    return z;
  }

  private void toBase(int shard, float[] u, int first, int count, double[] logDensity) {
    ShardBuffers buffer = buffers[shard];
    int dimension = base.dimension();
    buffer.rows().put(u, first * dimension, count * dimension);
    kernel.logDensity(shard, buffer.rows(), count, buffer.logDensities());
    buffer.logDensities().get(logDensity, first, count);
  }

  private record Gradient(double loss, double norm, double weightRatio, double squaredRatio) {}

  /** Leaves the summed gradient in the kernel. */
  private Gradient backward(
      float[] u, double[] weights, double[] logProposal, double control, int rows) {
    int dimension = base.dimension();
    double[] logDensity = new double[rows];
    int active =
        forShards(
            rows,
            (shard, first, count) -> {
              ShardBuffers buffer = buffers[shard];
              buffer.rows().put(u, first * dimension, count * dimension);
              buffer.weights().put(weights, first, count);
              buffer.logProposals().put(logProposal, first, count);
              kernel.gradient(
                  shard,
                  buffer.rows(),
                  buffer.weights(),
                  buffer.logProposals(),
                  control,
                  ControlVariate.MAX_RATIO,
                  -1.0 / rows,
                  count,
                  buffer.logDensities());
              buffer.logDensities().get(logDensity, first, count);
            });
    double[] squares = new double[pool.threads()];
    forParts(part -> squares[part] = kernel.sumGradients(part, pool.threads(), active));
    double square = 0;
    for (double part : squares) {
      square += part;
    }
    double loss = 0;
    double weightRatio = 0;
    double squaredRatio = 0;
    for (int row = 0; row < rows; row++) {
      double ratio = ControlVariate.ratio(logDensity[row], logProposal[row]);
      loss -= weights[row] * logDensity[row];
      weightRatio += weights[row] * ratio;
      squaredRatio += ratio * ratio;
    }
    return new Gradient(loss / rows, Math.sqrt(square), weightRatio / rows, squaredRatio / rows);
  }

  private interface ShardTask {
    void accept(int shard, int firstRow, int rows);
  }

  /** Runs a task on contiguous shards of rows, none of them empty; returns how many there were. */
  private int forShards(int rows, ShardTask task) {
    int active = Math.min(rows, pool.threads());
    if (active > 0) {
      pool.run(
          active,
          shard -> {
            int first = (int) ((long) rows * shard / active);
            int count = (int) ((long) rows * (shard + 1) / active) - first;
            buffers[shard].reserve(count);
            task.accept(shard, first, count);
          });
    }
    return active;
  }

  private void forParts(IntConsumer task) {
    pool.run(pool.threads(), task);
  }

  private float[] floats(FloatPointer values) {
    float[] copy = new float[layout.parameterCount()];
    values.get(copy);
    return copy;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("The flow was closed; open another one.");
    }
  }
}
