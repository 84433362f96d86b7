package dev.cmt.energy;

import dev.cmt.energy.kernel.BatchedEnergy;
import dev.cmt.energy.kernel.BatchedMappedEnergy;
import dev.cmt.energy.molecule.MolecularTarget;
import dev.cmt.energy.molecule.PlainMappedEnergy;
import dev.cmt.energy.molecule.ZMatrix;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What a row of unit coordinates of alanine dipeptide costs, in microseconds of its thread's time
 * on a processor, so that other load on the machine matters little. A main program, not a test.
 */
public final class MappedEnergyBenchmark {
  private static final int ROWS = 4096;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private MappedEnergyBenchmark() {}

  /** Prints a table; takes about ten seconds of a free processor. */
  public static void main(String[] args) throws Exception {
    String name = "alanine-dipeptide";
    MolecularSystem system = BuiltInSystems.load(name);
    ZMatrix zMatrix = ZMatrix.parse(BuiltInSystems.zMatrix(name));
    MolecularTarget kernel = target(system, zMatrix, EnergyEngine.KERNEL);
    MolecularTarget auto = target(system, zMatrix, EnergyEngine.AUTO);
    float[] u = rows(kernel);
    double[] x = new double[ROWS * kernel.spaceDimension()];
    double[] energies = new double[ROWS];
    double[] volumes = new double[ROWS];
    double[] slopes = new double[u.length];
    double[] volumeSlopes = new double[u.length];
    RowFailure[] failures = new RowFailure[ROWS];
    try (BatchedEnergy batched = BatchedEnergy.open(system.systemXml());
        BatchedMappedEnergy mapped =
            BatchedMappedEnergy.open(system.systemXml(), kernel.unitMap().toKernel());
        PlainMappedEnergy plain =
            new PlainMappedEnergy(kernel.unitMap(), BatchedEnergy.open(system.systemXml()));
        Evaluator kernelEvaluator = kernel.openEvaluator();
        Evaluator autoEvaluator = auto.openEvaluator()) {
      tell("map in Java", 24, () -> kernel.map(u, ROWS, x, volumes));
      tell("energies alone", 24, () -> batched.evaluate(x, ROWS, energies, null, failures));
      tell(
          "Java's map, then the kernel",
          24,
          () -> plain.evaluate(u, ROWS, energies, volumes, failures));
      tell(
          "native map with energies",
          24,
          () -> mapped.evaluate(u, ROWS, energies, volumes, failures));
      tell(
          "the same with gradients",
          24,
          () -> mapped.differentiate(u, ROWS, energies, volumes, slopes, volumeSlopes, failures));
      double alone = tell("evaluator, engine kernel", 24, () -> kernelEvaluator.evaluate(u, ROWS));
      double checked = tell("evaluator, engine auto", 64, () -> autoEvaluator.evaluate(u, ROWS));
      System.out.printf("checking costs %.1f %%%n", 100 * (checked / alone - 1));
    }
    double together = together(auto, u);
    System.out.printf("%-30s %8.3f us/row%n", "two evaluators at once, each", together);
  }

  private static double tell(String what, int batches, Runnable batch) {
    double cost = cost(batches, batch);
    System.out.printf("%-30s %8.3f us/row%n", what, cost);
    return cost;
  }

  /** Microseconds of this thread a row, after a quarter as many batches to warm up. */
  private static double cost(int batches, Runnable batch) {
    for (int n = 0; n < batches / 4; n++) {
      batch.run();
    }
    long start = THREADS.getCurrentThreadCpuTime();
    for (int n = 0; n < batches; n++) {
      batch.run();
    }
    return (THREADS.getCurrentThreadCpuTime() - start) / 1e3 / batches / ROWS;
  }

  private static double together(MolecularTarget target, float[] u) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Callable<Double> worker =
          () -> {
            try (Evaluator evaluator = target.openEvaluator()) {
              return cost(64, () -> evaluator.evaluate(u, ROWS));
            }
          };
      List<Future<Double>> costs =
          new ArrayList<>(List.of(threads.submit(worker), threads.submit(worker)));
      double sum = 0;
      for (Future<Double> cost : costs) {
        sum += cost.get();
      }
      return sum / 2;
    } finally {
      threads.shutdown();
    }
  }

  private static MolecularTarget target(
      MolecularSystem system, ZMatrix zMatrix, EnergyEngine engine) {
    return new MolecularTarget(
        system, zMatrix, new TargetSettings(300, 1e8, 1e20, engine, OpenMmPlatform.AUTO));
  }

  /** The prior: normals about the minimum, torsions anywhere. */
  private static float[] rows(MolecularTarget target) {
    SplittableRandom random = new SplittableRandom(1);
    int d = target.dimension();
    int torsions = target.channels().get(2).size();
    float[] u = new float[ROWS * d];
    for (int n = 0; n < u.length; n++) {
      double value =
          n % d >= d - torsions ? random.nextDouble() : 0.5 + 0.1 * random.nextGaussian();
      u[n] = (float) Math.min(1, Math.max(0, value));
    }
    return u;
  }
}
