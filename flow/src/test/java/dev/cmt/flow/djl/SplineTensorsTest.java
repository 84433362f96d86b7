package dev.cmt.flow.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.cmt.flow.spline.RationalQuadraticSpline;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SplineTensorsTest {
  private static final int ROWS = 50;
  private static final int COORDINATES = 5;
  private static final int BINS = 8;

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 5})
  void agreeWithTheScalarSpline(int plain) {
    Random random = new Random(12);
    int width = 3 * BINS * COORDINATES + plain;
    double[] raw = random.doubles((long) ROWS * width, -3, 3).toArray();
    double[] x = random.doubles((long) ROWS * COORDINATES).toArray();
    // Both ends, and points beyond them.
    x[0] = 0;
    x[1] = 1;
    x[2] = -0.25;
    x[3] = 1.25;
    try (NDManager manager = Engine.getEngine("PyTorch").newBaseManager()) {
      NDArray points = manager.create(x, new Shape(ROWS, COORDINATES));
      SplineTensors tensors =
          new SplineTensors(manager.create(raw, new Shape(ROWS, width)), COORDINATES, plain, BINS);
      SplineTensors.Image forward = tensors.forward(points);
      SplineTensors.Image inverse = tensors.inverse(points);
      double[] y = forward.values().toDoubleArray();
      double[] back = inverse.values().toDoubleArray();
      for (int row = 0; row < ROWS; row++) {
        double forwardSum = 0;
        double inverseSum = 0;
        for (int c = 0; c < COORDINATES; c++) {
          RationalQuadraticSpline scalar = scalar(raw, row * width, c, plain);
          RationalQuadraticSpline.Image there = scalar.forward(x[row * COORDINATES + c]);
          RationalQuadraticSpline.Image from = scalar.inverse(x[row * COORDINATES + c]);
          assertThat(y[row * COORDINATES + c]).isCloseTo(there.value(), within(1e-12));
          assertThat(back[row * COORDINATES + c]).isCloseTo(from.value(), within(1e-12));
          forwardSum += there.logSlope();
          inverseSum += from.logSlope();
        }
        // PyTorch's softplus drops exp(-raw) above 20, which does not occur here.
        assertThat(forward.logSlopes().getDouble(row)).isCloseTo(forwardSum, within(1e-10));
        assertThat(inverse.logSlopes().getDouble(row)).isCloseTo(inverseSum, within(1e-10));
      }
    }
  }

  private static RationalQuadraticSpline scalar(double[] raw, int row, int c, int plain) {
    double[][] blocks = new double[3][BINS];
    for (int block = 0; block < 3; block++) {
      for (int k = 0; k < BINS; k++) {
        blocks[block][k] = raw[row + (block * BINS + k) * COORDINATES + c];
      }
    }
    if (c >= plain) {
      return RationalQuadraticSpline.circular(blocks[0], blocks[1], blocks[2]);
    }
    double[] slopes = Arrays.copyOf(blocks[2], BINS + 1);
    slopes[BINS] = raw[row + 3 * BINS * COORDINATES + c];
    return RationalQuadraticSpline.plain(blocks[0], blocks[1], slopes);
  }
}
