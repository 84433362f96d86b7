package dev.cmt.flow.cuda;

import dev.cmt.flow.ControlVariate;
import dev.cmt.flow.Fit;
import dev.cmt.flow.Flow;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowArguments;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.TrainingStep;
import dev.cmt.flow.base.BaseDistribution;
import dev.cmt.flow.coupling.Coupling;
import dev.cmt.flow.coupling.FlowLayout;
import dev.cmt.flow.coupling.NativeLayers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The engine for NVIDIA GPUs. Owns memory of the device until closed: four floats a parameter, the
 * activations of all couplings for one minibatch, those of one coupling for 8192 rows, and the
 * buffer of a fit. One thread at a time may use an instance, several instances may live side by
 * side.
 *
 * <p>Splines, activations and gradients are float32, log-densities and the gradient's norm float64.
 * Matrix products round their factors to TF32 unless the system property {@code cmt.cuda.products}
 * says fp32 or bf16. That makes a slightly other flow of the same parameters, whose log q is some
 * 1e-3 nats from that of other engines. Where a row's last bits tip the rounding of a factor, its
 * log q moves by as much: so much may the log q of a sample and of the same row judged again differ
 * (docs/adr/0011-cuda.md has figures).
 *
 * <p>If the device fails, all but {@link #close} throw {@link
 * dev.cmt.flow.FlowUnavailableException}; what was on it is lost.
 */
public final class CudaFlow implements Flow {
  private static final Pattern PRODUCTS = Pattern.compile("matrix product cublaslt (\\w+)$");
  private static final Pattern GPU = Pattern.compile("gpu:(\\d{1,4})");
  private static final int NAME_BYTES = 256;

  /** Bounds what a copy of rows takes on the host. */
  private static final int ROWS_PER_COPY = 1 << 14;

  /** Numbers of one step's figures. */
  private static final int FIGURES = 5;

  private final FlowLayout layout;
  private final int device;
  private final CudaNative.Handle handle;
  private final String description;
  private boolean fitting;
  private boolean closed;

  private CudaFlow(FlowLayout layout, int device, CudaProducts products, String library) {
    this.layout = layout;
    this.device = device;
    handle = describe(CudaLibrary.load(library), layout);
    try {
      for (int pair = 0; pair < layout.pairs().size(); pair++) {
        for (Coupling coupling : layout.pairs().get(pair)) {
          add(coupling);
        }
        check(handle.addShift(layout.shift(pair)));
      }
      check(handle.start(ControlVariate.MAX_RATIO, device, products.ordinal()));
      byte[] name = new byte[NAME_BYTES];
      check(handle.describe(device, name, name.length));
      description =
          "cuda gpu:%d (%s), float32, matrix product cublaslt %s"
              .formatted(device, text(name), products.label());
    } catch (RuntimeException | Error e) {
      handle.close();
      throw e;
    }
  }

  /**
   * Opens a flow whose parameters and moments are all zero until {@link #importState} sets them.
   *
   * @param layout the flow's layers
   * @param device {@code gpu:N} with N the number of the GPU, counted from 0
   * @throws IllegalArgumentException if the device has no such form, or the system property {@code
   *     cmt.cuda.products} is none of tf32, fp32 and bf16
   * @throws dev.cmt.flow.FlowUnavailableException if the GPU library was not built or does not
   *     load, or the GPU is not there or has too little memory
   */
  public static CudaFlow open(FlowLayout layout, String device) {
    Matcher gpu = GPU.matcher(device);
    if (!gpu.matches()) {
      throw new IllegalArgumentException(
          "The device (%s) must be gpu:N, such as gpu:0.".formatted(device));
    }
    return open(layout, Integer.parseInt(gpu.group(1)), CudaProducts.choose());
  }

  static CudaFlow open(FlowLayout layout, int device, CudaProducts products) {
    return open(layout, device, products, CudaLibrary.path());
  }

  /** With a library of the caller's. */
  static CudaFlow open(FlowLayout layout, int device, CudaProducts products, String library) {
    return new CudaFlow(layout, device, products, library);
  }

  /** Whether this CMT was built with its GPU library. */
  public static boolean isIncluded() {
    return CudaLibrary.isIncluded();
  }

  /**
   * How matrix products of an engine are rounded.
   *
   * @param engineDescription of any engine
   * @return {@code tf32} or {@code bf16}, or {@code fp32} for engines that round no factors
   */
  public static String rounding(String engineDescription) {
    Matcher products = PRODUCTS.matcher(engineDescription);
    return products.find() ? products.group(1) : CudaProducts.FP32.label();
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
    FlowArguments.requireRows(rows, 0, dimension(), u.length, logDensity.length);
    long stream = BaseDistribution.stream(step, firstRow);
    BaseDistribution.stream(step, firstRow + Math.max(0, rows - 1));
    check(handle.sample(runSeed, stream, rows, u, logDensity));
  }

  @Override
  public void logDensity(float[] u, int rows, double[] logDensity) {
    requireOpen();
    FlowArguments.requireRows(rows, 0, dimension(), u.length, logDensity.length);
    check(handle.logDensity(u, rows, logDensity));
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
    FlowArguments.requireRows(rows, 1, dimension(), u.length, weights.length);
    FlowArguments.requireWeights(weights, rows);
    FlowArguments.requireControl(logProposal, control, rows);
    double[] figures = new double[FIGURES];
    check(handle.train(u, weights, logProposal, control, rows, numbers(settings), figures));
    return trainingStep(figures, 0);
  }

  /** Copies the buffer to the device, where there is room for one. */
  @Override
  public Fit fit(float[] u, double[] weights, double[] logProposal, int rows) {
    requireOpen();
    FlowArguments.requireRows(rows, 1, dimension(), u.length, weights.length);
    FlowArguments.requireWeights(weights, rows);
    FlowArguments.requireProposals(logProposal, rows);
    if (fitting) {
      throw new IllegalStateException("The flow has a fit open already; close it first.");
    }
    check(handle.openRows(rows));
    for (int from = 0; from < rows; from += ROWS_PER_COPY) {
      int to = Math.min(rows, from + ROWS_PER_COPY);
      check(
          handle.putRows(
              from,
              to - from,
              Arrays.copyOfRange(u, from * dimension(), to * dimension()),
              Arrays.copyOfRange(weights, from, to),
              Arrays.copyOfRange(logProposal, from, to)));
    }
    fitting = true;
    return new CudaFit(this, rows);
  }

  @Override
  public FlowState exportState() {
    requireOpen();
    int count = parameterCount();
    float[] parameters = new float[count];
    float[] first = new float[count];
    float[] second = new float[count];
    long[] counters = new long[2];
    check(handle.exportState(parameters, first, second, counters));
    return new FlowState(parameters, first, second, counters[0], counters[1]);
  }

  @Override
  public void importState(FlowState state) {
    requireOpen();
    FlowArguments.requireState(state, parameterCount());
    check(
        handle.importState(
            state.parameters(),
            state.firstMoment(),
            state.secondMoment(),
            state.appliedUpdates(),
            state.scheduleStep()));
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      handle.close();
    }
  }

  /**
   * Gradient steps on rows of the open fit.
   *
   * @param variate {@code [2]} the control variate's means, read and written
   */
  TrainingStep[] fit(
      int[] minibatchRows,
      int batchSize,
      boolean controlled,
      double[] variate,
      OptimizerSettings settings) {
    requireOpen();
    int count = minibatchRows.length / batchSize;
    double[] figures = new double[FIGURES * count];
    check(
        handle.fit(
            minibatchRows, count, batchSize, controlled, variate, numbers(settings), figures));
    TrainingStep[] steps = new TrainingStep[count];
    for (int step = 0; step < count; step++) {
      steps[step] = trainingStep(figures, step);
    }
    return steps;
  }

  /** The matrix products of a gradient step of so many rows, or of their densities, alone. */
  void multiplyOnly(int rows, boolean withGradient) {
    requireOpen();
    check(handle.multiplyOnly(rows, withGradient));
  }

  /** The device keeps the memory for the next fit. */
  void fitClosed() {
    fitting = false;
  }

  private static TrainingStep trainingStep(double[] figures, int step) {
    int at = step * FIGURES;
    return new TrainingStep(
        figures[at], figures[at + 1], figures[at + 2], figures[at + 3], figures[at + 4] != 0);
  }

  private static double[] numbers(OptimizerSettings settings) {
    return new double[] {
      settings.learningRate(),
      settings.weightDecay(),
      settings.maxGradientNorm(),
      settings.warmupSteps(),
      settings.totalSteps()
    };
  }

  FlowLayout layout() {
    return layout;
  }

  private int dimension() {
    return layout.architecture().dimension();
  }

  private static CudaNative.Handle describe(CudaNative.Library library, FlowLayout layout) {
    FlowArchitecture architecture = layout.architecture();
    return new CudaNative.Handle(
        library,
        architecture.dimension(),
        architecture.bins(),
        layout.parameterCount(),
        new BaseDistribution(architecture.channels()).truncatedNormalColumns(),
        layout.circularColumns(),
        new double[] {
          BaseDistribution.MEAN,
          BaseDistribution.SIGMA,
          BaseDistribution.LOG_NORMALIZER,
          BaseDistribution.TAIL_MASS
        });
  }

  private void add(Coupling coupling) {
    int[] layers = NativeLayers.of(layout.architecture(), coupling);
    check(
        handle.addCoupling(
            coupling.transformed(),
            coupling.transformed().length,
            coupling.plainTransformed(),
            coupling.conditioning(),
            coupling.conditioning().length,
            coupling.plainConditioning(),
            layers,
            coupling.layers().size()));
  }

  private void check(int status) {
    if (status != 0) {
      CudaStatus.check(status, device, handle.error().getString(StandardCharsets.UTF_8));
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("The flow was closed; open another one.");
    }
  }

  private static String text(byte[] zeroEnded) {
    int length = 0;
    while (zeroEnded[length] != 0) {
      length++;
    }
    return new String(zeroEnded, 0, length, StandardCharsets.UTF_8);
  }
}
