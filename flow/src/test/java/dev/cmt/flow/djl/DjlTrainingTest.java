package dev.cmt.flow.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.flow.FlowState;
import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.TrainingStep;
import dev.cmt.flow.optim.AdamStep;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DjlTrainingTest {
  private static final int ROWS = 256;
  private static final int D = ExampleFlows.MIXED.dimension();

  @Test
  void stepsAreThoseOfTheReferenceAdam() {
    OptimizerSettings settings = new OptimizerSettings(1e-2, 1e-2, 0.5, 2, 100);
    double[] weights = ExampleFlows.uniforms(1, ROWS);
    try (DjlFlow flow = ExampleFlows.perturbed(ExampleFlows.MIXED, Precision.FLOAT64)) {
      double[] expected = flow.parameters();
      double[] firstMoment = new double[expected.length];
      double[] secondMoment = new double[expected.length];
      for (int step = 0; step < 5; step++) {
        float[] u = wrappedNormals(step, ROWS);
        double[] gradient = flow.gradient(u, weights, ROWS);
        double norm = Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
        AdamStep.after(settings, step, step, norm)
            .apply(expected, gradient, firstMoment, secondMoment);
        TrainingStep done = flow.train(u, weights, ROWS, settings);
        assertThat(done.applied()).isTrue();
        assertThat(done.gradientNorm()).isCloseTo(norm, within(1e-9 * norm));
        // The clip is at work, and the warm-up's first step moves nothing.
        assertThat(norm).isGreaterThan(settings.maxGradientNorm());
        assertThat(flow.parameters()).containsExactly(expected, within(1e-11));
      }
    }
  }

  @Test
  void refusesWeightsThatWouldTeachTheOpposite() {
    OptimizerSettings settings = new OptimizerSettings(1e-2, 0, 100, 0, 100);
    float[] u = wrappedNormals(1, ROWS);
    try (DjlFlow flow = ExampleFlows.fresh(ExampleFlows.MIXED, Precision.FLOAT32)) {
      for (double wrong : new double[] {-1e-9, Double.NaN, Double.POSITIVE_INFINITY}) {
        double[] weights = ExampleFlows.uniforms(1, ROWS);
        weights[7] = wrong;
        assertThatThrownBy(() -> flow.train(u, weights, ROWS, settings))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("weight of row 7 (%s)".formatted(wrong));
      }
      assertThat(flow.exportState().scheduleStep()).isZero();
    }
  }

  @Test
  void skipsUpdatesThatAreNotFiniteWhileTheScheduleAdvances() {
    OptimizerSettings settings = new OptimizerSettings(1e-2, 0, 100, 0, 100);
    float[] u = wrappedNormals(1, ROWS);
    double[] weights = ExampleFlows.uniforms(1, ROWS);
    try (DjlFlow flow = ExampleFlows.perturbed(ExampleFlows.MIXED, Precision.FLOAT32)) {
      flow.train(u, weights, ROWS, settings);
      FlowState before = flow.exportState();
      float[] poisoned = u.clone();
      poisoned[3] = Float.NaN;
      TrainingStep skipped = flow.train(poisoned, weights, ROWS, settings);
      assertThat(skipped.applied()).isFalse();
      assertThat(skipped.loss()).isNaN();
      FlowState after = flow.exportState();
      assertThat(after.parameters()).isEqualTo(before.parameters());
      assertThat(after.firstMoment()).isEqualTo(before.firstMoment());
      assertThat(after.appliedUpdates()).isEqualTo(1);
      assertThat(after.scheduleStep()).isEqualTo(2);
      assertThat(flow.train(u, weights, ROWS, settings).applied()).isTrue();
    }
  }

  @Test
  void goingOnFromAnExportedStateIsTheSameToTheBit() {
    OptimizerSettings settings = new OptimizerSettings(1e-2, 1e-5, 100, 3, 100);
    double[] weights = ExampleFlows.uniforms(1, ROWS);
    try (DjlFlow through = ExampleFlows.perturbed(ExampleFlows.MIXED, Precision.FLOAT32);
        DjlFlow resumed = ExampleFlows.fresh(ExampleFlows.MIXED, Precision.FLOAT32)) {
      for (int step = 0; step < 10; step++) {
        if (step == 5) {
          resumed.importState(through.exportState());
        }
        through.train(wrappedNormals(step, ROWS), weights, ROWS, settings);
        if (step >= 5) {
          resumed.train(wrappedNormals(step, ROWS), weights, ROWS, settings);
        }
      }
      assertThat(resumed.exportState()).usingRecursiveComparison().isEqualTo(through.exportState());
    }
  }

  /** The target's entropy is known: no flow gets below it, and a trained one comes close. */
  @Test
  void learnsADistributionWithoutLosingMemory() throws IOException {
    int steps = 300;
    OptimizerSettings settings = new OptimizerSettings(1e-2, 0, 100, 10, steps);
    double[] ones = new double[2000];
    Arrays.fill(ones, 1);
    float[] heldOut = wrappedNormals(-1, 2000);
    double entropy = D * (Math.log(0.05) + 0.5 * Math.log(2 * Math.PI * Math.E));
    try (DjlFlow flow = ExampleFlows.fresh(ExampleFlows.MIXED, Precision.FLOAT32)) {
      double before = nll(flow, heldOut);
      int arrays = 0;
      long beyondHeap = 0;
      for (int step = 0; step < steps; step++) {
        if (step == 100) {
          arrays = flow.managedArrays();
          beyondHeap = residentBytes() - allocatedHeapBytes();
        }
        assertThat(flow.train(wrappedNormals(step, ROWS), ones, ROWS, settings).applied()).isTrue();
      }
      assertThat(flow.managedArrays()).isEqualTo(arrays);
      // The heap's part of the growth is at most what the thread allocated there. One spline tensor
      // lost in each coupling and step would be 256 x 5 x 4 x 4 bytes x 4 x 200 = 16 MB, and a step
      // makes dozens.
      assertThat(residentBytes() - allocatedHeapBytes() - beyondHeap).isLessThan(16L << 20);
      double after = nll(flow, heldOut);
      assertThat(after).isLessThan(before - 3);
      // Sampling error of the held-out mean is sqrt(9/2 / 2000) = 0.05.
      assertThat(after).isBetween(entropy - 0.25, entropy + 0.5);
    }
  }

  private static double nll(DjlFlow flow, float[] u) {
    double[] logDensity = new double[u.length / D];
    flow.logDensity(u, logDensity.length, logDensity);
    return -Arrays.stream(logDensity).average().orElseThrow();
  }

  /** Normals of width 0.05: plain ones about 0.5, circular ones about the seam. */
  private static float[] wrappedNormals(int seed, int rows) {
    Random random = new Random(seed);
    float[] u = new float[rows * D];
    for (int i = 0; i < u.length; i++) {
      double centre = i % D < 5 ? 0.5 : 1;
      u[i] = (float) ((centre + 0.05 * random.nextGaussian()) % 1);
    }
    return u;
  }

  private static long allocatedHeapBytes() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  private static long residentBytes() throws IOException {
    String pages = Files.readString(Path.of("/proc/self/statm")).split(" ")[1];
    return Long.parseLong(pages) * 4096;
  }
}
