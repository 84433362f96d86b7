package dev.cmt.actors.bench;

import dev.cmt.actors.config.ConfiguredTarget;
import dev.cmt.actors.config.FlowArchitectures;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.flow.ControlVariate;
import dev.cmt.flow.Fit;
import dev.cmt.flow.Flow;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowEngine;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.FlowUnavailableException;
import dev.cmt.flow.Flows;
import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.base.CounterRandom;
import dev.cmt.flow.coupling.FlowLayout;
import dev.cmt.flow.cuda.CudaFloor;
import dev.cmt.flow.fast.MatrixFloor;
import dev.cmt.flow.fast.NativeFlow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Times of a flow's training step, log-density and sampling on each engine of a device, beside the
 * time of its matrix products alone.
 */
public final class FlowBenchmark {
  private static final long SEED = 1;

  /** Bends every spline as training does, and leaves engines apart by float32 rounding only. */
  private static final double BEND = 0.05;

  /** Of the batch's mean log-density, some tens of nats; float32 rounding is far below. */
  private static final double AGREEMENT_NATS = 0.01;

  /** Of the control variate, where a config has one. */
  private static final double CONTROL = 0.5;

  /** A rate so low that the flow stays what it is; clipping and decay as the paper's. */
  private static final OptimizerSettings OPTIMIZER =
      new OptimizerSettings(1e-12, 1e-5, 100, 0, Long.MAX_VALUE);

  /** What is timed, in the order of the table. */
  enum Work {
    TRAINING_STEP("training step"),
    LOG_PROB("log-prob"),
    SAMPLE("sample");

    private final String label;

    Work(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  private record Key(String engine, Work work) {}

  private final FlowLayout layout;
  private final String device;
  private final FlowState state;
  private final int rows;
  private final int threads;
  private final float[] u;
  private final double[] weights;
  private final double[] logDensity;
  private final Contest<Key> contest = new Contest<>();
  private final Deque<Runnable> closers = new ArrayDeque<>();
  private final List<String> floors = new ArrayList<>();
  private final Map<String, String> descriptions = new LinkedHashMap<>();
  private final Map<String, Double> meanLogDensities = new LinkedHashMap<>();
  private final List<String> missing = new ArrayList<>();
  private double forwardOperations;

  private FlowBenchmark(FlowLayout layout, String device, int rows, int threads) {
    this.layout = layout;
    this.device = device;
    this.rows = rows;
    this.threads = threads;
    FlowState start = Flows.initialState(layout, SEED);
    double[] noise = uniforms(start.parameters().length, 0);
    for (int i = 0; i < noise.length; i++) {
      start.parameters()[i] += (float) (BEND * (2 * noise[i] - 1));
    }
    state = start;
    double[] points = uniforms(rows * layout.architecture().dimension(), 1);
    u = new float[points.length];
    for (int i = 0; i < u.length; i++) {
      u[i] = (float) points[i];
    }
    weights = uniforms(rows, 2);
    logDensity = new double[rows];
  }

  /**
   * Measures the flow of a config.
   *
   * @param config whose flow; the device and engine it names do not matter
   * @param device {@code cpu} or {@code gpu:N}
   * @param rows rows of a batch, at least 1
   * @param threads of each engine, 1 to {@value NativeFlow#MAX_THREADS}
   * @param seconds for each time, above 0; at least ten repetitions, however long they take
   * @param progress hears how far it is, on the calling thread
   * @throws IllegalArgumentException if a number is out of range
   * @throws IllegalStateException if two engines disagree on log-densities
   */
  public static BenchReport run(
      RunConfig config,
      String device,
      int rows,
      int threads,
      double seconds,
      Consumer<Progress> progress) {
    FlowArchitecture architecture =
        FlowArchitectures.architecture(ConfiguredTarget.create(config), config.flow());
    int most = (Integer.MAX_VALUE - 8) / architecture.dimension();
    if (rows < 1 || rows > most) {
      throw new IllegalArgumentException(
          "The rows of a batch (%d) must be between 1 and %d.".formatted(rows, most));
    }
    if (threads < 1 || threads > NativeFlow.MAX_THREADS) {
      throw new IllegalArgumentException(
          "The threads (%d) must be between 1 and %d.".formatted(threads, NativeFlow.MAX_THREADS));
    }
    if (!(seconds > 0) || !Double.isFinite(seconds)) {
      throw new IllegalArgumentException(
          "The seconds for each figure (%s) must be a finite number above 0.".formatted(seconds));
    }
    progress.accept(new Progress("flow engines", 0));
    FlowBenchmark benchmark =
        new FlowBenchmark(new FlowLayout(architecture), device, rows, threads);
    try {
      double control = config.training().controlVariate() ? CONTROL : 0;
      if (device.equals("cpu")) {
        benchmark.enterFloors();
        benchmark.enter("native", FlowEngine.NATIVE, control);
      } else {
        benchmark.enterCudaFloor();
        benchmark.enter("cuda", FlowEngine.CUDA, control);
      }
      benchmark.enter("djl", FlowEngine.DJL, control);
      benchmark.requireAgreement();
      Map<Key, Timing> timings =
          benchmark.contest.run(
              seconds, done -> progress.accept(new Progress("flow engines", done)));
      return benchmark.report(config, timings, seconds);
    } finally {
      benchmark.closers.forEach(Runnable::run);
    }
  }

  private void enterFloors() {
    try {
      for (MatrixFloor floor : MatrixFloor.open(layout, rows, threads)) {
        closers.push(floor::close);
        String name = "products (%s)".formatted(floor.name());
        floors.add(name);
        forwardOperations = floor.forwardOperations();
        contest.add(
            new Key(name, Work.TRAINING_STEP),
            () -> {
              floor.forward();
              floor.backward();
            });
        contest.add(new Key(name, Work.LOG_PROB), floor::forward);
        contest.add(new Key(name, Work.SAMPLE), floor::forward);
      }
    } catch (FlowUnavailableException e) {
      missing.add("products: " + e.getMessage());
    }
  }

  private void enterCudaFloor() {
    try {
      CudaFloor floor = CudaFloor.open(layout, device, state, u, rows);
      closers.push(floor::close);
      String name = "products (cublaslt)";
      floors.add(name);
      forwardOperations = floor.forwardOperations();
      contest.add(new Key(name, Work.TRAINING_STEP), floor::step);
      contest.add(new Key(name, Work.LOG_PROB), floor::forward);
      contest.add(new Key(name, Work.SAMPLE), floor::forward);
    } catch (FlowUnavailableException e) {
      missing.add("products: " + e.getMessage());
    }
  }

  private void enter(String name, FlowEngine engine, double control) {
    Flow flow;
    try {
      flow = Flows.open(layout.architecture(), engine, device, threads, SEED);
    } catch (FlowUnavailableException e) {
      missing.add("%s: %s".formatted(name, e.getMessage()));
      return;
    }
    closers.push(flow::close);
    flow.importState(state);
    descriptions.put(name, flow.engineDescription());
    flow.logDensity(u, rows, logDensity);
    double sum = 0;
    for (double value : logDensity) {
      sum += value;
    }
    meanLogDensities.put(name, sum / rows);
    double[] logProposal = logDensity.clone();
    contest.add(new Key(name, Work.TRAINING_STEP), step(flow, logProposal, control));
    contest.add(new Key(name, Work.LOG_PROB), () -> flow.logDensity(u, rows, logDensity));
    float[] drawn = new float[u.length];
    contest.add(new Key(name, Work.SAMPLE), () -> flow.sample(SEED, 0, 0, rows, drawn, logDensity));
  }

  /** On a GPU as runs do it: the rows are there already. */
  private Runnable step(Flow flow, double[] logProposal, double control) {
    if (device.equals("cpu")) {
      return () -> flow.train(u, weights, logProposal, control, rows, OPTIMIZER);
    }
    Fit fit = flow.fit(u, weights, logProposal, rows);
    closers.push(fit::close);
    int[] all = IntStream.range(0, rows).toArray();
    ControlVariate variate = new ControlVariate(control, 1);
    return () -> fit.train(all, rows, true, variate, OPTIMIZER);
  }

  private void requireAgreement() {
    double least = meanLogDensities.values().stream().mapToDouble(d -> d).min().orElse(0);
    double greatest = meanLogDensities.values().stream().mapToDouble(d -> d).max().orElse(0);
    // Written so that NaN disagrees.
    if (!(greatest - least <= AGREEMENT_NATS)) {
      throw new IllegalStateException(
          "The engines' mean log-densities %s differ by more than %s nats: comparing their speed would mean nothing. Please report this."
              .formatted(meanLogDensities, AGREEMENT_NATS));
    }
  }

  private BenchReport report(RunConfig config, Map<Key, Timing> timings, double seconds) {
    List<FlowFigure> figures = new ArrayList<>();
    timings.forEach(
        (key, timing) ->
            figures.add(
                new FlowFigure(
                    key.engine,
                    key.work.label(),
                    timing.best(),
                    timing.median(),
                    floors.isEmpty() ? null : timing.best() / floor(timings, key.work))));
    List<String> notes = new ArrayList<>();
    descriptions.forEach((name, description) -> notes.add(name + ": " + description));
    if (!floors.isEmpty()) {
      notes.add(
          String.format(
              Locale.ROOT,
              "x floor: over the faster matrix products, which do %.0f GFLOP/s in a training step and %.0f in a log-prob.",
              3e-9 * forwardOperations / floor(timings, Work.TRAINING_STEP),
              1e-9 * forwardOperations / floor(timings, Work.LOG_PROB)));
    }
    notes.add(
        String.format(
            Locale.ROOT,
            "Fastest of at least 10 repetitions; engines take turns, %s s each. Mean log-densities agree within %s nats.",
            seconds,
            AGREEMENT_NATS));
    return new BenchReport(
        "flow", Machine.here(), subject(config), figures, missing, notes, table(figures));
  }

  private double floor(Map<Key, Timing> timings, Work work) {
    return floors.stream()
        .mapToDouble(name -> timings.get(new Key(name, work)).best())
        .min()
        .orElseThrow();
  }

  private String subject(RunConfig config) {
    return "flow of %s on %s: %d pairs, hidden %s, %s, %d bins, %,d parameters; batches of %d rows, %d %s"
        .formatted(
            config.target().system(),
            device,
            config.flow().pairs(),
            config.flow().hidden(),
            config.flow().activation().name().toLowerCase(Locale.ROOT),
            config.flow().bins(),
            layout.parameterCount(),
            rows,
            threads,
            threads == 1 ? "thread" : "threads");
  }

  private static String table(List<FlowFigure> figures) {
    Table table =
        new Table(
            1,
            "milliseconds",
            Work.TRAINING_STEP.label(),
            "x floor",
            Work.LOG_PROB.label(),
            "x floor",
            Work.SAMPLE.label(),
            "x floor");
    for (String engine : figures.stream().map(FlowFigure::engine).distinct().toList()) {
      List<String> cells = new ArrayList<>(List.of(engine));
      for (Work work : Work.values()) {
        FlowFigure figure =
            figures.stream()
                .filter(f -> f.engine().equals(engine) && f.work().equals(work.label()))
                .findFirst()
                .orElseThrow();
        Double ratio = figure.ratioToFloor();
        cells.add(String.format(Locale.ROOT, "%.2f", 1e3 * figure.seconds()));
        cells.add(ratio == null ? "" : String.format(Locale.ROOT, "%.2f", ratio));
      }
      table.add(cells.toArray(String[]::new));
    }
    return table.toString();
  }

  private static double[] uniforms(int count, long stream) {
    double[] draws = new double[count];
    CounterRandom.uniforms(SEED, stream, draws);
    return draws;
  }
}
