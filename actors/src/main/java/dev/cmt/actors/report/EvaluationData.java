package dev.cmt.actors.report;

import java.util.Arrays;
import java.util.Objects;

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

  /** The first conformations, for what is measured of few. */
  private void keep(double[] x, int row) {
    if (keptRows == KEPT_ROWS || !observables.keepsConformations()) {
      return;
    }
    if (kept.length < (keptRows + 1) * spaceDimension) {
      int grown = Math.min(KEPT_ROWS, Math.max(64, 2 * keptRows));
      kept = Arrays.copyOf(kept, grown * spaceDimension);
    }
    for (int k = 0; k < spaceDimension; k++) {
      kept[keptRows * spaceDimension + k] = (float) x[row * spaceDimension + k];
    }
    keptRows++;
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

  /** How many of the first rows have their conformations in {@link #kept}. */
  int keptRows() {
    return keptRows;
  }

  /** {@code [keptRows][spaceDimension]} conformations of the first rows. */
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
