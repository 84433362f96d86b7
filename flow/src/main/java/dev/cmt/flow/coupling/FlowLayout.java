package dev.cmt.flow.coupling;

import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowChannel;
import dev.cmt.flow.base.CounterRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A flow's layers and the declared order of its parameters: pair by pair, first coupling then
 * second, layer by layer, each weight before its bias.
 *
 * <p>From base to data a sample passes pair 0, 1, …; in each pair coupling 0, coupling 1, then all
 * circular coordinates get {@code x ← (x + shift) mod 1}. A coupling moves base towards data by the
 * inverse branch of its splines, so that the density (data to base) uses their forward branch, as
 * in the authors' code base. Coupling 0 transforms a random half (rounded down) of every channel
 * given the rest, coupling 1 the rest given that half; halves are drawn anew for each pair.
 */
public final class FlowLayout {
  /** Least width and height of a bin, as a fraction of the unit interval. */
  public static final double MIN_BIN = 1e-3;

  /** Least slope at a knot. */
  public static final double MIN_SLOPE = 1e-3;

  /** What a Java array holds. */
  private static final int MAX_PARAMETERS = Integer.MAX_VALUE - 8;

  private static final long SPLIT_STREAM = 1;
  private static final long SHIFT_STREAM = 2;
  private static final long WEIGHT_STREAM = 3;

  private final FlowArchitecture architecture;
  private final List<List<Coupling>> pairs;
  private final double[] shifts;
  private final int[] circularColumns;
  private final int parameterCount;

  /**
   * Lays out a flow.
   *
   * @throws IllegalArgumentException if it has more parameters than an array holds
   */
  public FlowLayout(FlowArchitecture architecture) {
    this.architecture = architecture;
    this.circularColumns = columns(architecture.channels(), true);
    this.shifts = new double[architecture.pairs()];
    CounterRandom.uniforms(architecture.maskSeed(), SHIFT_STREAM, shifts);
    long offset = 0;
    List<List<Coupling>> built = new ArrayList<>();
    for (int pair = 0; pair < architecture.pairs(); pair++) {
      boolean[] inFirstHalf = firstHalf(pair);
      List<Coupling> couplings = new ArrayList<>();
      for (boolean transformsFirst : new boolean[] {true, false}) {
        Coupling coupling = coupling(inFirstHalf, transformsFirst, offset);
        Coupling.LinearLayer last = coupling.layers().get(coupling.layers().size() - 1);
        offset = (long) last.biasOffset() + last.outputs();
        couplings.add(coupling);
      }
      built.add(List.copyOf(couplings));
    }
    this.pairs = List.copyOf(built);
    this.parameterCount = index(offset);
  }

  /** What was laid out. */
  public FlowArchitecture architecture() {
    return architecture;
  }

  /** The two couplings of each pair. */
  public List<List<Coupling>> pairs() {
    return pairs;
  }

  /** The shift of the circular coordinates after a pair, in (0, 1). */
  public double shift(int pair) {
    return shifts[pair];
  }

  /** Columns of u that are circular, ascending. */
  public int[] circularColumns() {
    return circularColumns.clone();
  }

  /** Number of trainable parameters. */
  public int parameterCount() {
    return parameterCount;
  }

  /**
   * Parameters that make every coupling the identity: hidden layers uniform in ±1/√inputs, the last
   * layer's weights 0 and all its biases log(exp(1 − 1e-3) − 1), which gives equal bins and slopes
   * of exactly 1.
   *
   * @param seed seed of the hidden layers
   */
  public float[] initialParameters(long seed) {
    float[] parameters = new float[parameterCount];
    double identityBias = Math.log(Math.expm1(1 - MIN_SLOPE));
    long stream = WEIGHT_STREAM << 32;
    for (List<Coupling> couplings : pairs) {
      for (Coupling coupling : couplings) {
        int count = coupling.layers().size();
        for (int l = 0; l < count; l++) {
          Coupling.LinearLayer layer = coupling.layers().get(l);
          stream++;
          if (l == count - 1) {
            Arrays.fill(
                parameters,
                layer.biasOffset(),
                layer.biasOffset() + layer.outputs(),
                (float) identityBias);
          } else {
            double[] draws = new double[layer.outputs() * (layer.inputs() + 1)];
            CounterRandom.uniforms(seed, stream, draws);
            double bound = 1 / Math.sqrt(Math.max(1, layer.inputs()));
            for (int i = 0; i < draws.length; i++) {
              parameters[layer.weightOffset() + i] = (float) (bound * (2 * draws[i] - 1));
            }
          }
        }
      }
    }
    return parameters;
  }

  private boolean[] firstHalf(int pair) {
    boolean[] chosen = new boolean[architecture.dimension()];
    int start = 0;
    for (int c = 0; c < architecture.channels().size(); c++) {
      int size = architecture.channels().get(c).size();
      long stream = (SPLIT_STREAM << 48) | ((long) pair << 16) | c;
      int[] order = CounterRandom.permutation(architecture.maskSeed(), stream, size);
      for (int i = 0; i < size / 2; i++) {
        chosen[start + order[i]] = true;
      }
      start += size;
    }
    return chosen;
  }

  private Coupling coupling(boolean[] inFirstHalf, boolean transformsFirst, long offset) {
    int[] plain = columns(architecture.channels(), false);
    int[] transformedPlain = select(plain, inFirstHalf, transformsFirst);
    int[] transformedCircular = select(circularColumns, inFirstHalf, transformsFirst);
    int[] conditioningPlain = select(plain, inFirstHalf, !transformsFirst);
    int[] conditioningCircular = select(circularColumns, inFirstHalf, !transformsFirst);
    int transformed = transformedPlain.length + transformedCircular.length;
    int outputs = transformed * 3 * architecture.bins() + transformedPlain.length;
    List<Coupling.LinearLayer> layers = new ArrayList<>();
    int inputs = conditioningPlain.length + 2 * conditioningCircular.length;
    List<Integer> widths = new ArrayList<>(architecture.hiddenWidths());
    widths.add(outputs);
    for (int width : widths) {
      long weights = (long) width * inputs;
      layers.add(new Coupling.LinearLayer(inputs, width, index(offset), index(offset + weights)));
      offset += weights + width;
      inputs = width;
    }
    return new Coupling(
        concatenate(transformedPlain, transformedCircular),
        transformedPlain.length,
        concatenate(conditioningPlain, conditioningCircular),
        conditioningPlain.length,
        List.copyOf(layers));
  }

  private int index(long offset) {
    if (offset > MAX_PARAMETERS) {
      throw new IllegalArgumentException(
          ("A flow of %d pairs and hidden widths %s on %d coordinates has more than %d parameters, as"
                  + " many as an array holds; use fewer pairs or narrower layers.")
              .formatted(
                  architecture.pairs(),
                  architecture.hiddenWidths(),
                  architecture.dimension(),
                  MAX_PARAMETERS));
    }
    return (int) offset;
  }

  private static int[] columns(List<FlowChannel> channels, boolean circular) {
    List<Integer> found = new ArrayList<>();
    int column = 0;
    for (FlowChannel channel : channels) {
      for (int i = 0; i < channel.size(); i++, column++) {
        if (channel.circular() == circular) {
          found.add(column);
        }
      }
    }
    return found.stream().mapToInt(Integer::intValue).toArray();
  }

  private static int[] select(int[] columns, boolean[] inFirstHalf, boolean first) {
    return Arrays.stream(columns).filter(column -> inFirstHalf[column] == first).toArray();
  }

  private static int[] concatenate(int[] a, int[] b) {
    int[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
