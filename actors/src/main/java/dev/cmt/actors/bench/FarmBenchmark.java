package dev.cmt.actors.bench;

import dev.cmt.actors.cluster.TargetSpec;
import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.Target;
import dev.cmt.energy.TargetSettings;
import dev.cmt.energy.Targets;
import dev.cmt.energy.openmm.OpenMmPlatform;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * What a farm costs: a head and nodes, each a JVM of its own on this machine, beside workers in the
 * head's JVM. First with a target that sleeps, where workers should add up to the last one; then
 * with a molecule's kernel, the fastest target there is, where all that lies between head and
 * workers shows.
 */
public final class FarmBenchmark {
  private static final double MILLIS_A_ROW = 1;

  /** A batch of the sleeping target takes 0.1 s. */
  private static final int SLEEPING_ROWS = 100;

  /** The default of energy.batch_rows. */
  private static final int KERNEL_ROWS = 1000;

  /** Parts of a figure's seconds that go by before they count: code is compiled, queues fill. */
  private static final double WARM_UP = 0.6;

  private static final double SETTLE = 0.1;

  /** Turns that farms take, so that load that comes and goes meets all of them. */
  private static final int ROUNDS = 5;

  /**
   * What to measure.
   *
   * @param seconds for each figure, above 0
   * @param nodes processes with workers at most, at least 1
   * @param workers worker threads of the sleeping target at most, at least 1; powers of two up to
   *     them are measured
   * @param system name of the built-in molecule
   */
  public record Plan(double seconds, int nodes, int workers, String system) {
    public Plan {
      if (!(seconds > 0) || !Double.isFinite(seconds)) {
        throw new IllegalArgumentException(
            "The seconds for each figure (%s) must be a finite number above 0.".formatted(seconds));
      }
      if (nodes < 1 || nodes > 64 || workers < 1 || workers > 1024) {
        throw new IllegalArgumentException(
            "The nodes (%d) must be 1 to 64, and the workers (%d) 1 to 1024."
                .formatted(nodes, workers));
      }
    }
  }

  private final Plan plan;
  private final Consumer<Progress> progress;
  private final List<FarmFigure> figures = new ArrayList<>();
  private final int parts;
  private int done;

  private FarmBenchmark(Plan plan, Consumer<Progress> progress) {
    this.plan = plan;
    this.progress = progress;
    this.parts = 1 + crews().size() + kernelCrews().size();
  }

  /**
   * Measures.
   *
   * @param plan what
   * @param progress hears how far it is, on the calling thread
   * @throws IllegalArgumentException if there is no such molecule
   * @throws IllegalStateException if a node does not come up or ends early
   */
  public static BenchReport run(Plan plan, Consumer<Progress> progress) {
    Target molecule =
        Targets.create(
            plan.system(),
            new TargetSettings(300, 1e8, 1e20, EnergyEngine.AUTO, OpenMmPlatform.AUTO));
    QuietCluster.begin();
    FarmBenchmark benchmark = new FarmBenchmark(plan, progress);
    benchmark.measureSleeping();
    benchmark.measureKernel(molecule);
    return benchmark.report();
  }

  /** 1, 2, 4 … and the last. */
  private List<Integer> crews() {
    List<Integer> crews = new ArrayList<>();
    for (int workers = 1; workers < plan.workers(); workers *= 2) {
      crews.add(workers);
    }
    crews.add(plan.workers());
    return crews;
  }

  private static List<Integer> kernelCrews() {
    int cores = Runtime.getRuntime().availableProcessors();
    return cores == 1 ? List.of(1) : List.of(1, cores);
  }

  private void tell(String now) {
    progress.accept(new Progress(now, done++ / (double) parts));
  }

  private void measureSleeping() {
    Target target = new SleepingTarget(MILLIS_A_ROW);
    String name = "%s ms a row, asleep".formatted(number(MILLIS_A_ROW));
    double ideal = 1e3 / MILLIS_A_ROW;
    tell("a worker of this JVM");
    try (Farm here = Farm.here(target, 1, SLEEPING_ROWS)) {
      here.warmUp(WARM_UP * plan.seconds());
      Farm.Window window = here.measure(SETTLE * plan.seconds(), plan.seconds());
      figures.add(figure(name, 0, 1, window, window.rowsPerSecond() / ideal));
    }
    for (int workers : crews()) {
      int nodes = Math.min(workers, plan.nodes());
      tell("%d workers of %d nodes".formatted(workers, nodes));
      try (Farm farm =
          Farm.withNodes(
              target,
              SleepingTarget.spec(),
              shares(workers, nodes),
              SLEEPING_ROWS,
              Optional.of(MILLIS_A_ROW))) {
        farm.warmUp(WARM_UP * plan.seconds());
        Farm.Window window = farm.measure(SETTLE * plan.seconds(), plan.seconds());
        figures.add(
            figure(name, nodes, workers, window, window.rowsPerSecond() / (workers * ideal)));
      }
    }
  }

  private static List<Integer> shares(int workers, int nodes) {
    return IntStream.range(0, nodes)
        .mapToObj(node -> workers / nodes + (node < workers % nodes ? 1 : 0))
        .toList();
  }

  private void measureKernel(Target molecule) {
    TargetSpec spec =
        new TargetSpec(
            plan.system(), Map.of(), "", 300, 1e8, 1e20, EnergyEngine.AUTO, OpenMmPlatform.AUTO);
    for (int workers : kernelCrews()) {
      tell("%s, %d workers here and in a node".formatted(plan.system(), workers));
      try (Farm here = Farm.here(molecule, workers, KERNEL_ROWS);
          Farm farm =
              Farm.withNodes(molecule, spec, List.of(workers), KERNEL_ROWS, Optional.empty())) {
        here.warmUp(WARM_UP * plan.seconds());
        farm.warmUp(WARM_UP * plan.seconds());
        Farm.Window best = null;
        Farm.Window bestThere = null;
        for (int round = 0; round < ROUNDS; round++) {
          best = faster(best, here.measure(SETTLE * plan.seconds(), plan.seconds() / ROUNDS));
          bestThere =
              faster(bestThere, farm.measure(SETTLE * plan.seconds(), plan.seconds() / ROUNDS));
        }
        figures.add(figure(plan.system(), 0, workers, best, null));
        figures.add(
            figure(
                plan.system(),
                1,
                workers,
                bestThere,
                bestThere.rowsPerSecond() / best.rowsPerSecond()));
      }
    }
  }

  private static Farm.Window faster(Farm.Window one, Farm.Window other) {
    return one == null || other.rowsPerSecond() > one.rowsPerSecond() ? other : one;
  }

  private static FarmFigure figure(
      String target, int nodes, int workers, Farm.Window window, Double ratio) {
    return new FarmFigure(
        target,
        nodes,
        workers,
        window.rowsPerSecond(),
        ratio,
        window.headCpuMicros(),
        window.nodesCpuMicros());
  }

  private BenchReport report() {
    return new BenchReport(
        "farm",
        Machine.here(),
        "evaluations a second of workers in this JVM and in nodes, processes of their own on this machine",
        figures,
        List.of(),
        List.of(
            "ratio, %s: over workers that do nothing but sleep; batches of %d rows."
                .formatted(figures.get(0).target(), SLEEPING_ROWS),
            "ratio, %s: over as many workers of this JVM, in turns; batches of %d rows; the fastest of %d turns."
                .formatted(plan.system(), KERNEL_ROWS, ROUNDS),
            "CPU: time of all threads of a process over its evaluations; with workers in this JVM theirs too.",
            breakEven()),
        table());
  }

  /**
   * An evaluation that the head gives away costs it what it takes to send a row and to receive its
   * energy; from there on it is better given away.
   */
  private String breakEven() {
    double away =
        figures.stream()
            .filter(figure -> figure.target().equals(plan.system()) && figure.nodes() > 0)
            .mapToDouble(FarmFigure::headCpuMicros)
            .min()
            .orElseThrow();
    return String.format(
        Locale.ROOT,
        "A row given to a node costs the head %.2f µs: a farm pays where an evaluation takes a core longer, and a head's core keeps as many workers busy as it takes times longer.",
        away);
  }

  private String table() {
    Table table =
        new Table(2, "target", "workers in", "workers", "/s", "ratio", "CPU µs head", "nodes");
    String before = figures.get(0).target();
    for (FarmFigure figure : figures) {
      if (!figure.target().equals(before)) {
        table.add();
      }
      before = figure.target();
      table.add(
          figure.target(),
          where(figure.nodes()),
          Integer.toString(figure.workers()),
          String.format(Locale.ROOT, "%,.0f", figure.evaluationsPerSecond()),
          figure.ratio() == null ? "" : String.format(Locale.ROOT, "%.3f", figure.ratio()),
          String.format(Locale.ROOT, "%.2f", figure.headCpuMicros()),
          figure.nodes() == 0 ? "" : String.format(Locale.ROOT, "%.2f", figure.nodesCpuMicros()));
    }
    return table.toString();
  }

  private static String where(int nodes) {
    return nodes == 0 ? "this JVM" : nodes == 1 ? "1 node" : nodes + " nodes";
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
