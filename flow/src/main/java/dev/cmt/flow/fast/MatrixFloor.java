package dev.cmt.flow.fast;

import dev.cmt.flow.coupling.Coupling;
import dev.cmt.flow.coupling.Coupling.LinearLayer;
import dev.cmt.flow.coupling.FlowLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * The matrix products of a flow's conditioners and nothing else, in their true shapes and on as
 * many threads: what no engine of the same arithmetic can go below. Each thread multiplies its
 * share of the rows in one piece. One thread at a time may use an instance; it owns its threads and
 * native memory until closed.
 */
public final class MatrixFloor implements AutoCloseable {
  private final List<LinearLayer> layers;
  private final int rows;
  private final InstructionSet set;
  private final MatrixProduct product;
  private final ShardPool pool;
  private final FloatPointer weights;
  private final List<Share> shares = new ArrayList<>();

  /** A thread's matrices: what products read, and where they write. */
  private record Share(
      int rows, FloatPointer x, FloatPointer y, FloatPointer activations, FloatPointer gradient) {}

  private MatrixFloor(
      FlowLayout layout, int rows, int threads, InstructionSet set, MatrixProduct product) {
    this.layers =
        layout.pairs().stream()
            .flatMap(List::stream)
            .map(Coupling::layers)
            .flatMap(List::stream)
            .toList();
    this.rows = rows;
    this.set = set;
    this.product = product;
    pool = new ShardPool(threads);
    weights = new FloatPointer(numbers(layout.parameterCount()));
    int widest = layers.stream().mapToInt(l -> Math.max(l.inputs(), l.outputs())).max().orElse(1);
    int largest = layers.stream().mapToInt(l -> l.inputs() * l.outputs()).max().orElse(1);
    for (int shard = 0; shard < threads; shard++) {
      int count = (int) ((long) rows * (shard + 1) / threads - (long) rows * shard / threads);
      float[] operand = numbers(widest * Math.max(1, count));
      shares.add(
          new Share(
              count,
              new FloatPointer(operand),
              new FloatPointer(operand),
              new FloatPointer(operand.length),
              new FloatPointer(largest)));
    }
  }

  /**
   * One for each matrix product that this process has: the lower of them is the floor.
   *
   * @param layout whose products
   * @param rows rows of a batch, at least 1
   * @param threads how many threads share them, 1 to {@value NativeFlow#MAX_THREADS}
   * @throws IllegalArgumentException if a number is out of range
   * @throws dev.cmt.flow.FlowUnavailableException if PyTorch, which brings MKL, does not start
   */
  public static List<MatrixFloor> open(FlowLayout layout, int rows, int threads) {
    if (rows < 1 || threads < 1 || threads > NativeFlow.MAX_THREADS) {
      throw new IllegalArgumentException(
          "The rows (%d) must be at least 1 and the threads (%d) between 1 and %d."
              .formatted(rows, threads, NativeFlow.MAX_THREADS));
    }
    MatrixProductRace.startPyTorch();
    InstructionSet set = InstructionSet.choose();
    return Stream.of(MatrixProduct.values())
        .filter(MatrixProduct::available)
        .map(available -> new MatrixFloor(layout, rows, threads, set, available))
        .toList();
  }

  /** Whose products: {@code mkl} or {@code own}. */
  public String name() {
    return product.name().toLowerCase(Locale.ROOT);
  }

  /** Multiplications and additions of {@link #forward}; {@link #backward} has twice as many. */
  public double forwardOperations() {
    return 2.0 * rows * layers.stream().mapToLong(l -> (long) l.inputs() * l.outputs()).sum();
  }

  /** The products of one density or one sample of each row. */
  public void forward() {
    pool.run(
        shares.size(),
        shard -> {
          Share s = shares.get(shard);
          for (LinearLayer l : layers) {
            multiply(false, false, l.outputs(), s.rows, l.inputs(), weight(l), s.x, s.activations);
          }
        });
  }

  /** The products that a gradient needs beyond {@link #forward}. */
  public void backward() {
    pool.run(
        shares.size(),
        shard -> {
          Share s = shares.get(shard);
          for (LinearLayer l : layers) {
            multiply(false, true, l.outputs(), l.inputs(), s.rows, s.y, s.x, s.gradient);
            multiply(true, false, l.inputs(), s.rows, l.outputs(), weight(l), s.y, s.activations);
          }
        });
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
    if (n > 0 && k > 0) {
      FlowNative.Kernel.multiply(
          set.ordinal(), product.ordinal(), transposeA, transposeB, m, n, k, a, b, 0, c);
    }
  }

  /** Numbers in [−1, 1): nothing that multiplies faster than a network's. */
  private static float[] numbers(int count) {
    float[] values = new float[count];
    int state = 1;
    for (int i = 0; i < count; i++) {
      state = state * 1664525 + 1013904223;
      values[i] = state * 0x1p-31f;
    }
    return values;
  }

  @Override
  public void close() {
    pool.close();
    weights.close();
    shares.stream()
        .flatMap(s -> Stream.of(s.x, s.y, s.activations, s.gradient))
        .forEach(Pointer::close);
  }
}
