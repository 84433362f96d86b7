package dev.cmt.actors.md;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.cmt.energy.md.Autocorrelation;
import java.util.Arrays;

/**
 * The mean of a quantity over the frames of all ladders, and how far to trust it.
 *
 * @param mean over all frames
 * @param standardError from the spread of the ladders, which know nothing of each other; of fewer
 *     than {@value #ENOUGH_LADDERS} ladders from the effective samples; null if there are none
 * @param firstHalf mean over the first half of every ladder's time
 * @param secondHalf mean over the second half
 * @param halvesDifference first half less second half in units of its standard error, from the
 *     spread of the ladders; beyond ±3 the simulation is too short for its result; null for fewer
 *     than {@value #ENOUGH_LADDERS} ladders
 * @param inefficiency frames that count as one independent sample, at least 1; null if the quantity
 *     never changes
 * @param effectiveSamples frames over inefficiency; null likewise
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record Average(
    double mean,
    Double standardError,
    double firstHalf,
    double secondHalf,
    Double halvesDifference,
    Double inefficiency,
    Double effectiveSamples) {
  private static final int ENOUGH_LADDERS = 4;

  /**
   * Averages a quantity.
   *
   * @param series {@code [ladders][frames]}, at least one and two
   */
  static Average of(double[][] series) {
    int frames = series[0].length;
    int half = frames / 2;
    double[] whole = means(series, 0, frames);
    double[] first = means(series, 0, half);
    double[] second = means(series, half, frames);
    double[] difference = new double[series.length];
    for (int l = 0; l < difference.length; l++) {
      difference[l] = first[l] - second[l];
    }
    double mean = mean(whole);
    double inefficiency = Autocorrelation.inefficiency(series);
    double effective = (double) frames * series.length / inefficiency;
    double error =
        series.length >= ENOUGH_LADDERS
            ? standardError(whole)
            : Math.sqrt(variance(series, mean) / effective);
    double halves =
        series.length >= ENOUGH_LADDERS ? mean(difference) / standardError(difference) : Double.NaN;
    return new Average(
        mean,
        numberOrNull(error),
        mean(first),
        mean(second),
        numberOrNull(halves),
        numberOrNull(inefficiency),
        numberOrNull(effective));
  }

  /** JSON knows no NaN. */
  static Double numberOrNull(double value) {
    return Double.isFinite(value) ? value : null;
  }

  private static double[] means(double[][] series, int from, int to) {
    return Arrays.stream(series)
        .mapToDouble(one -> mean(Arrays.copyOfRange(one, from, to)))
        .toArray();
  }

  static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** Standard error of the mean of independent values; NaN for one. */
  static double standardError(double[] values) {
    double mean = mean(values);
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / (values.length - 1) / values.length);
  }

  private static double variance(double[][] series, double mean) {
    double squares = 0;
    for (double[] one : series) {
      for (double value : one) {
        squares += (value - mean) * (value - mean);
      }
    }
    return squares / ((double) series.length * series[0].length);
  }
}
