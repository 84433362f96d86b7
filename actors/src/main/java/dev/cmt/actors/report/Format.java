package dev.cmt.actors.report;

import dev.cmt.flow.diagnostics.Estimate;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/**
 * Numbers as people read them: true minus signs, thin spaces between thousands, errors behind ±.
 */
final class Format {
  private static final char MINUS = '−';

  /** Between a number and its unit, and between thousands. */
  static final char THIN_SPACE = '\u2009';

  /** Where there is no number. */
  static final String NOTHING = "–";

  private Format() {}

  /** A number with a fixed number of decimals; a dash if it is not finite. */
  static String fixed(double value, int decimals) {
    if (!Double.isFinite(value)) {
      return NOTHING;
    }
    return String.format(Locale.ROOT, "%." + decimals + "f", value).replace('-', MINUS);
  }

  /** Three significant digits, as a power of ten outside 0.001 to 9999. */
  static String significant(double value) {
    if (!Double.isFinite(value)) {
      return NOTHING;
    }
    if (value == 0) {
      return "0";
    }
    double size = Math.abs(value);
    if (size < 1e-3 || size >= 1e4) {
      String text = String.format(Locale.ROOT, "%.2e", value);
      int e = text.indexOf('e');
      String exponent = superscript(Integer.parseInt(text.substring(e + 1)));
      return text.substring(0, e).replace('-', MINUS) + " × 10" + exponent;
    }
    int decimals = Math.max(0, 2 - (int) Math.floor(Math.log10(size)));
    return fixed(value, decimals);
  }

  /** A value with as many decimals as its error deserves. */
  static String value(double value, double stderr) {
    return estimate(value, stderr).split(" ", 2)[0];
  }

  /** An error behind its sign, to two digits. */
  static String error(double stderr) {
    String[] parts = estimate(0, stderr).split(" ± ", 2);
    return parts.length == 2 ? "± " + parts[1] : "";
  }

  /** A value and its error, with as many decimals as the error deserves (two digits of it). */
  static String estimate(double value, double stderr) {
    if (!Double.isFinite(stderr) || stderr <= 0) {
      return significant(value);
    }
    int decimals = Math.min(9, Math.max(0, 1 - (int) Math.floor(Math.log10(stderr))));
    return fixed(value, decimals) + " ± " + fixed(stderr, decimals);
  }

  /** A value and its error. */
  static String estimate(Estimate estimate) {
    return estimate == null ? NOTHING : estimate(estimate.value(), estimate.standardError());
  }

  /** A share of one in percent. */
  static String percent(double share, int decimals) {
    return Double.isFinite(share) ? fixed(100 * share, decimals) + THIN_SPACE + "%" : NOTHING;
  }

  /** A share of one in percent with as many digits as it has, up to three. */
  static String share(double share) {
    return new BigDecimal(100 * share)
            .round(new MathContext(3))
            .stripTrailingZeros()
            .toPlainString()
        + THIN_SPACE
        + "%";
  }

  /** A whole number in groups of three. */
  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value).replace(',', THIN_SPACE).replace('-', MINUS);
  }

  /** A duration in the two units that matter. */
  static String duration(double seconds) {
    if (!Double.isFinite(seconds)) {
      return NOTHING;
    }
    if (seconds < 60) {
      return fixed(seconds, 1) + " s";
    }
    long whole = Math.round(seconds);
    if (whole < 3600) {
      return whole / 60 + " min " + whole % 60 + " s";
    }
    long minutes = Math.round(seconds / 60);
    return minutes / 60 + " h " + minutes % 60 + " min";
  }

  private static String superscript(int exponent) {
    StringBuilder text = new StringBuilder();
    for (char c : Integer.toString(exponent).toCharArray()) {
      text.append(c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(c - '0'));
    }
    return text.toString();
  }
}
