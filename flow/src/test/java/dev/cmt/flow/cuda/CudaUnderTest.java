package dev.cmt.flow.cuda;

import dev.cmt.flow.FlowUnavailableException;
import dev.cmt.flow.coupling.FlowLayout;
import dev.cmt.flow.fast.Fixture;
import java.util.Optional;
import java.util.stream.Stream;

/** Where the engine's contract is tested: the double, and this machine's GPU if there is one. */
enum CudaUnderTest {
  /** Runs everywhere. */
  DOUBLE {
    @Override
    CudaFlow open(FlowLayout layout, CudaProducts products) {
      return CudaFlow.open(layout, DeviceDouble.FORWARDS, products, DeviceDouble.library());
    }
  },
  /** Runs where the engine was built and finds a GPU. */
  GPU {
    @Override
    CudaFlow open(FlowLayout layout, CudaProducts products) {
      return CudaFlow.open(layout, 0, products);
    }
  };

  /** With factors of products as they are, so that float64 can be compared with. */
  CudaFlow open(FlowLayout layout) {
    return open(layout, CudaProducts.FP32);
  }

  abstract CudaFlow open(FlowLayout layout, CudaProducts products);

  /** With parameters that bend every spline. */
  CudaFlow bent(FlowLayout layout) {
    CudaFlow flow = open(layout);
    flow.importState(Fixture.bent(layout));
    return flow;
  }

  /** What this machine has; {@link #whyNoGpu} says why if that is the double alone. */
  static Stream<CudaUnderTest> here() {
    return whyNoGpu().isEmpty() ? Stream.of(values()) : Stream.of(DOUBLE);
  }

  static Optional<String> whyNoGpu() {
    try (CudaFlow flow = GPU.open(Fixture.RING.layout())) {
      return Optional.empty();
    } catch (FlowUnavailableException e) {
      return Optional.of(e.getMessage());
    }
  }
}
