package dev.cmt.energy.md;

/**
 * How many frames of a trajectory count as one independent sample: the statistical inefficiency g =
 * 1 + 2 Σ (1 − t/n) C(t) with the normalised autocorrelation C, summed up to its first value that
 * is not positive (Chodera et al., J. Chem. Theory Comput. 3 (2007) 26, eq. 5).
 */
public final class Autocorrelation {
  private Autocorrelation() {}

  /**
   * The statistical inefficiency of a quantity over several trajectories of one length, about their
   * common mean.
   *
   * @param series {@code [trajectories][frames]}, at least one and two
   * @return at least 1; NaN if the quantity never changes
   */
  public static double inefficiency(double[][] series) {
    int frames = series[0].length;
    double mean = 0;
    for (double[] one : series) {
      if (one.length != frames || frames < 2) {
        throw new IllegalArgumentException(
            "Trajectories must have the same number of frames, at least 2, not %d and %d."
                .formatted(frames, one.length));
      }
      for (double value : one) {
        mean += value / ((double) frames * series.length);
      }
    }
    double variance = product(series, mean, 0);
    if (!(variance > 0)) {
      return Double.NaN;
    }
    double sum = 0;
    double before = 1;
    // C changes ever more slowly: beyond 20 frames some lags are left out, and C is taken for
    // straight between those that are not.
    for (int lag = 1, gap = 1; lag < frames; gap = Math.max(1, lag / 20), lag += gap) {
      double correlation = (1 - (double) lag / frames) * product(series, mean, lag) / variance;
      if (correlation <= 0) {
        break;
      }
      sum += gap * (before + correlation) / 2 + (correlation - before) / 2;
      before = correlation;
    }
    return Math.max(1, 1 + 2 * sum);
  }

  private static double product(double[][] series, double mean, int lag) {
    double sum = 0;
    for (double[] one : series) {
      for (int t = 0; t + lag < one.length; t++) {
        sum += (one[t] - mean) * (one[t + lag] - mean);
      }
    }
    return sum / ((double) (series[0].length - lag) * series.length);
  }
}
