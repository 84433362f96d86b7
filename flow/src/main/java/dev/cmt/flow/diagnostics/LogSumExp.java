package dev.cmt.flow.diagnostics;

/** Log of a sum of exponentials that neither overflows nor underflows. */
final class LogSumExp {
  private LogSumExp() {}

  /** log Σ exp of the values that are not NaN; −∞ if there are none. */
  static double of(double[] values) {
    double greatest = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      greatest = value > greatest ? value : greatest;
    }
    if (Double.isInfinite(greatest)) {
      return greatest;
    }
    double sum = 0;
    for (double value : values) {
      if (!Double.isNaN(value)) {
        sum += Math.exp(value - greatest);
      }
    }
    return greatest + Math.log(sum);
  }
}
