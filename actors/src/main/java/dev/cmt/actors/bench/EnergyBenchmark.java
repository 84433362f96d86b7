package dev.cmt.actors.bench;

import dev.cmt.energy.EnergyUnavailableException;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import dev.cmt.flow.base.CounterRandom;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;

/**
 * Energies a second of the kernel and of OpenMM's platforms: built-in molecules near their minimum,
 * with and without forces, on one core and on all. Every instance of an engine uses one thread, as
 * in a run.
 */
public final class EnergyBenchmark {
  /** Uniform displacement of every coordinate, of the size of thermal motion. */
  private static final double DISPLACEMENT_NM = 0.005;

  private static final long SEED = 1;

  /** Single precision stays well within this on such conformations, double within 1e-9. */
  private static final double AGREEMENT_KJ_PER_MOL = 0.1;

  /** A repetition's aim: long beside waking a thread, short beside other load. */
  private static final double REPETITION_SECONDS = 0.01;

  private static final boolean[] MODES = {false, true};

  /** What one timing is of. */
  private record Key(EnergyContender engine, int cores) {}

  private final double seconds;
  private final int cores = Runtime.getRuntime().availableProcessors();
  private final List<EnergyFigure> figures = new ArrayList<>();
  private final Set<String> missing = new LinkedHashSet<>();

  private EnergyBenchmark(double seconds) {
    this.seconds = seconds;
  }

  /**
   * Measures.
   *
   * @param systems names of built-in molecules
   * @param seconds for each speed, above 0
   * @param progress hears how far it is, on the calling thread
   * @throws IllegalArgumentException if no built-in molecule has such a name, or seconds is not
   *     above 0
   * @throws IllegalStateException if two engines disagree on an energy
   */
  public static BenchReport run(List<String> systems, double seconds, Consumer<Progress> progress) {
    if (!(seconds > 0) || !Double.isFinite(seconds)) {
      throw new IllegalArgumentException(
          "The seconds for each figure (%s) must be a finite number above 0.".formatted(seconds));
    }
    List<MolecularSystem> molecules = systems.stream().map(BuiltInSystems::load).toList();
    EnergyBenchmark benchmark = new EnergyBenchmark(seconds);
    ExecutorService threads = Executors.newFixedThreadPool(benchmark.cores);
    try {
      for (int i = 0; i < molecules.size(); i++) {
        String now = "energies of " + systems.get(i);
        double before = i;
        progress.accept(new Progress(now, before / systems.size()));
        benchmark.measure(
            molecules.get(i),
            threads,
            done -> progress.accept(new Progress(now, (before + done) / systems.size())));
      }
    } finally {
      threads.shutdown();
    }
    return benchmark.report(systems);
  }

  private void measure(MolecularSystem molecule, ExecutorService threads, DoubleConsumer progress) {
    Map<EnergyContender, EnergyCrew> crews = new EnumMap<>(EnergyContender.class);
    try {
      for (EnergyContender engine : EnergyContender.values()) {
        try {
          crews.put(engine, open(engine, molecule, threads));
        } catch (EnergyUnavailableException | IllegalArgumentException e) {
          missing.add("%s: %s".formatted(engine.label(), e.getMessage()));
        }
      }
      requireAgreement(molecule, crews);
      double before = 0;
      for (boolean forces : MODES) {
        double done = before;
        measure(molecule, crews, forces, part -> progress.accept((done + part) / MODES.length));
        before++;
      }
    } finally {
      crews.values().forEach(EnergyCrew::close);
    }
  }

  private EnergyCrew open(
      EnergyContender engine, MolecularSystem molecule, ExecutorService threads) {
    return new EnergyCrew(
        () -> engine.open(molecule.systemXml()),
        cores,
        conformations(molecule, engine.rows()),
        engine.rows(),
        threads);
  }

  /** {@code [rows][atoms][3]} nm; the first rows are the same however many there are. */
  private static double[] conformations(MolecularSystem molecule, int rows) {
    double[] minimum = molecule.minimizedNm();
    double[] positions = new double[rows * minimum.length];
    CounterRandom.uniforms(SEED, 0, positions);
    for (int i = 0; i < positions.length; i++) {
      positions[i] = minimum[i % minimum.length] + DISPLACEMENT_NM * (2 * positions[i] - 1);
    }
    return positions;
  }

  private static void requireAgreement(
      MolecularSystem molecule, Map<EnergyContender, EnergyCrew> crews) {
    double[] expected = null;
    for (Map.Entry<EnergyContender, EnergyCrew> crew : crews.entrySet()) {
      double[] found = crew.getValue().energies();
      expected = expected == null ? found : expected;
      for (int row = 0; row < Math.min(found.length, expected.length); row++) {
        // Written so that NaN disagrees.
        if (!(Math.abs(found[row] - expected[row]) <= AGREEMENT_KJ_PER_MOL)) {
          throw new IllegalStateException(
              "%s says %.6f kJ/mol of conformation %d of %s where another engine says %.6f: comparing their speed would mean nothing. Please report this."
                  .formatted(
                      crew.getKey().label(), found[row], row, molecule.name(), expected[row]));
        }
      }
    }
  }

  private void measure(
      MolecularSystem molecule,
      Map<EnergyContender, EnergyCrew> crews,
      boolean forces,
      DoubleConsumer progress) {
    Contest<Key> contest = new Contest<>();
    Map<Key, Double> evaluations = new HashMap<>();
    crews.forEach(
        (engine, crew) -> {
          int batches = batchesOfARepetition(crew, forces);
          for (int working : cores == 1 ? new int[] {1} : new int[] {1, cores}) {
            Key key = new Key(engine, working);
            evaluations.put(key, (double) engine.rows() * batches * working);
            contest.add(key, () -> crew.run(working, batches, forces));
          }
        });
    Map<Key, Timing> timings = contest.run(seconds, progress);
    Map<Key, Double> rates = new LinkedHashMap<>();
    timings.forEach((key, timing) -> rates.put(key, evaluations.get(key) / timing.best()));
    rates.forEach(
        (key, rate) -> {
          double openMm =
              rates.entrySet().stream()
                  .filter(r -> r.getKey().engine.isOpenMm() && r.getKey().cores == key.cores)
                  .mapToDouble(Map.Entry::getValue)
                  .max()
                  .orElse(Double.NaN);
          figures.add(
              new EnergyFigure(
                  molecule.name(),
                  molecule.atoms().size(),
                  forces,
                  key.engine.label(),
                  key.cores,
                  rate,
                  evaluations.get(key) / timings.get(key).median(),
                  Double.isNaN(openMm) ? null : rate / openMm,
                  rate / rates.get(new Key(key.engine, 1))));
        });
  }

  /** Found on warm code: the last of a few runs counts. */
  private static int batchesOfARepetition(EnergyCrew crew, boolean forces) {
    double once = 0;
    for (int i = 0; i < 3; i++) {
      long start = System.nanoTime();
      crew.run(1, 1, forces);
      once = (System.nanoTime() - start) * 1e-9;
    }
    return (int) Math.max(1, Math.ceil(REPETITION_SECONDS / once));
  }

  private BenchReport report(List<String> systems) {
    return new BenchReport(
        "energy",
        Machine.here(),
        "energies (E) and energies with forces (E+F) a second",
        figures,
        List.copyOf(missing),
        List.of(
            "x OpenMM: over the faster of OpenMM's platforms on as many cores; scaling: over the same engine on one core.",
            String.format(
                Locale.ROOT,
                "Fastest of repetitions of about %.0f ms; engines take turns, %s s each.",
                1e3 * REPETITION_SECONDS,
                seconds),
            String.format(
                Locale.ROOT,
                "Conformations within ±%.0f pm of the minimum, on which all engines agree within %s kJ/mol.",
                1e3 * DISPLACEMENT_NM,
                AGREEMENT_KJ_PER_MOL)),
        new EnergyTable(figures, cores).text(systems));
  }
}
