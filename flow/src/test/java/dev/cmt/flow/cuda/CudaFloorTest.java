package dev.cmt.flow.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.flow.coupling.FlowLayout;
import dev.cmt.flow.fast.Fixture;
import dev.cmt.flow.fast.MatrixFloor;
import org.junit.jupiter.api.Test;

class CudaFloorTest {
  private static final FlowLayout LAYOUT = Fixture.MOLECULE.layout();

  /** As many operations as the floor of the CPU's engine counts for the same flow. */
  @Test
  void countsTheProductsOfTheFlow() throws Exception {
    int rows = 20;
    double expected = 0;
    for (MatrixFloor floor : MatrixFloor.open(LAYOUT, rows, 1)) {
      expected = floor.forwardOperations();
      floor.close();
    }
    try (AutoCloseable cuda = DeviceDouble.asTheLibrary();
        CudaFloor floor = open(rows)) {
      assertThat(cuda).isNotNull();
      assertThat(floor.forwardOperations()).isEqualTo(expected);
      floor.forward();
      floor.step();
      floor.step();
    }
  }

  @Test
  void refusesWrongUse() throws Exception {
    try (AutoCloseable cuda = DeviceDouble.asTheLibrary()) {
      assertThat(cuda).isNotNull();
      assertThatThrownBy(() -> open(0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("0 rows");
      CudaFloor closed = open(3);
      closed.close();
      assertThatThrownBy(closed::step).isInstanceOf(IllegalStateException.class);
    }
  }

  private static CudaFloor open(int rows) {
    float[] u = Fixture.points(LAYOUT, rows);
    return CudaFloor.open(LAYOUT, "gpu:0", Fixture.bent(LAYOUT), u, rows);
  }
}
