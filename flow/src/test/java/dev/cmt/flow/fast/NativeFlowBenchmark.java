package dev.cmt.flow.fast;

import dev.cmt.flow.Activation;
import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.coupling.Coupling;
import dev.cmt.flow.coupling.Coupling.LinearLayer;
import dev.cmt.flow.coupling.FlowLayout;
import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Times of a training step, a density and a sample beside those of their matrix products alone,
 * best of several and alternating, so that other load on the machine touches both alike. Run with
 * the number of threads as argument.
 */
final class NativeFlowBenchmark {
  private static final int ROUNDS = 12;

  private NativeFlowBenchmark() {}

  public static void main(String[] arguments) {
    int threads = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1;
    measure("paper", Fixture.dipeptide(5, 256, Activation.RELU), 1000, threads);
    measure("quick", Fixture.dipeptide(2, 64, Activation.SILU), 500, threads);
  }

  private static void measure(String name, FlowLayout layout, int rows, int threads) {
    InstructionSet set = InstructionSet.choose();
    MatrixProduct product = MatrixProductRace.choose(set, layout.pairs().get(0).get(0).layers());
    float[] u = new float[rows * layout.architecture().dimension()];
    double[] logDensity = new double[rows];
    double[] weights = Fixture.weights(rows);
    OptimizerSettings settings = new OptimizerSettings(1e-6, 1e-5, 100, 0, 1000);
    try (NativeFlow flow = NativeFlow.open(layout, threads, set, product);
        ShardPool pool = new ShardPool(threads);
        Floor floor = new Floor(layout, rows / threads, set, product)) {
      flow.importState(Fixture.bent(layout));
      flow.sample(1, 1, 0, rows, u, logDensity);
      double[] best = {1e9, 1e9, 1e9, 1e9, 1e9};
      for (int round = 0; round < ROUNDS; round++) {
        time(best, 0, () -> pool.run(threads, shard -> floor.forward()));
        time(best, 1, () -> flow.logDensity(u, rows, logDensity));
        time(best, 2, () -> flow.sample(1, 1, 0, rows, u, logDensity));
        time(best, 3, () -> pool.run(threads, shard -> floor.backward()));
        time(best, 4, () -> flow.train(u, weights, rows, settings));
      }
      double both = best[0] + best[3];
      System.out.printf(
          Locale.ROOT,
          "%s, %d rows, %s%n  products: forward %.2f ms, with backward %.2f ms%n"
              + "  density %.2f ms (%.2f), sample %.2f ms (%.2f), training step %.2f ms (%.2f)%n",
          name,
          rows,
          flow.engineDescription(),
          best[0],
          both,
          best[1],
          best[1] / best[0],
          best[2],
          best[2] / best[0],
          best[4],
          best[4] / both);
    }
  }

  private static void time(double[] best, int index, Runnable task) {
    long start = System.nanoTime();
    task.run();
    best[index] = Math.min(best[index], (System.nanoTime() - start) * 1e-6);
  }

  /** The matrix products of a shard, shared memory aside. */
  private static final class Floor implements AutoCloseable {
    private final List<LinearLayer> layers;
    private final int rows;
    private final InstructionSet set;
    private final MatrixProduct product;
    private final FloatPointer weights;
    private final ThreadLocal<FloatPointer[]> activations;

    Floor(FlowLayout layout, int rows, InstructionSet set, MatrixProduct product) {
      layers =
          layout.pairs().stream()
              .flatMap(List::stream)
              .map(Coupling::layers)
              .flatMap(List::stream)
              .toList();
      this.rows = rows;
      this.set = set;
      this.product = product;
      weights = new FloatPointer(Fixture.bent(layout).parameters());
      int widest =
          layers.stream().mapToInt(l -> Math.max(l.inputs(), l.outputs())).max().orElseThrow();
      float[] zeros = new float[widest * Math.max(rows, 1024)];
      activations =
          ThreadLocal.withInitial(
              () ->
                  new FloatPointer[] {
                    new FloatPointer(zeros), new FloatPointer(zeros), new FloatPointer(zeros)
                  });
    }

    void forward() {
      FloatPointer[] a = activations.get();
      for (LinearLayer l : layers) {
        multiply(false, false, l.outputs(), rows, l.inputs(), weight(l), a[0], a[1]);
      }
    }

    void backward() {
      FloatPointer[] a = activations.get();
      for (LinearLayer l : layers) {
        multiply(false, true, l.outputs(), l.inputs(), rows, a[1], a[0], a[2]);
        multiply(true, false, l.inputs(), rows, l.outputs(), weight(l), a[1], a[0]);
      }
    }

    private FloatPointer weight(LinearLayer layer) {
      return weights.getPointer(FloatPointer.class, layer.weightOffset());
    }

    private void multiply(
        boolean transposeA,
        boolean transposeB,
        int m,
        int n,
        int k,
        FloatPointer a,
        FloatPointer b,
        FloatPointer c) {
      FlowNative.Kernel.multiply(
          set.ordinal(), product.ordinal(), transposeA, transposeB, m, n, k, a, b, 0, c);
    }

    @Override
    public void close() {
      weights.close();
    }
  }
}
