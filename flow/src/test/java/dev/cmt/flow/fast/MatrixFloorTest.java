package dev.cmt.flow.fast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MatrixFloorTest {
  @Test
  void countsTheOperationsOfEveryLayer() {
    // PLANE: 8 pairs of two couplings, each 1 -> 64 -> 64 -> 3 x 16 + 1.
    List<MatrixFloor> floors = MatrixFloor.open(Fixture.PLANE.layout(), 10, 1);
    assertThat(floors).extracting(MatrixFloor::name).contains("own").doesNotHaveDuplicates();
    for (MatrixFloor floor : floors) {
      try (floor) {
        assertThat(floor.forwardOperations())
            .isEqualTo(2.0 * 10 * 16 * (64 + 64 * 64 + 64 * (3 * 16 + 1)));
      }
    }
  }

  @Test
  void multipliesForwardAndBackOnEveryThreadEvenWithFewerRows() {
    for (MatrixFloor floor : MatrixFloor.open(Fixture.MOLECULE.layout(), 2, 3)) {
      try (floor;
          ProductClock clock = ProductClock.start()) {
        floor.forward();
        double forward = clock.threadSeconds();
        assertThat(forward).isPositive();
        floor.backward();
        assertThat(clock.threadSeconds()).isGreaterThan(forward);
      }
    }
  }

  @Test
  void refusesNoRowsAndNoThreads() {
    assertThatThrownBy(() -> MatrixFloor.open(Fixture.PLANE.layout(), 0, 1))
        .hasMessageContaining("rows (0)");
    assertThatThrownBy(() -> MatrixFloor.open(Fixture.PLANE.layout(), 1, 0))
        .hasMessageContaining("threads (0)");
  }
}
