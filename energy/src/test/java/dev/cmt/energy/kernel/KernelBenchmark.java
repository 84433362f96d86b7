package dev.cmt.energy.kernel;

import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.openmm.OpenMmEnergy;
import dev.cmt.energy.openmm.OpenMmPlatform;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Evaluations a second of the kernel and of OpenMM's platforms on one thread, and the kernel's gain
 * over the better platform. The best of many short batches of conformations from dynamics counts,
 * so that other load on the machine matters little. A main program, not a test.
 */
public final class KernelBenchmark {
  private static final double SECONDS = 1.2;

  private KernelBenchmark() {}

  /** Prints a table of the systems named, or of all, which takes about two minutes. */
  public static void main(String[] args) {
    System.out.printf(
        "%-22s %-4s %12s %12s %12s %12s %8s %8s%n",
        "system", "", "Reference", "CPU", "double", "single", "gain", "gain f32");
    for (String name : args.length > 0 ? List.of(args) : ReferenceConformations.SYSTEMS) {
      ReferenceConformations reference = ReferenceConformations.load(name);
      String xml = reference.systemXml();
      Map<Supplier<PotentialEnergy>, Integer> engines = new LinkedHashMap<>();
      engines.put(() -> OpenMmEnergy.open(xml, OpenMmPlatform.REFERENCE), 4);
      engines.put(() -> OpenMmEnergy.open(xml, OpenMmPlatform.CPU), 4);
      engines.put(() -> BatchedEnergy.open(xml, Precision.DOUBLE), 64);
      engines.put(() -> BatchedEnergy.open(xml, Precision.SINGLE), 64);
      for (boolean forces : new boolean[] {false, true}) {
        List<Double> rates = new ArrayList<>();
        engines.forEach((open, rows) -> rates.add(rate(open, reference, rows, forces)));
        double best = Math.max(rates.get(0), rates.get(1));
        System.out.printf(
            "%-22s %-4s %,12.0f %,12.0f %,12.0f %,12.0f %8.0f %8.0f%n",
            name,
            forces ? "E+F" : "E",
            rates.get(0),
            rates.get(1),
            rates.get(2),
            rates.get(3),
            rates.get(2) / best,
            rates.get(3) / best);
      }
    }
  }

  private static double rate(
      Supplier<PotentialEnergy> open, ReferenceConformations reference, int rows, boolean forces) {
    int width = reference.width();
    double[] x = new double[rows * width];
    for (int row = 0; row < rows; row++) {
      int from = row % ReferenceConformations.DYNAMICS_ROWS * width;
      System.arraycopy(reference.positions(), from, x, row * width, width);
    }
    double[] energies = new double[rows];
    double[] forceRows = forces ? new double[x.length] : null;
    RowFailure[] failures = new RowFailure[rows];
    try (PotentialEnergy energy = open.get()) {
      long best = Long.MAX_VALUE;
      long end = System.nanoTime() + (long) (SECONDS * 1e9);
      do {
        long start = System.nanoTime();
        energy.evaluate(x, rows, energies, forceRows, failures);
        best = Math.min(best, System.nanoTime() - start);
      } while (System.nanoTime() < end);
      return rows * 1e9 / best;
    }
  }
}
