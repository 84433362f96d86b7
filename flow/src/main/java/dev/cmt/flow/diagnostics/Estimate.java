package dev.cmt.flow.diagnostics;

/**
 * A number and how far chance may have moved it.
 *
 * @param value the estimate
 * @param standardError standard error of independent rows; NaN if the rows do not tell. It knows
 *     nothing of what the rows never visited
 * @param rows rows it rests on
 */
public record Estimate(double value, double standardError, int rows) {

  /** The mean of the values that are not NaN, with its standard error s/√n. */
  static Estimate mean(double[] values) {
    int count = 0;
    double sum = 0;
    for (double value : values) {
      if (!Double.isNaN(value)) {
        count++;
        sum += value;
      }
    }
    double mean = sum / count;
    double squares = 0;
    for (double value : values) {
      if (!Double.isNaN(value)) {
        squares += (value - mean) * (value - mean);
      }
    }
    return new Estimate(mean, Math.sqrt(squares / (count - 1) / count), count);
  }
}
