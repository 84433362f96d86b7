package dev.cmt.flow.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.cmt.flow.Activation;
import dev.cmt.flow.ControlVariate;
import dev.cmt.flow.Fit;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowChannel;
import dev.cmt.flow.FlowUnavailableException;
import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.TrainingStep;
import dev.cmt.flow.coupling.FlowLayout;
import dev.cmt.flow.fast.Fixture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people are told when something is missing or breaks. */
class CudaUnavailableTest {
  private static final FlowLayout RING = Fixture.RING.layout();

  @Test
  void saysThatItWasNotBuilt() {
    if (CudaFlow.isIncluded()) {
      String here = "cuda: this build has a GPU engine, so that nothing says that it has none";
      System.out.println(here);
      abort(here);
    }
    assertThatThrownBy(() -> CudaFlow.open(RING, "gpu:0"))
        .isInstanceOf(FlowUnavailableException.class)
        .hasMessageContaining("built without its GPU engine")
        .hasMessageContaining("CUDA_HOME");
    assertThatThrownBy(() -> CudaFlow.open(RING, "cpu"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(cpu) must be gpu:N");
  }

  @Test
  void saysThatTheLibraryDoesNotLoad(@TempDir Path directory) throws Exception {
    Path nonsense = Files.writeString(directory.resolve("nonsense.so"), "no library");
    for (Path path : List.of(nonsense, directory.resolve("absent.so"))) {
      assertThatThrownBy(() -> CudaFlow.open(RING, 0, CudaProducts.TF32, path.toString()))
          .isInstanceOf(FlowUnavailableException.class)
          .hasMessageContaining(path.toString())
          .hasMessageContaining("libcublasLt, whose directory LD_LIBRARY_PATH may name");
    }
  }

  @Test
  void saysWhichGpuIsNotThere() {
    assertThatThrownBy(() -> open(RING, DeviceDouble.NOT_THERE))
        .isInstanceOf(FlowUnavailableException.class)
        .hasMessageContaining("gpu:3 cannot be used: there is no GPU 3; the driver sees 3")
        .hasMessageContaining("nvidia-smi");
  }

  /** The flow's 4 · 8.5 million floats are more than the double has; it is left as it was. */
  @Test
  void saysThatMemoryIsFullAndGivesItBack() {
    FlowLayout large =
        new FlowLayout(
            new FlowArchitecture(
                List.of(new FlowChannel("x", 2, true, false)),
                1,
                List.of(2048, 2048),
                Activation.RELU,
                false,
                8,
                1));
    for (int attempt = 0; attempt < 3; attempt++) {
      assertThatThrownBy(() -> open(large, DeviceDouble.FORWARDS))
          .isInstanceOf(FlowUnavailableException.class)
          .hasMessageContaining("gpu:0 has too little memory")
          .hasMessageContaining("of 128 MB are free")
          .hasMessageContaining("training.batch_size");
    }
    try (CudaFlow flow = open(RING, DeviceDouble.FORWARDS)) {
      assertThat(flow.exportState().scheduleStep()).isZero();
    }
  }

  /** A batch that does not fit leaves the flow as it was, and smaller ones still work. */
  @Test
  void survivesABatchThatDoesNotFit() {
    OptimizerSettings settings = new OptimizerSettings(1e-3, 0, 1, 0, 10);
    int rows = 200_000;
    float[] u = new float[3 * rows];
    double[] weights = new double[rows];
    double[] logDensity = new double[20];
    double[] again = new double[20];
    float[] points = Fixture.points(RING, 20);
    try (CudaFlow flow = open(RING, DeviceDouble.FORWARDS)) {
      flow.importState(Fixture.bent(RING));
      flow.logDensity(points, 20, logDensity);
      assertThatThrownBy(() -> flow.train(u, weights, rows, settings))
          .isInstanceOf(FlowUnavailableException.class)
          .hasMessageContaining("too little memory");
      flow.logDensity(points, 20, again);
      assertThat(again).isEqualTo(logDensity);
      assertThat(flow.train(points, Fixture.weights(20), 20, settings).applied()).isTrue();
      assertThat(flow.exportState().appliedUpdates()).isEqualTo(1);
    }
  }

  /** A buffer that does not fit leaves the flow as it was, and a smaller one still fits. */
  @Test
  void survivesABufferThatDoesNotFit() {
    int rows = 5_000_000;
    float[] u = new float[3 * rows];
    double[] zeros = new double[rows];
    try (CudaFlow flow = open(RING, DeviceDouble.FORWARDS)) {
      flow.importState(Fixture.bent(RING));
      assertThatThrownBy(() -> flow.fit(u, zeros, zeros, rows))
          .isInstanceOf(FlowUnavailableException.class)
          .hasMessageContaining("annealing.samples_per_step");
      try (Fit fit = flow.fit(u, zeros, zeros, 10)) {
        assertThatThrownBy(() -> flow.fit(u, zeros, zeros, 10))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("close it first");
        OptimizerSettings settings = new OptimizerSettings(1e-3, 0, 1, 0, 10);
        int[] minibatches = {0, 9, 4, 4};
        assertThat(fit.train(minibatches, 2, true, ControlVariate.START, settings).steps())
            .extracting(TrainingStep::applied)
            .containsExactly(true, true);
      }
      flow.fit(u, zeros, zeros, 10).close();
    }
  }

  @Test
  void saysThatTheGpuWasLost() {
    assertThatThrownBy(() -> open(RING, DeviceDouble.LOST))
        .isInstanceOf(FlowUnavailableException.class)
        .hasMessageContaining("gpu:2 failed")
        .hasMessageContaining("goes on from its last checkpoint");
  }

  @Test
  void refusesWrongUse() {
    CudaFlow flow = open(RING, DeviceDouble.FORWARDS);
    OptimizerSettings settings = new OptimizerSettings(1e-3, 0, 1, 0, 10);
    assertThat(flow.engineDescription())
        .startsWith("cuda gpu:0 (a double of a GPU")
        .endsWith("cublaslt fp32");
    assertThatThrownBy(() -> flow.importState(Fixture.state(new float[3])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(3 numbers)");
    assertThatThrownBy(() -> flow.logDensity(new float[5], 2, new double[2]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> flow.train(new float[0], new double[0], 0, settings))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> flow.sample(1, -1, 0, 1, new float[3], new double[1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("step (-1)");
    flow.logDensity(new float[0], 0, new double[0]);
    flow.sample(1, 0, 0, 0, new float[0], new double[0]);
    flow.close();
    flow.close();
    assertThatThrownBy(flow::exportState).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> flow.logDensity(new float[3], 1, new double[1]))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void choosesHowProductsRound() {
    String before = System.getProperty(CudaProducts.PROPERTY);
    try {
      System.clearProperty(CudaProducts.PROPERTY);
      assertThat(CudaProducts.choose()).isEqualTo(CudaProducts.TF32);
      System.setProperty(CudaProducts.PROPERTY, "bf16");
      assertThat(CudaProducts.choose()).isEqualTo(CudaProducts.BF16);
      System.setProperty(CudaProducts.PROPERTY, "fp64");
      assertThatThrownBy(CudaProducts::choose)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("(fp64) must be one of [tf32, fp32, bf16]");
    } finally {
      if (before == null) {
        System.clearProperty(CudaProducts.PROPERTY);
      } else {
        System.setProperty(CudaProducts.PROPERTY, before);
      }
    }
  }

  private static CudaFlow open(FlowLayout layout, int device) {
    return CudaFlow.open(layout, device, CudaProducts.FP32, DeviceDouble.library());
  }
}
