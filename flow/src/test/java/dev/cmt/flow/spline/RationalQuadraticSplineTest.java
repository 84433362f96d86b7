package dev.cmt.flow.spline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RationalQuadraticSplineTest {
  static Stream<RationalQuadraticSpline> splines() {
    Random random = new Random(20);
    return Stream.of(
        RationalQuadraticSpline.plain(
            gaussians(random, 8, 2), gaussians(random, 8, 2), gaussians(random, 9, 2)),
        RationalQuadraticSpline.circular(
            gaussians(random, 8, 2), gaussians(random, 8, 2), gaussians(random, 8, 2)),
        RationalQuadraticSpline.plain(
            gaussians(random, 2, 5), gaussians(random, 2, 5), gaussians(random, 3, 5)));
  }

  @ParameterizedTest
  @MethodSource("splines")
  void inverseUndoesForward(RationalQuadraticSpline spline) {
    for (int i = 0; i <= 1000; i++) {
      double x = i / 1000.0;
      RationalQuadraticSpline.Image there = spline.forward(x);
      RationalQuadraticSpline.Image back = spline.inverse(there.value());
      // The inverse amplifies rounding by 1/slope; slopes here are above 1e-4.
      assertThat(back.value()).isCloseTo(x, within(1e-11));
      assertThat(back.logSlope()).isCloseTo(-there.logSlope(), within(1e-7));
    }
  }

  @ParameterizedTest
  @MethodSource("splines")
  void logSlopeIsThatOfCentralDifferences(RationalQuadraticSpline spline) {
    double h = 1e-6;
    for (int i = 1; i < 200; i++) {
      double x = (i + 0.37) / 201;
      double above = spline.forward(x + h).logSlope();
      double below = spline.forward(x - h).logSlope();
      double slope = (spline.forward(x + h).value() - spline.forward(x - h).value()) / (2 * h);
      // Trapezoid error of the slope over the difference, plus rounding 1e-16/h.
      double tolerance = 1e-6 + Math.abs(above - below) + 1e-9 / slope;
      assertThat(spline.forward(x).logSlope()).isCloseTo(Math.log(slope), within(tolerance));
    }
  }

  @ParameterizedTest
  @MethodSource("splines")
  void endsStayAndOutsideIsClamped(RationalQuadraticSpline spline) {
    assertThat(spline.forward(0).value()).isEqualTo(0);
    assertThat(spline.forward(1).value()).isCloseTo(1, within(1e-15));
    assertThat(spline.forward(1.5)).isEqualTo(spline.forward(1));
    assertThat(spline.inverse(-0.5)).isEqualTo(spline.inverse(0));
  }

  @Test
  void circularSlopesMeetAcrossTheSeam() {
    Random random = new Random(3);
    RationalQuadraticSpline spline =
        RationalQuadraticSpline.circular(
            gaussians(random, 8, 1), gaussians(random, 8, 1), gaussians(random, 8, 1));
    assertThat(spline.forward(1).logSlope()).isCloseTo(spline.forward(0).logSlope(), within(1e-13));
  }

  /** One bin's closed form: equal bins and slopes 1 but the middle knot's, worked out by hand. */
  @Test
  void agreesWithAHandComputedPoint() {
    double[] equal = {0, 0};
    double one = Math.log(Math.expm1(1 - 1e-3));
    double two = Math.log(Math.expm1(2 - 1e-3));
    RationalQuadraticSpline spline =
        RationalQuadraticSpline.plain(equal, equal, new double[] {one, two, one});
    // Bin [0, 1/2], θ = 1/2, s = 1, slopes 1 and 2: y = (1/2)(1/4 + 1/4)/(1 + 1/4) = 1/5,
    // dy/dx = (2/4 + 2/4 + 1/4)/(5/4)² = 4/5.
    assertThat(spline.forward(0.25).value()).isCloseTo(0.2, within(1e-15));
    assertThat(spline.forward(0.25).logSlope()).isCloseTo(Math.log(0.8), within(1e-14));
    assertThat(spline.inverse(0.2).value()).isCloseTo(0.25, within(1e-15));
  }

  @Test
  void refusesShapesThatDoNotFit() {
    assertThatThrownBy(
            () -> RationalQuadraticSpline.plain(new double[8], new double[8], new double[8]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("8 bins has 9 knots");
    assertThatThrownBy(
            () -> RationalQuadraticSpline.circular(new double[8], new double[7], new double[8]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("heights (7)");
  }

  private static double[] gaussians(Random random, int n, double scale) {
    double[] draws = new double[n];
    Arrays.setAll(draws, i -> scale * random.nextGaussian());
    return draws;
  }
}
