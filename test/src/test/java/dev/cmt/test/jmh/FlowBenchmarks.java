package dev.cmt.test.jmh;

import dev.cmt.actors.config.FlowArchitectures;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.energy.Targets;
import dev.cmt.flow.Flow;
import dev.cmt.flow.FlowEngine;
import dev.cmt.flow.Flows;
import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.TrainingStep;
import dev.cmt.flow.base.CounterRandom;
import java.nio.file.Path;
import java.util.List;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A batch through the native flow on one thread: spline, conditioner, gradient, Adam. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class FlowBenchmarks {
  private static final int ROWS = 500;
  private static final double CONTROL = 0.5;
  private static final OptimizerSettings OPTIMIZER =
      new OptimizerSettings(1e-12, 1e-5, 100, 0, Long.MAX_VALUE);

  @Param({"alanine-dipeptide-quick", "paper/alanine-dipeptide"})
  private String config;

  private Flow flow;
  private float[] u;
  private float[] drawn;
  private double[] weights;
  private double[] logProposal;
  private double[] logDensity;

  @Setup(Level.Trial)
  public void open() {
    Path root = Path.of(System.getProperty("cmt.root", ""));
    RunConfig run = RunConfig.load(root.resolve("config/" + config + ".conf"), List.of());
    flow =
        Flows.open(
            FlowArchitectures.architecture(
                Targets.create(run.target().system(), run.targetSettings()), run.flow()),
            FlowEngine.NATIVE,
            "cpu",
            1,
            1);
    double[] draws = new double[ROWS * flow.architecture().dimension()];
    CounterRandom.uniforms(1, 1, draws);
    u = new float[draws.length];
    drawn = new float[draws.length];
    for (int i = 0; i < u.length; i++) {
      u[i] = (float) draws[i];
    }
    weights = new double[ROWS];
    CounterRandom.uniforms(1, 2, weights);
    logDensity = new double[ROWS];
    flow.logDensity(u, ROWS, logDensity);
    logProposal = logDensity.clone();
  }

  @Benchmark
  public TrainingStep trainingStep() {
    return flow.train(u, weights, logProposal, CONTROL, ROWS, OPTIMIZER);
  }

  @Benchmark
  public double[] logDensity() {
    flow.logDensity(u, ROWS, logDensity);
    return logDensity;
  }

  @Benchmark
  public double[] sample() {
    flow.sample(1, 0, 0, ROWS, drawn, logDensity);
    return logDensity;
  }

  @TearDown(Level.Trial)
  public void close() {
    flow.close();
  }
}
