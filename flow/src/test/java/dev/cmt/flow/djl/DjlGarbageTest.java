package dev.cmt.flow.djl;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What backward reads must be native: a Java buffer may be collected after forward. */
class DjlGarbageTest {
  private static final int ROWS = 64;
  private static final int SMALL_BUFFERS = 1000;

  @ParameterizedTest
  @EnumSource(Precision.class)
  void gradientsSurviveACollectionBeforeBackward(Precision precision) {
    float[] u = ExampleFlows.uniformFloats(3, ROWS * ExampleFlows.MIXED.dimension());
    double[] weights = ExampleFlows.uniforms(4, ROWS);
    try (DjlFlow flow = ExampleFlows.perturbed(ExampleFlows.MIXED, precision)) {
      double[] undisturbed = flow.gradient(u, weights, ROWS);
      for (int round = 0; round < 3; round++) {
        double[] disturbed =
            flow.gradient(u, weights, ROWS, DjlGarbageTest::collectAndReuseDirectMemory);
        assertThat(disturbed).as("round %d", round).containsExactly(undisturbed);
      }
      assertThat(Arrays.stream(undisturbed).map(Math::abs).max().orElseThrow()).isGreaterThan(1e-2);
    }
  }

  /** Frees the direct buffers nobody refers to and writes over where they were. */
  private static void collectAndReuseDirectMemory() {
    for (int round = 0; round < 2; round++) {
      System.gc();
      try {
        // The JVM frees direct memory after the collection, in a thread of its own.
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while direct memory was to be freed.", e);
      }
    }
    List<ByteBuffer> reused = new ArrayList<>(3 * SMALL_BUFFERS);
    for (int i = 0; i < SMALL_BUFFERS; i++) {
      // A number, a few numbers, a row's weights.
      for (int doubles : new int[] {1, 4, ROWS}) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(Double.BYTES * doubles);
        for (int at = 0; at < doubles; at++) {
          buffer.putDouble(Double.BYTES * at, Double.NaN);
        }
        reused.add(buffer);
      }
    }
    assertThat(reused).hasSize(3 * SMALL_BUFFERS);
  }
}
