package dev.cmt.flow.diagnostics;

/**
 * Weighted histogram of a pair of angles on the torus [−π, π)², such as a Ramachandran plot
 * (§D.3.2). Collects rows; one thread at a time.
 *
 * <p>Distances between histograms grow with the number of cells and shrink with the number of rows:
 * two samples of one distribution do not have distance 0. Compare values at equal cells and rows
 * only, best next to the value of two independent reference samples.
 */
public final class Histogram2D {
  /** Keeps the logarithm finite in empty cells, in 1/rad², as in the authors' code base. */
  static final double EMPTY_DENSITY = 1e-10;

  static final double TURN = 2 * Math.PI;

  private final int bins;
  private final double[] weights;
  private double total;
  private int dropped;

  /**
   * An empty histogram.
   *
   * @param bins cells along each angle, 1 … 10000; the paper uses 100
   */
  public Histogram2D(int bins) {
    if (bins < 1 || bins > 10_000) {
      throw new IllegalArgumentException(
          "The histogram's bins (%d) must be in 1 … 10000.".formatted(bins));
    }
    this.bins = bins;
    this.weights = new double[bins * bins];
  }

  /**
   * A histogram whose cells are filled already, as by someone who counts cells of {@link #cell}.
   *
   * @param weights {@code [bins][bins]} row-major by the first angle, not negative, copied
   */
  public static Histogram2D of(double[] weights) {
    Histogram2D histogram = new Histogram2D((int) Math.round(Math.sqrt(weights.length)));
    if (histogram.weights.length != weights.length) {
      throw new IllegalArgumentException(
          "%d cells do not make a square.".formatted(weights.length));
    }
    System.arraycopy(weights, 0, histogram.weights, 0, weights.length);
    for (double weight : weights) {
      histogram.total += weight;
    }
    return histogram;
  }

  /**
   * Adds rows of weight 1.
   *
   * @param first {@code [rows]} rad, any turn; a row with an angle that is not finite is left out
   *     and counted
   * @param second {@code [rows]} rad, likewise
   */
  public void add(double[] first, double[] second) {
    requireRows(first.length, second.length);
    for (int n = 0; n < first.length; n++) {
      add(first[n], second[n], 1);
    }
  }

  /**
   * Adds weighted rows.
   *
   * @param first {@code [rows]} rad, any turn
   * @param second {@code [rows]} rad, any turn
   * @param rowWeights {@code [rows]} finite, not negative, on any scale
   */
  public void add(double[] first, double[] second, double[] rowWeights) {
    requireRows(first.length, second.length);
    requireRows(first.length, rowWeights.length);
    for (int n = 0; n < first.length; n++) {
      add(first[n], second[n], rowWeights[n]);
    }
  }

  /** Adds one row. */
  public void add(double first, double second, double weight) {
    if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "A row's weight (%s) must be finite and not negative.".formatted(weight));
    }
    if (!Double.isFinite(first) || !Double.isFinite(second)) {
      dropped++;
      return;
    }
    weights[bin(first) * bins + bin(second)] += weight;
    total += weight;
  }

  /**
   * The cell of a pair of angles, row-major by the first; −1 if one is not finite.
   *
   * @param first rad, any turn
   * @param second rad, any turn
   */
  public int cell(double first, double second) {
    return Double.isFinite(first) && Double.isFinite(second) ? bin(first) * bins + bin(second) : -1;
  }

  /** Cells along each angle; cell i spans [−π + 2πi/bins, −π + 2π(i+1)/bins). */
  public int bins() {
    return bins;
  }

  /** Rows left out for an angle that is not finite. */
  public int dropped() {
    return dropped;
  }

  /** {@code [bins][bins]} row-major by the first angle: share of the weight in each cell, sum 1. */
  public double[] masses() {
    if (total == 0) {
      throw new IllegalStateException("The histogram is empty, so it has no distribution.");
    }
    double[] masses = weights.clone();
    for (int i = 0; i < masses.length; i++) {
      masses[i] /= total;
    }
    return masses;
  }

  /** {@code [bins][bins]} row-major by the first angle: density in 1/rad², integral 1. */
  public double[] densities() {
    double[] densities = masses();
    for (int i = 0; i < densities.length; i++) {
      densities[i] /= cellArea();
    }
    return densities;
  }

  /**
   * RAM KL: Σ P log((P + 1e-10)/(Q + 1e-10)) · cell area, in nats, with P this histogram's density
   * (the reference) and Q the model's. Sees what the model lacks; an empty model cell costs up to
   * about 23 nats times its mass, so single rows of the reference matter.
   *
   * @throws IllegalArgumentException if the bins differ
   */
  public double kl(Histogram2D model) {
    requireSameBins(model);
    double[] p = densities();
    double[] q = model.densities();
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      sum += p[i] * Math.log((p[i] + EMPTY_DENSITY) / (q[i] + EMPTY_DENSITY));
    }
    return sum * cellArea();
  }

  /**
   * RAM TV: ½ Σ |P − Q| of the masses, in [0, 1], symmetric. The paper's tables give it times 100.
   *
   * @throws IllegalArgumentException if the bins differ
   */
  public double totalVariation(Histogram2D other) {
    requireSameBins(other);
    double[] p = masses();
    double[] q = other.masses();
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      sum += Math.abs(p[i] - q[i]);
    }
    return sum / 2;
  }

  private int bin(double angle) {
    double turns = (angle + Math.PI) / TURN;
    // An angle just below the seam may round up to a whole turn.
    return Math.min(bins - 1, (int) ((turns - Math.floor(turns)) * bins));
  }

  private double cellArea() {
    return TURN / bins * (TURN / bins);
  }

  private void requireSameBins(Histogram2D other) {
    if (other.bins != bins) {
      throw new IllegalArgumentException(
          "Histograms of %d and %d bins cannot be compared.".formatted(bins, other.bins));
    }
  }

  private static void requireRows(int expected, int rows) {
    if (expected != rows) {
      throw new IllegalArgumentException(
          "Angles and weights must have the same number of rows, not %d and %d."
              .formatted(expected, rows));
    }
  }
}
