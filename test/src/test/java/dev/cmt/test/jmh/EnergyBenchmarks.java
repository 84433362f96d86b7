package dev.cmt.test.jmh;

import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.kernel.BatchedEnergy;
import dev.cmt.energy.kernel.Precision;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import dev.cmt.flow.base.CounterRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One energy by the kernel, in batches of a thousand on one thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class EnergyBenchmarks {
  private static final int ROWS = 1000;

  @Param({"alanine-dipeptide", "elil"})
  private String system;

  @Param({"DOUBLE", "SINGLE"})
  private Precision precision;

  private PotentialEnergy energy;
  private double[] positions;
  private double[] energies;
  private double[] forces;
  private RowFailure[] failures;

  @Setup(Level.Trial)
  public void open() {
    MolecularSystem molecule = BuiltInSystems.load(system);
    energy = BatchedEnergy.open(molecule.systemXml(), precision);
    double[] minimum = molecule.minimizedNm();
    positions = new double[ROWS * minimum.length];
    CounterRandom.uniforms(1, 0, positions);
    for (int i = 0; i < positions.length; i++) {
      positions[i] = minimum[i % minimum.length] + 0.005 * (2 * positions[i] - 1);
    }
    energies = new double[ROWS];
    forces = new double[positions.length];
    failures = new RowFailure[ROWS];
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public double[] energy() {
    energy.evaluate(positions, ROWS, energies, null, failures);
    return energies;
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public double[] energyAndForces() {
    energy.evaluate(positions, ROWS, energies, forces, failures);
    return forces;
  }

  @TearDown(Level.Trial)
  public void close() {
    energy.close();
  }
}
