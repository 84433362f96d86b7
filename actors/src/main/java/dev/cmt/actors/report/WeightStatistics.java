package dev.cmt.actors.report;

import dev.cmt.flow.diagnostics.LogWeights;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * ESS, log Z and ELBO of resampled rows, with the same clipping of each resample as of the whole
 * sample (§D.3.1).
 */
final class WeightStatistics implements Resampled {
  static final int LOG_Z = 0;
  static final int ESS = 1;
  static final int ESS_UNCLIPPED = 2;
  static final int ELBO = 3;
  static final int SIZE = 4;

  /** Resamples draw the k-th weight from somewhat further down than the sample has it. */
  private static final int SPARE = 50;

  private final double[] logWeights;
  private final double greatest;
  private final int clipped;
  private final int[] top;
  private final int[] bottom;

  /**
   * Sorts what may be clipped.
   *
   * @param weights of rows that all count
   * @param clippedShare share of the rows to clip at either end, 0 to 1
   */
  WeightStatistics(LogWeights weights, double clippedShare) {
    logWeights = weights.values();
    greatest = Arrays.stream(logWeights).max().orElseThrow();
    clipped = (int) (logWeights.length * clippedShare);
    double[] sorted = logWeights.clone();
    Arrays.sort(sorted);
    int kept = Math.min(sorted.length, 2 * clipped + SPARE);
    double low = sorted[kept - 1];
    double high = sorted[sorted.length - kept];
    Comparator<Integer> ascending = Comparator.comparingDouble(row -> logWeights[row]);
    bottom = rows(row -> logWeights[row] <= low, ascending);
    top = rows(row -> logWeights[row] >= high, ascending.reversed());
  }

  private int[] rows(IntPredicate kept, Comparator<Integer> order) {
    return IntStream.range(0, logWeights.length)
        .filter(kept)
        .boxed()
        .sorted(order)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  @Override
  public int size() {
    return SIZE;
  }

  @Override
  public void compute(int[] counts, double[] out, int offset) {
    double ceiling = clipped > 1 ? limit(top, counts) : Double.POSITIVE_INFINITY;
    double floor = clipped > 1 ? limit(bottom, counts) : Double.NEGATIVE_INFINITY;
    double clippedWeight = Math.exp(ceiling - greatest);
    double sum = 0;
    double squares = 0;
    double clippedSum = 0;
    double clippedSquares = 0;
    double logs = 0;
    for (int row = 0; row < counts.length; row++) {
      int count = counts[row];
      if (count == 0) {
        continue;
      }
      double logWeight = logWeights[row];
      double weight = Math.exp(logWeight - greatest);
      double lowered = Math.min(weight, clippedWeight);
      sum += count * weight;
      squares += count * weight * weight;
      clippedSum += count * lowered;
      clippedSquares += count * lowered * lowered;
      logs += count * Math.max(logWeight, floor);
    }
    int rows = counts.length;
    out[offset + LOG_Z] = greatest + Math.log(sum / rows);
    out[offset + ESS] = clippedSum * clippedSum / (rows * clippedSquares);
    out[offset + ESS_UNCLIPPED] = sum * sum / (rows * squares);
    out[offset + ELBO] = logs / rows;
  }

  /** The log-weight that the k-th drawn row has, counted from one end. */
  private double limit(int[] order, int[] counts) {
    int drawn = 0;
    for (int row : order) {
      drawn += counts[row];
      if (drawn >= clipped) {
        return logWeights[row];
      }
    }
    return logWeights[order[order.length - 1]];
  }
}
