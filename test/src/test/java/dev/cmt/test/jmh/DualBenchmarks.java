package dev.cmt.test.jmh;

import dev.cmt.flow.annealing.AnnealingDual;
import dev.cmt.flow.annealing.Bounds;
import dev.cmt.flow.annealing.DualSolution;
import dev.cmt.flow.base.CounterRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The dual of an annealing step with both constraints active, on log-densities of uniform noise.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class DualBenchmarks {
  /** Nats between the least and the greatest log-density. */
  private static final double SPREAD = 100;

  @Param({"20000", "500000"})
  private int rows;

  private double[] logQ;
  private double[] logP;

  @Setup(Level.Trial)
  public void draw() {
    logQ = new double[rows];
    logP = new double[rows];
    CounterRandom.uniforms(1, 1, logQ);
    CounterRandom.uniforms(1, 2, logP);
    for (int row = 0; row < rows; row++) {
      logQ[row] *= SPREAD;
      logP[row] *= SPREAD;
    }
  }

  @Benchmark
  public DualSolution solve() {
    return AnnealingDual.solve(logQ, logP, new Bounds(0.3, 0.8));
  }
}
