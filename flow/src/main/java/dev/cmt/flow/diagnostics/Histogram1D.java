package dev.cmt.flow.diagnostics;

/**
 * Weighted histogram of one quantity over a range, such as an energy or a distance. Weight outside
 * the range is kept apart and counts in the total, so the masses inside add up to what lies inside.
 * Collects rows; one thread at a time.
 */
public final class Histogram1D {
  private final double low;
  private final double high;
  private final double[] weights;
  private double below;
  private double above;
  private double total;
  private int dropped;

  /**
   * An empty histogram over [low, high).
   *
   * @param bins at least 1
   */
  public Histogram1D(double low, double high, int bins) {
    if (!(low < high) || !Double.isFinite(high - low) || bins < 1) {
      throw new IllegalArgumentException(
          "The range [%s, %s) must be finite and not empty, and the bins (%d) at least 1."
              .formatted(low, high, bins));
    }
    this.low = low;
    this.high = high;
    this.weights = new double[bins];
  }

  /**
   * Adds one row; NaN is left out and counted.
   *
   * @param weight finite, not negative
   */
  public void add(double value, double weight) {
    if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "A row's weight (%s) must be finite and not negative.".formatted(weight));
    }
    if (Double.isNaN(value)) {
      dropped++;
      return;
    }
    total += weight;
    if (value < low) {
      below += weight;
    } else if (value >= high) {
      above += weight;
    } else {
      int bin = (int) ((value - low) / (high - low) * weights.length);
      weights[Math.min(weights.length - 1, bin)] += weight;
    }
  }

  /** {@code [bins]} share of all weight in each bin. */
  public double[] masses() {
    double[] masses = weights.clone();
    for (int i = 0; i < masses.length; i++) {
      masses[i] = share(masses[i]);
    }
    return masses;
  }

  /** {@code [bins]} mass over width. */
  public double[] densities() {
    double[] densities = masses();
    for (int i = 0; i < densities.length; i++) {
      densities[i] *= weights.length / (high - low);
    }
    return densities;
  }

  /** {@code [bins]} middles of the bins. */
  public double[] centers() {
    double[] centers = new double[weights.length];
    for (int i = 0; i < centers.length; i++) {
      centers[i] = low + (i + 0.5) * (high - low) / centers.length;
    }
    return centers;
  }

  /** Share of all weight below the range. */
  public double massBelow() {
    return share(below);
  }

  /** Share of all weight at or above the range's end. */
  public double massAbove() {
    return share(above);
  }

  /** Rows left out for NaN. */
  public int dropped() {
    return dropped;
  }

  private double share(double weight) {
    if (total == 0) {
      throw new IllegalStateException("The histogram is empty, so it has no distribution.");
    }
    return weight / total;
  }
}
