package dev.cmt.actors.bench;

import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.EnergyUnavailableException;
import dev.cmt.energy.Target;
import dev.cmt.energy.TargetSettings;
import dev.cmt.energy.Targets;
import dev.cmt.energy.openmm.OpenMmPlatform;
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
 * Energies a second of the kernel and of OpenMM's platforms: built-in molecules, with and without
 * forces, on one core and on all. Every instance of an engine uses one thread, as in a run.
 */
public final class EnergyBenchmark {
  /** Uniform displacement of every coordinate, of the size of thermal motion. */
  private static final double DISPLACEMENT_NM = 0.005;

  private static final long SEED = 1;

  /** Single precision stays well within this where atoms do not clash, double within 1e-9. */
  private static final double AGREEMENT_KJ_PER_MOL = 0.1;

  /** The same of forces, and of their size. */
  private static final double FORCE_AGREEMENT_KJ_PER_MOL_NM = 1;

  private static final double FORCE_AGREEMENT = 1e-3;

  /** From here on up atoms clash, and single precision has nothing to say. */
  private static final double CLASH_KJ_PER_MOL = 1e4;

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

  /**
   * {@code [rows][atoms][3]} nm; the first rows are the same however many there are. Every other
   * row is near the minimum, as a run's last samples are near minima, and those between have
   * torsions at random, as its first samples have: a vector of conformations then takes all ways
   * through a kernel, where conformations of one kind would let it take the shortest.
   */
  private static double[] conformations(MolecularSystem molecule, int rows) {
    double[] minimum = molecule.minimizedNm();
    double[] positions = new double[rows * minimum.length];
    CounterRandom.uniforms(SEED, 0, positions);
    for (int i = 0; i < positions.length; i++) {
      positions[i] = minimum[i % minimum.length] + DISPLACEMENT_NM * (2 * positions[i] - 1);
    }
    Target target =
        Targets.create(
            molecule.name(),
            new TargetSettings(300, 1e8, 1e20, EnergyEngine.KERNEL, OpenMmPlatform.REFERENCE));
    int dimension = target.dimension();
    int torsions = target.channels().get(target.channels().size() - 1).size();
    float[] atMinimum = new float[dimension];
    target.unmap(minimum, 1, atMinimum, new double[1]);
    double[] angles = new double[torsions];
    float[] u = atMinimum.clone();
    double[] turned = new double[minimum.length];
    for (int row = 1; row < rows; row += 2) {
      CounterRandom.uniforms(SEED, row, angles);
      for (int n = 0; n < torsions; n++) {
        u[dimension - torsions + n] = (float) angles[n];
      }
      target.map(u, 1, turned, new double[1]);
      System.arraycopy(turned, 0, positions, row * turned.length, turned.length);
    }
    return positions;
  }

  private static void requireAgreement(
      MolecularSystem molecule, Map<EnergyContender, EnergyCrew> crews) {
    EnergyCrew.Answer expected = null;
    for (Map.Entry<EnergyContender, EnergyCrew> crew : crews.entrySet()) {
      EnergyCrew.Answer found = crew.getValue().answer();
      expected = expected == null ? found : expected;
      int width = molecule.minimizedNm().length;
      for (int row = 0;
          row < Math.min(found.energies().length, expected.energies().length);
          row++) {
        if (expected.energies()[row] < CLASH_KJ_PER_MOL && !agree(found, expected, row, width)) {
          throw new IllegalStateException(
              "%s says %.6f kJ/mol of conformation %d of %s where another engine says %.6f, or other forces: comparing their speed would mean nothing. Please report this."
                  .formatted(
                      crew.getKey().label(),
                      found.energies()[row],
                      row,
                      molecule.name(),
                      expected.energies()[row]));
        }
      }
    }
  }

  /** Written so that NaN disagrees. */
  private static boolean agree(
      EnergyCrew.Answer found, EnergyCrew.Answer expected, int row, int width) {
    boolean agree =
        Math.abs(found.energies()[row] - expected.energies()[row]) <= AGREEMENT_KJ_PER_MOL;
    for (int i = row * width; i < (row + 1) * width; i++) {
      double force = expected.forces()[i];
      agree &=
          Math.abs(found.forces()[i] - force)
              <= FORCE_AGREEMENT_KJ_PER_MOL_NM + FORCE_AGREEMENT * Math.abs(force);
    }
    return agree;
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
                "Conformations within ±%.0f pm of the minimum and with torsions at random, in turns; engines agree within %s kJ/mol wherever atoms do not clash.",
                1e3 * DISPLACEMENT_NM,
                AGREEMENT_KJ_PER_MOL)),
        new EnergyTable(figures, cores).text(systems));
  }
}
