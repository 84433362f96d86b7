package dev.cmt.actors.report.figure;

import java.awt.BasicStroke;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.text.FieldPosition;
import java.text.NumberFormat;
import java.text.ParsePosition;
import java.util.Locale;
import java.util.Objects;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.ui.RectangleInsets;

/**
 * What an axis shows.
 *
 * @param label quantity and unit
 * @param scale how numbers become places
 * @param low least value shown, or NaN to fit the data
 * @param high greatest value shown, or NaN to fit the data
 */
public record Axis(String label, Scale scale, double low, double high) {
  /** Room around tick labels: the more, the fewer ticks. */
  private static final RectangleInsets TICK_SPACE = new RectangleInsets(7, 8, 7, 8);

  /** How numbers become places, and what the ticks say. */
  public enum Scale {
    /** Plain numbers. */
    LINEAR,
    /** Whole numbers, such as annealing steps. */
    COUNT,
    /** Powers of ten; only positive values have a place. */
    LOG,
    /** Radians with ticks at multiples of π/2. */
    ANGLE
  }

  public Axis {
    Objects.requireNonNull(label, "label");
    Objects.requireNonNull(scale, "scale");
    if (low >= high) {
      throw new IllegalArgumentException(
          "The range of axis %s (%s to %s) must grow.".formatted(label, low, high));
    }
    if (scale == Scale.LOG && low <= 0) {
      throw new IllegalArgumentException(
          "The low end (%s) of the logarithmic axis %s must be positive.".formatted(low, label));
    }
  }

  /** Plain numbers, range from the data. */
  public static Axis linear(String label) {
    return new Axis(label, Scale.LINEAR, Double.NaN, Double.NaN);
  }

  /** Plain numbers in a given range. */
  public static Axis linear(String label, double low, double high) {
    return new Axis(label, Scale.LINEAR, low, high);
  }

  /** Whole numbers, range from the data. */
  public static Axis count(String label) {
    return new Axis(label, Scale.COUNT, Double.NaN, Double.NaN);
  }

  /** Powers of ten, range from the data. */
  public static Axis log(String label) {
    return new Axis(label, Scale.LOG, Double.NaN, Double.NaN);
  }

  /** A full turn, −π to π. */
  public static Axis angle(String label) {
    return new Axis(label, Scale.ANGLE, -Math.PI, Math.PI);
  }

  /** The chart library's axis in the theme's style. */
  ValueAxis toValueAxis(Theme theme) {
    ValueAxis axis = scale == Scale.LOG ? logAxis() : numberAxis();
    if (!Double.isNaN(low) && !Double.isNaN(high)) {
      axis.setRange(low, high);
    }
    axis.setLabel(label);
    axis.setLabelFont(theme.font(12));
    axis.setLabelPaint(theme.muted());
    axis.setTickLabelFont(theme.font(11));
    axis.setTickLabelPaint(theme.muted());
    axis.setAxisLinePaint(theme.grid());
    axis.setTickMarkPaint(theme.grid());
    axis.setTickMarkStroke(new BasicStroke(1f));
    axis.setTickLabelInsets(TICK_SPACE);
    return axis;
  }

  private static ValueAxis logAxis() {
    LogAxis axis = new LogAxis();
    axis.setBase(10);
    axis.setNumberFormatOverride(new PowerOfTen());
    axis.setTickUnit(new NumberTickUnit(1));
    axis.setMinorTickMarksVisible(false);
    return axis;
  }

  private NumberAxis numberAxis() {
    NumberAxis axis = new NumberAxis();
    axis.setAutoRangeIncludesZero(false);
    if (scale == Scale.COUNT) {
      axis.setLowerMargin(0.02);
      axis.setUpperMargin(0.02);
    }
    switch (scale) {
      case COUNT -> axis.setStandardTickUnits(NumberAxis.createIntegerTickUnits(Locale.ROOT));
      case ANGLE ->
          axis.setTickUnit(new NumberTickUnit(Math.PI / 2, new MultipleOfPi()), false, true);
      default -> axis.setStandardTickUnits(NumberAxis.createStandardTickUnits(Locale.ROOT));
    }
    if (scale != Scale.ANGLE) {
      axis.setNumberFormatOverride(new PlainNumber());
    }
    return axis;
  }

  /** Ticks such as −π/2; ASCII minus signs would look like hyphens beside the letter. */
  private static final class MultipleOfPi extends WriteOnlyFormat {
    private static final long serialVersionUID = 1L;

    @Override
    String text(double value) {
      long halves = Math.round(value / (Math.PI / 2));
      String sign = halves < 0 ? "−" : "";
      long size = Math.abs(halves);
      if (size == 0) {
        return "0";
      }
      String multiple =
          size % 2 == 0
              ? (size == 2 ? "" : Long.toString(size / 2))
              : (size == 1 ? "" : Long.toString(size));
      return sign + multiple + "π" + (size % 2 == 0 ? "" : "/2");
    }
  }

  /** True minus signs; powers of ten where zeros would pile up. */
  private static final class PlainNumber extends WriteOnlyFormat {
    private static final long serialVersionUID = 1L;

    @Override
    String text(double value) {
      double size = Math.abs(value);
      if (size == 0 || (size >= 1e-4 && size < 1e6)) {
        return plain(value);
      }
      int exponent = (int) Math.floor(Math.log10(size) + 1e-9);
      return plain(value / Math.pow(10, exponent)) + " × " + power(exponent);
    }
  }

  /** 1000 and more as a power of ten in superscript digits, the rest in plain digits. */
  private static final class PowerOfTen extends WriteOnlyFormat {
    private static final long serialVersionUID = 1L;

    @Override
    String text(double value) {
      double exponent = Math.log10(value);
      long whole = Math.round(exponent);
      return Math.abs(exponent - whole) > 1e-6 || Math.abs(whole) < 3 ? plain(value) : power(whole);
    }
  }

  private static String plain(double value) {
    DecimalFormatSymbols symbols = DecimalFormatSymbols.getInstance(Locale.ROOT);
    symbols.setMinusSign('−');
    return new DecimalFormat("0.######", symbols).format(value);
  }

  private static String power(long exponent) {
    StringBuilder text = new StringBuilder("10");
    for (char c : Long.toString(exponent).toCharArray()) {
      text.append(c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(c - '0'));
    }
    return text.toString();
  }

  private abstract static class WriteOnlyFormat extends NumberFormat {
    private static final long serialVersionUID = 1L;

    abstract String text(double value);

    @Override
    public StringBuffer format(double value, StringBuffer out, FieldPosition position) {
      return out.append(text(value));
    }

    @Override
    public StringBuffer format(long value, StringBuffer out, FieldPosition position) {
      return out.append(text((double) value));
    }

    @Override
    public Number parse(String source, ParsePosition position) {
      throw new UnsupportedOperationException("Tick labels are written, never read.");
    }
  }
}
