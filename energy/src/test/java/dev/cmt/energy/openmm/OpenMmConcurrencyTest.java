package dev.cmt.energy.openmm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.energy.RowFailure;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class OpenMmConcurrencyTest {
  private static final int THREADS = 2;
  private static final int OPENINGS = 40;

  /**
   * OpenMM parses the numbers of a System with code that keeps its scratch memory in global
   * variables.
   */
  @Test
  void contextsOpenedAtTheSameTimeHaveTheSameForceField() throws Exception {
    MolecularSystem system = BuiltInSystems.load("alanine-dipeptide");
    double expected = minimumEnergy(system);
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    try {
      CyclicBarrier together = new CyclicBarrier(THREADS);
      Callable<List<Double>> task =
          () -> {
            List<Double> energies = new ArrayList<>();
            for (int i = 0; i < OPENINGS; i++) {
              together.await();
              energies.add(minimumEnergy(system));
            }
            return energies;
          };
      List<Future<List<Double>>> running = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        running.add(pool.submit(task));
      }
      for (Future<List<Double>> energies : running) {
        assertThat(energies.get()).containsOnly(expected);
      }
    } finally {
      pool.shutdown();
    }
    assertThat(minimumEnergy(system)).isEqualTo(expected);
  }

  private static double minimumEnergy(MolecularSystem system) {
    double[] energy = new double[1];
    try (OpenMmEnergy engine = OpenMmEnergy.open(system.systemXml(), OpenMmPlatform.REFERENCE)) {
      engine.evaluate(system.minimizedNm(), 1, energy, null, new RowFailure[1]);
    }
    return energy[0];
  }
}
