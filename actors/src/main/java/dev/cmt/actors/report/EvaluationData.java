package dev.cmt.actors.report;

import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * What an evaluation keeps of each sample: its two log-densities and what a target's {@link
 * Observables} say of it. Samples come in batches, so that coordinates of millions need never be
 * held at once. Belongs to one thread.
 */
public final class EvaluationData {
  /** Enough for the marginals of single coordinates. */
  private static final int KEPT_ROWS = 20_000;

  private final Observables observables;
  private final int spaceDimension;
  private double[][] columns;
  private double[] logQ = new double[1024];
  private double[] logP = new double[1024];
  private int rows;
  private long failedRows;
  private float[] kept = new float[0];
  private int keptRows;
  private final int[] keptIndex = new int[KEPT_ROWS];
  private long limit = Long.MAX_VALUE;

  /**
   * An empty table.
   *
   * @param observables what is kept of coordinates
   * @param spaceDimension numbers per sample in the target's space; 3 × atoms for a molecule
   */
  public EvaluationData(Observables observables, int spaceDimension) {
    this.observables = Objects.requireNonNull(observables, "observables");
    if (spaceDimension < 1) {
      throw new IllegalArgumentException(
          "The space dimension (%d) must be at least 1.".formatted(spaceDimension));
    }
    this.spaceDimension = spaceDimension;
    columns = new double[observables.count()][logQ.length];
  }

  /**
   * Adds a batch. Rows whose log-densities are not both finite are counted as failed and left out.
   *
   * @param x {@code [count][spaceDimension]} row-major; nm for molecules
   * @param logQ {@code [count]} log q(x) of the flow in the target's measure
   * @param logP {@code [count]} log p̃(x), not normalised
   * @param count how many rows of the arrays count
   */
  public void add(double[] x, double[] logQ, double[] logP, int count) {
    if (count < 0
        || x.length < (long) count * spaceDimension
        || logQ.length < count
        || logP.length < count) {
      throw new IllegalArgumentException(
          "A batch of %d rows of %d numbers does not fit its arrays: %d coordinates, %d log q, %d log p."
              .formatted(count, spaceDimension, x.length, logQ.length, logP.length));
    }
    ensure(rows + count);
    double[] measured = new double[count * columns.length];
    observables.measure(x, count, measured);
    for (int i = 0; i < count; i++) {
      if (!Double.isFinite(logQ[i]) || !Double.isFinite(logP[i])) {
        failedRows++;
        continue;
      }
      for (int k = 0; k < columns.length; k++) {
        columns[k][rows] = measured[i * columns.length + k];
      }
      keep(x, i);
      this.logQ[rows] = logQ[i];
      this.logP[rows] = logP[i];
      rows++;
    }
  }

  /**
   * A random choice among all rows so far, for what is measured of few: those of a trajectory's
   * first part would speak for that part, those at equal distances perhaps for one replica of many.
   * Each row has a number of its own and is kept if that is low enough; where the place is used up,
   * the limit falls by half.
   */
  private void keep(double[] x, int row) {
    if (!observables.keepsConformations()) {
      return;
    }
    long number = number(rows);
    if (keptRows == KEPT_ROWS && number <= limit) {
      limit /= 2;
      int left = 0;
      for (int k = 0; k < keptRows; k++) {
        if (number(keptIndex[k]) <= limit) {
          System.arraycopy(kept, k * spaceDimension, kept, left * spaceDimension, spaceDimension);
          keptIndex[left++] = keptIndex[k];
        }
      }
      keptRows = left;
    }
    if (number > limit) {
      return;
    }
    if (kept.length < (keptRows + 1) * spaceDimension) {
      int grown = Math.min(KEPT_ROWS, Math.max(64, 2 * keptRows));
      kept = Arrays.copyOf(kept, grown * spaceDimension);
    }
    keptIndex[keptRows] = rows;
    for (int k = 0; k < spaceDimension; k++) {
      kept[keptRows * spaceDimension + k] = (float) x[row * spaceDimension + k];
    }
    keptRows++;
  }

  /** A row's own, not negative, as good as random, the same in every process. */
  private static long number(int row) {
    return new SplittableRandom(row).nextLong() & Long.MAX_VALUE;
  }

  private void ensure(int capacity) {
    if (capacity <= logQ.length) {
      return;
    }
    int grown = (int) Math.min(Integer.MAX_VALUE - 8, Math.max(capacity, 1.5 * logQ.length));
    logQ = Arrays.copyOf(logQ, grown);
    logP = Arrays.copyOf(logP, grown);
    for (int k = 0; k < columns.length; k++) {
      columns[k] = Arrays.copyOf(columns[k], grown);
    }
  }

  /** What is kept of coordinates. */
  public Observables observables() {
    return observables;
  }

  /** Samples with finite log-densities. */
  public int rows() {
    return rows;
  }

  /** How many rows have their conformations in {@link #kept}. */
  int keptRows() {
    return keptRows;
  }

  /** Which rows they are, ascending. */
  int[] keptIndex() {
    return Arrays.copyOf(keptIndex, keptRows);
  }

  /** {@code [keptRows][spaceDimension]} conformations of these rows. */
  float[] kept() {
    return Arrays.copyOf(kept, keptRows * spaceDimension);
  }

  /** Rows that had no finite log-density. */
  public long failedRows() {
    return failedRows;
  }

  /** A copy of log q, {@code [rows]}. */
  public double[] logQ() {
    return Arrays.copyOf(logQ, rows);
  }

  /** A copy of log p̃, {@code [rows]}. */
  public double[] logP() {
    return Arrays.copyOf(logP, rows);
  }

  /** A copy of observable {@code k}, {@code [rows]}. */
  public double[] observable(int k) {
    return Arrays.copyOf(columns[k], rows);
  }

  /** Log importance weights log p̃ − log q, {@code [rows]}. */
  public double[] logWeights() {
    double[] weights = logP();
    for (int i = 0; i < rows; i++) {
      weights[i] -= logQ[i];
    }
    return weights;
  }
}
