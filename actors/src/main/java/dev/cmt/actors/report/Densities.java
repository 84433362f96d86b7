package dev.cmt.actors.report;

import dev.cmt.flow.diagnostics.Histogram1D;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/** Histograms of an evaluation's samples on lines, as densities. */
final class Densities {
  private static final int BINS = 80;
  private static final MathContext SIX_DIGITS = new MathContext(6);

  private Densities() {}

  /**
   * Reduced energies, kT.
   *
   * @param shares {@code [rows]} weights with sum 1
   * @param reference energies of equally weighted reference samples; may be null
   */
  static Evaluation.Line energies(
      double[] energies, double[] shares, double[] reference, String source) {
    // Clashes reach 1e8 kT: the range holds nearly all of the flow's samples and all of the
    // target's mass.
    double low = quantile(energies, 0.0005);
    double high = quantile(energies, 0.98);
    if (reference != null) {
      double referenceLow = quantile(reference, 0.0005);
      double referenceHigh = quantile(reference, 0.9995);
      low = Math.min(low, referenceLow);
      // A flow that still clashes must not squeeze the reference into one bin.
      high = Math.max(referenceHigh, Math.min(high, 3 * referenceHigh - 2 * referenceLow));
    }
    double top = high > low ? high : low + 1;
    return new Evaluation.Line(
        EvaluationFigures.ENERGY,
        low,
        top,
        density(low, top, equal(energies.length), energies),
        density(low, top, shares, energies),
        reference == null ? null : density(low, top, equal(reference.length), reference),
        source);
  }

  /**
   * Log-weights relative to log Z.
   *
   * @param logWeights {@code [rows]} log p̃ − log q − log Z
   * @param shares {@code [rows]} weights with sum 1
   */
  static Evaluation.Line logWeights(double[] logWeights, double[] shares) {
    double low = Math.min(-1, Math.max(-12, quantile(logWeights, 0.005)));
    double high = Math.max(1, Math.min(12, quantile(logWeights, 0.9999)));
    return new Evaluation.Line(
        EvaluationFigures.LOG_WEIGHT,
        low,
        high,
        density(low, high, equal(logWeights.length), logWeights),
        density(low, high, shares, logWeights),
        null,
        null);
  }

  /**
   * Several coordinates of each sample as one histogram, against an exact density.
   *
   * @param columns {@code [coordinates][rows]}
   * @param shares {@code [rows]} weights with sum 1
   * @param logDensity of the exact density, not normalised; negligible beyond both ends
   */
  static Evaluation.Line pooled(
      String name,
      double[][] columns,
      double[] shares,
      double low,
      double high,
      DoubleUnaryOperator logDensity) {
    double width = (high - low) / BINS;
    double[] exact = new double[BINS];
    for (int bin = 0; bin < BINS; bin++) {
      exact[bin] = Math.exp(logDensity.applyAsDouble(low + (bin + 0.5) * width));
    }
    double norm = width * Arrays.stream(exact).sum();
    return new Evaluation.Line(
        name,
        low,
        high,
        density(low, high, equal(shares.length), columns),
        density(low, high, shares, columns),
        rounded(Arrays.stream(exact).map(value -> value / norm).toArray()),
        "exact");
  }

  /**
   * Several coordinates of each sample as one histogram, over the range that nearly all of them
   * take.
   *
   * @param columns {@code [coordinates][rows]}
   * @param shares {@code [rows]} weights, on any scale
   * @param reference {@code [coordinates][samples]} of equal weight; may be null
   */
  static Evaluation.Line pooled(
      String name, double[][] columns, double[] shares, double[][] reference, String source) {
    double[] all = Arrays.stream(columns).flatMapToDouble(Arrays::stream).toArray();
    double low = quantile(all, 0.001);
    double high = quantile(all, 0.999);
    if (reference != null) {
      double[] references = Arrays.stream(reference).flatMapToDouble(Arrays::stream).toArray();
      low = Math.min(low, quantile(references, 0.001));
      high = Math.max(high, quantile(references, 0.999));
    }
    // The end of the range counts as outside it.
    double top = high > low ? Math.nextUp(high) : low + 1;
    return new Evaluation.Line(
        name,
        low,
        top,
        density(low, top, equal(shares.length), columns),
        density(low, top, shares, columns),
        reference == null ? null : density(low, top, equal(reference[0].length), reference),
        source);
  }

  /**
   * One torsion, around the whole circle; NaN is left out.
   *
   * @param torsions {@code [rows]} rad, in [−π, π]
   * @param shares {@code [rows]} weights, on any scale
   * @param reference {@code [samples]} of equal weight; may be null
   */
  static Evaluation.Line torsion(
      String name, double[] torsions, double[] shares, double[] reference, String source) {
    // The end of the range counts as outside it.
    double end = Math.nextUp(Math.PI);
    return new Evaluation.Line(
        name,
        -Math.PI,
        end,
        density(-Math.PI, end, equal(shares.length), torsions),
        density(-Math.PI, end, shares, torsions),
        reference == null ? null : density(-Math.PI, end, equal(reference.length), reference),
        source);
  }

  /** Six significant digits: more than a histogram of samples is worth, and short in a file. */
  static double rounded(double value) {
    return value == 0 || !Double.isFinite(value)
        ? value
        : new BigDecimal(value).round(SIX_DIGITS).doubleValue();
  }

  /** {@link #rounded(double)} of each. */
  static List<Double> rounded(double[] values) {
    return Arrays.stream(values).map(Densities::rounded).boxed().toList();
  }

  private static List<Double> density(
      double low, double high, double[] shares, double[]... columns) {
    Histogram1D histogram = new Histogram1D(low, high, BINS);
    for (double[] column : columns) {
      for (int row = 0; row < column.length; row++) {
        histogram.add(column[row], shares[row]);
      }
    }
    return rounded(histogram.densities());
  }

  private static double[] equal(int rows) {
    double[] shares = new double[rows];
    Arrays.fill(shares, 1);
    return shares;
  }

  private static double quantile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  }
}
