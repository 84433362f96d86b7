package dev.cmt.flow.diagnostics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The parts of a histogram that valleys keep apart: what a person would call its modes. Peaks flood
 * the bins below them; where two floods meet, they stay two basins if the water there stands at no
 * more than half of the lower peak, and become one otherwise. Counting noise makes shallow valleys
 * only, and a light smoothing flattens most of them.
 */
public final class Basins {
  /** How deep a valley is, against the lower of its two peaks. */
  private static final double VALLEY = 0.5;

  private Basins() {}

  /**
   * A run of bins.
   *
   * @param first its first bin
   * @param size how many bins; beyond the last bin a circular histogram goes on with the first
   */
  public record Basin(int first, int size) {
    /** The sum of a histogram over the basin. */
    public double sum(double[] histogram) {
      double sum = 0;
      for (int i = 0; i < size; i++) {
        sum += histogram[(first + i) % histogram.length];
      }
      return sum;
    }
  }

  /**
   * The basins of a histogram, which they cover without overlap; one if it has no valley.
   *
   * @param masses {@code [bins]} not negative, at least one bin
   * @param circular whether the last bin and the first are neighbours
   */
  public static List<Basin> of(double[] masses, boolean circular) {
    double[] level = smooth(smooth(masses, circular), circular);
    int bins = level.length;
    Integer[] order = new Integer[bins];
    Arrays.setAll(order, bin -> bin);
    Arrays.sort(order, Comparator.comparingDouble(bin -> -level[bin]));
    int[] peakOf = new int[bins];
    Arrays.fill(peakOf, -1);
    for (int bin : order) {
      int left = neighbour(peakOf, bin - 1, circular);
      int right = neighbour(peakOf, bin + 1, circular);
      if (left < 0 && right < 0) {
        peakOf[bin] = bin;
      } else if (left < 0 || right < 0) {
        peakOf[bin] = Math.max(left, right);
      } else {
        int higher = level[left] >= level[right] ? left : right;
        int lower = higher == left ? right : left;
        peakOf[bin] = higher;
        if (level[bin] > VALLEY * level[lower]) {
          Arrays.setAll(peakOf, i -> peakOf[i] == lower ? higher : peakOf[i]);
        }
      }
    }
    return runs(peakOf, circular);
  }

  private static int neighbour(int[] peakOf, int bin, boolean circular) {
    if (bin < 0 || bin >= peakOf.length) {
      return circular ? peakOf[Math.floorMod(bin, peakOf.length)] : -1;
    }
    return peakOf[bin];
  }

  private static List<Basin> runs(int[] peakOf, boolean circular) {
    int bins = peakOf.length;
    int start = 0;
    while (circular && start < bins && peakOf[start] == peakOf[Math.floorMod(start - 1, bins)]) {
      start++;
    }
    // Equal all around: one basin, wherever it is cut.
    start %= bins;
    List<Basin> basins = new ArrayList<>();
    int first = start;
    for (int i = start + 1; i <= start + bins; i++) {
      if (i == start + bins || peakOf[i % bins] != peakOf[first % bins]) {
        basins.add(new Basin(first % bins, i - first));
        first = i;
      }
    }
    return basins;
  }

  /** Weights 1/4, 1/2, 1/4; an end without a neighbour is its own. */
  private static double[] smooth(double[] masses, boolean circular) {
    int bins = masses.length;
    double[] smoothed = new double[bins];
    for (int bin = 0; bin < bins; bin++) {
      int left = circular ? Math.floorMod(bin - 1, bins) : Math.max(0, bin - 1);
      int right = circular ? (bin + 1) % bins : Math.min(bins - 1, bin + 1);
      smoothed[bin] = 0.25 * masses[left] + 0.5 * masses[bin] + 0.25 * masses[right];
    }
    return smoothed;
  }
}
