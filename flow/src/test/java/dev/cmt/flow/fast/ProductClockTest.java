package dev.cmt.flow.fast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.coupling.FlowLayout;
import org.junit.jupiter.api.Test;

class ProductClockTest {
  private static final int THREADS = 2;
  private static final int ROWS = 300;

  @Test
  void countsPartOfATrainingStepAndChangesNoBit() {
    float[] untimed = trained();
    try (ProductClock clock = ProductClock.start()) {
      assertThat(clock.threadSeconds()).isZero();
      long start = System.nanoTime();
      float[] timed = trained();
      double wall = (System.nanoTime() - start) * 1e-9;
      assertThat(timed).isEqualTo(untimed);
      assertThat(clock.threadSeconds()).isPositive().isLessThan(THREADS * wall);
    }
  }

  @Test
  void standsStillOnceClosed() {
    ProductClock clock = ProductClock.start();
    clock.close();
    double stopped = clock.threadSeconds();
    trained();
    assertThat(clock.threadSeconds()).isEqualTo(stopped);
  }

  @Test
  void thereIsOneAtATime() {
    try (ProductClock first = ProductClock.start()) {
      assertThatThrownBy(ProductClock::start)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("runs already");
      assertThat(first.threadSeconds()).isZero();
    }
    ProductClock again = ProductClock.start();
    again.close();
    try (ProductClock next = ProductClock.start()) {
      again.close();
      trained();
      assertThat(next.threadSeconds()).isPositive();
    }
  }

  private static float[] trained() {
    FlowLayout layout = Fixture.MOLECULE.layout();
    try (NativeFlow flow = NativeFlow.open(layout, THREADS)) {
      flow.importState(Fixture.bent(layout));
      flow.train(
          Fixture.points(layout, ROWS),
          Fixture.weights(ROWS),
          ROWS,
          new OptimizerSettings(1e-3, 1e-5, 100, 0, 100));
      return flow.exportState().parameters();
    }
  }
}
