package dev.cmt.actors.bench;

import dev.cmt.actors.cluster.TargetSpec;
import dev.cmt.energy.Channel;
import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.Evaluation;
import dev.cmt.energy.Evaluator;
import dev.cmt.energy.Prior;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.Target;
import dev.cmt.energy.openmm.OpenMmPlatform;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Stands for a target whose evaluations take long without taking the processor, so that many
 * workers can be measured on few cores: a row costs a fixed time of sleep and has log p̃ = 0 on the
 * unit cube. Rows are as wide as those of alanine dipeptide. Only the benchmark's own nodes know
 * it.
 */
final class SleepingTarget implements Target {
  static final int DIMENSION = 60;

  private static final String NAME = "sleeping";

  private final double millisARow;

  SleepingTarget(double millisARow) {
    this.millisARow = millisARow;
  }

  /** What the head tells nodes of it. */
  static TargetSpec spec() {
    return new TargetSpec(
        NAME, Map.of(), "", 300, 1e8, 1e20, EnergyEngine.AUTO, OpenMmPlatform.AUTO);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<Channel> channels() {
    return List.of(new Channel("x", DIMENSION, false, Prior.UNIFORM));
  }

  @Override
  public int spaceDimension() {
    return DIMENSION;
  }

  @Override
  public void map(float[] u, int rows, double[] x, double[] logVolume) {
    for (int i = 0; i < rows * DIMENSION; i++) {
      x[i] = u[i];
    }
    Arrays.fill(logVolume, 0, rows, 0);
  }

  @Override
  public void unmap(double[] x, int rows, float[] u, double[] logVolume) {
    for (int i = 0; i < rows * DIMENSION; i++) {
      u[i] = (float) x[i];
    }
    Arrays.fill(logVolume, 0, rows, 0);
  }

  @Override
  public Evaluator openEvaluator() {
    return new Evaluator() {
      @Override
      public Evaluation evaluate(float[] u, int rows) {
        try {
          Thread.sleep(Math.round(millisARow * rows));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("Somebody woke a sleeping evaluation.", e);
        }
        RowFailure[] failures = new RowFailure[rows];
        Arrays.fill(failures, RowFailure.NONE);
        return new Evaluation(new double[rows], new double[rows], failures);
      }

      @Override
      public String engineDescription() {
        return "sleep of %s ms a row".formatted(millisARow);
      }

      @Override
      public void close() {}
    };
  }
}
