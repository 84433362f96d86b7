package dev.cmt.flow.djl;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import dev.cmt.flow.ControlVariate;
import dev.cmt.flow.Flow;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowArguments;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.FlowUnavailableException;
import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.TrainingStep;
import dev.cmt.flow.base.BaseDistribution;
import dev.cmt.flow.coupling.FlowLayout;
import dev.cmt.flow.optim.AdamStep;
import java.util.Arrays;
import java.util.Locale;

/**
 * The reference engine: a flow as DJL PyTorch operations with automatic gradients, on a CPU or GPU.
 * Owns its native arrays until closed. One thread at a time may use an instance; several instances
 * may live side by side, but DJL records gradients for one at a time in a process, so that their
 * training steps wait for each other.
 *
 * <p>Batches of samples and densities pass in slices of {@value #ROWS_PER_PASS} rows, which bounds
 * memory. Matrix products of other shapes may round otherwise, so that the same row in another
 * batch agrees to float32 rounding, not to the bit; the same call agrees to the bit.
 */
public final class DjlFlow implements Flow {
  private static final int ROWS_PER_PASS = 2048;

  /** DJL allows one gradient collector in a process. */
  private static final Object COLLECTING = new Object();

  private final FlowLayout layout;
  private final BaseDistribution base;
  private final Precision precision;
  private final String description;
  private final Engine engine;
  private final NDManager manager;
  private final DjlTransport transport;
  private final NDArray baseMean;
  private final NDArray baseDeviation;
  private final NDArray baseMask;
  private final double baseLogNormalizer;
  private final NDArray parameters;
  private final NDArray firstMoment;
  private final NDArray secondMoment;
  private long appliedUpdates;
  private long scheduleStep;

  private DjlFlow(
      FlowLayout layout, Precision precision, Engine engine, NDManager manager, String device) {
    this.layout = layout;
    this.precision = precision;
    this.engine = engine;
    this.manager = manager;
    base = new BaseDistribution(layout.architecture().channels());
    transport = new DjlTransport(manager, layout, precision.type());
    boolean[] truncated = base.truncatedNormal();
    double[] mask = new double[truncated.length];
    double normalizer = 0;
    for (int column = 0; column < truncated.length; column++) {
      mask[column] = truncated[column] ? 1 : 0;
      normalizer += truncated[column] ? BaseDistribution.LOG_NORMALIZER : 0;
    }
    baseMean = NativeCopies.of(manager.create(new double[] {BaseDistribution.MEAN}));
    baseDeviation = NativeCopies.of(manager.create(new double[] {BaseDistribution.SIGMA}));
    baseMask = NativeCopies.of(manager.create(mask));
    baseLogNormalizer = normalizer;
    Shape shape = new Shape(layout.parameterCount());
    parameters = manager.zeros(shape, precision.type());
    firstMoment = manager.zeros(shape, precision.type());
    secondMoment = manager.zeros(shape, precision.type());
    description =
        "djl %s %s, %s, %s, %d threads"
            .formatted(
                engine.getEngineName().toLowerCase(Locale.ROOT),
                engine.getVersion(),
                device,
                precision.name().toLowerCase(Locale.ROOT),
                JniUtils.getNumThreads());
  }

  /**
   * Opens a flow whose parameters and moments are all zero until {@link #importState} sets them.
   *
   * @param layout the flow's layers
   * @param precision in which numbers it computes
   * @param device {@code cpu} or {@code gpu:N}
   * @param threads CPU threads of an operation, at least 1; PyTorch has one number for the whole
   *     process, so that this changes it for every open flow
   * @throws IllegalArgumentException if the device has no such form or threads is below 1
   * @throws FlowUnavailableException if PyTorch's libraries do not load or the GPU is not there
   */
  public static DjlFlow open(FlowLayout layout, Precision precision, String device, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException(
          "The threads of the flow (%d) must be at least 1.".formatted(threads));
    }
    Engine engine = engine();
    NDManager manager = engine.newBaseManager(Devices.named(engine, device));
    try {
      JniUtils.setNumThreads(threads);
      return new DjlFlow(layout, precision, engine, manager, device);
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  /** Whether libtorch came with this CMT: a bundle may leave it out. */
  public static boolean isIncluded() {
    return Engine.hasEngine("PyTorch");
  }

  /** Loads the native libraries: nothing of JniUtils works before. */
  private static Engine engine() {
    if (!isIncluded()) {
      throw new FlowUnavailableException(
          "This CMT comes without libtorch, on which the flow engine djl computes. Choose the engine native, on device cpu; or take a bundle made with ./cmt bundle --with-torch.");
    }
    try {
      return Engine.getEngine("PyTorch");
    } catch (EngineException | LinkageError e) {
      throw new FlowUnavailableException(
          "DJL cannot load PyTorch: %s. It unpacks its libraries under DJL_CACHE_DIR (default ~/.djl.ai), which must be writable with 500 MB free."
              .formatted(e.getMessage()),
          e);
    }
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
    for (int start = 0; start < rows; start += ROWS_PER_PASS) {
      int count = Math.min(ROWS_PER_PASS, rows - start);
      float[] z = new float[count * dimension];
      base.sample(runSeed, step, firstRow + start, count, z);
      try (NDManager scope = manager.newSubManager()) {
        SplineTensors.Image image = transport.toData(rows(scope, z, 0, count), layers(scope));
        float[] data = image.values().toType(DataType.FLOAT32, false).toFloatArray();
        System.arraycopy(data, 0, u, start * dimension, data.length);
        double[] logSlopes = image.logSlopes().toDoubleArray();
        for (int row = 0; row < count; row++) {
          logDensity[start + row] = base.logDensity(z, row * dimension) - logSlopes[row];
        }
      }
    }
  }

  @Override
  public void logDensity(float[] u, int rows, double[] logDensity) {
    requireOpen();
    FlowArguments.requireRows(rows, 0, base.dimension(), u.length, logDensity.length);
    for (int start = 0; start < rows; start += ROWS_PER_PASS) {
      int count = Math.min(ROWS_PER_PASS, rows - start);
      try (NDManager scope = manager.newSubManager()) {
        double[] slice = logDensity(rows(scope, u, start, count), layers(scope)).toDoubleArray();
        System.arraycopy(slice, 0, logDensity, start, count);
      }
    }
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
    try (NDManager scope = manager.newSubManager()) {
      Gradient gradient = gradient(scope, u, weights, logProposal, control, rows, () -> {});
      // Squares of float32 gradients can overflow float32.
      double norm =
          Math.sqrt(gradient.values().toType(DataType.FLOAT64, false).square().sum().getDouble());
      boolean applied = Double.isFinite(gradient.loss()) && Double.isFinite(norm);
      if (applied) {
        AdamStep step = AdamStep.after(settings, appliedUpdates, scheduleStep, norm);
        DjlAdam.apply(step, parameters, gradient.values(), firstMoment, secondMoment);
        appliedUpdates++;
      }
      scheduleStep++;
      return new TrainingStep(
          gradient.loss(), norm, gradient.weightRatio(), gradient.squaredRatio(), applied);
    }
  }

  @Override
  public FlowState exportState() {
    requireOpen();
    return new FlowState(
        floats(parameters),
        floats(firstMoment),
        floats(secondMoment),
        appliedUpdates,
        scheduleStep);
  }

  @Override
  public void importState(FlowState state) {
    requireOpen();
    FlowArguments.requireState(state, layout.parameterCount());
    assign(parameters, state.parameters());
    assign(firstMoment, state.firstMoment());
    assign(secondMoment, state.secondMoment());
    appliedUpdates = state.appliedUpdates();
    scheduleStep = state.scheduleStep();
  }

  @Override
  public void close() {
    manager.close();
  }

  /** How many native arrays the flow holds between calls: a constant, or something leaks. */
  int managedArrays() {
    return manager.getManagedArrays().size();
  }

  /** The parameters in full precision, for finite differences. */
  double[] parameters() {
    try (NDArray wide = parameters.toType(DataType.FLOAT64, true)) {
      return wide.toDoubleArray();
    }
  }

  /** Sets the parameters in full precision, for finite differences. */
  void setParameters(double[] values) {
    try (NDArray fresh = manager.create(values)) {
      overwrite(parameters, fresh);
    }
  }

  /** As below, with nothing between the passes. */
  double[] gradient(float[] u, double[] weights, int rows) {
    return gradient(u, weights, rows, () -> {});
  }

  /**
   * {@code [parameterCount]} gradient of the loss of {@link #train}, without an update.
   *
   * @param beforeBackward runs between the passes, where only autograd holds what backward reads
   */
  double[] gradient(float[] u, double[] weights, int rows, Runnable beforeBackward) {
    return gradient(u, weights, new double[rows], 0, rows, beforeBackward);
  }

  /** As above, with a control variate. */
  double[] gradient(
      float[] u,
      double[] weights,
      double[] logProposal,
      double control,
      int rows,
      Runnable beforeBackward) {
    try (NDManager scope = manager.newSubManager()) {
      return gradient(scope, u, weights, logProposal, control, rows, beforeBackward)
          .values()
          .toType(DataType.FLOAT64, false)
          .toDoubleArray();
    }
  }

  /** Maps base rows to data in full precision: what {@link #sample} does after its noise. */
  double[] toData(double[] z, int rows) {
    try (NDManager scope = manager.newSubManager()) {
      return transport
          .toData(rows(scope, z, rows), layers(scope))
          .values()
          .toType(DataType.FLOAT64, false)
          .toDoubleArray();
    }
  }

  /** Maps data rows to base in full precision; [0] the rows, [1] their log-slopes. */
  double[][] toBase(double[] u, int rows) {
    try (NDManager scope = manager.newSubManager()) {
      SplineTensors.Image image = transport.toBase(rows(scope, u, rows), layers(scope));
      return new double[][] {
        image.values().toType(DataType.FLOAT64, false).toDoubleArray(),
        image.logSlopes().toDoubleArray()
      };
    }
  }

  private record Gradient(double loss, double weightRatio, double squaredRatio, NDArray values) {}

  private Gradient gradient(
      NDManager scope,
      float[] u,
      double[] weights,
      double[] logProposal,
      double control,
      int rows,
      Runnable beforeBackward) {
    // A detached view shares the parameters' storage; its gradient dies with the scope.
    NDArray leaf = parameters.stopGradient();
    leaf.attach(scope);
    leaf.setRequiresGradient(true);
    synchronized (COLLECTING) {
      try (GradientCollector collector = engine.newGradientCollector()) {
        NDArray logDensity = logDensity(rows(scope, u, 0, rows), transport.layers(leaf));
        double[] values = logDensity.toDoubleArray();
        double loss = 0;
        double weightRatio = 0;
        double squaredRatio = 0;
        double[] factors = new double[rows];
        for (int row = 0; row < rows; row++) {
          double ratio = ControlVariate.ratio(values[row], logProposal[row]);
          loss -= weights[row] * values[row];
          weightRatio += weights[row] * ratio;
          squaredRatio += ratio * ratio;
          factors[row] = weights[row] - control * ratio;
        }
        NDArray factor = NativeCopies.of(scope.create(factors));
        NDArray surrogate = NativeCopies.times(-1.0 / rows, logDensity.mul(factor).sum());
        beforeBackward.run();
        collector.backward(surrogate);
        return new Gradient(
            loss / rows, weightRatio / rows, squaredRatio / rows, leaf.getGradient());
      }
    }
  }

  /** {@code [rows]} float64; consumes u. */
  private NDArray logDensity(NDArray u, NDList layers) {
    SplineTensors.Image image = transport.toBase(u, layers);
    // Widens to float64 and keeps the gradient, which DJL's toType would cut.
    NDArray score = image.values().sub(baseMean).div(baseDeviation);
    return NativeCopies.times(-0.5, score.square().mul(baseMask).sum(new int[] {1}))
        .sub(baseLogNormalizer)
        .add(image.logSlopes());
  }

  /** The layers as views that belong to the scope. */
  private NDList layers(NDManager scope) {
    NDArray view = parameters.stopGradient();
    view.attach(scope);
    return transport.layers(view);
  }

  private NDArray rows(NDManager scope, float[] u, int first, int count) {
    int dimension = base.dimension();
    float[] slice = Arrays.copyOfRange(u, first * dimension, (first + count) * dimension);
    return NativeCopies.of(scope.create(slice, new Shape(count, dimension)))
        .toType(precision.type(), false);
  }

  private NDArray rows(NDManager scope, double[] u, int count) {
    return scope.create(u, new Shape(count, base.dimension())).toType(precision.type(), false);
  }

  private static float[] floats(NDArray array) {
    try (NDArray narrow = array.toType(DataType.FLOAT32, true)) {
      return narrow.toFloatArray();
    }
  }

  private void assign(NDArray array, float[] values) {
    try (NDArray fresh = manager.create(values)) {
      overwrite(array, fresh);
    }
  }

  /** In place: DJL's set(Buffer) would give the array new storage and leave views with the old. */
  private static void overwrite(NDArray array, NDArray values) {
    array.set(new NDIndex(":"), values);
  }

  private void requireOpen() {
    if (!manager.isOpen()) {
      throw new IllegalStateException("The flow was closed; open another one.");
    }
  }
}
