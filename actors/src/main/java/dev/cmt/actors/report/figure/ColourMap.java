package dev.cmt.actors.report.figure;

import java.awt.Color;

/**
 * A sequential colour map from violet over teal to yellow whose lightness is linear in the value,
 * so that equal steps look equal and survive a grey print. Computed in OKLCH (B. Ottosson, A
 * perceptual color space for image processing, 2020): lightness, chroma and hue are interpolated,
 * then brought to sRGB.
 */
public final class ColourMap {
  private static final double DARKEST = 0.28;
  private static final double LIGHTEST = 0.91;

  private ColourMap() {}

  /**
   * Colour of a value.
   *
   * @param position 0 stands out most from the theme's paper, 1 least; clamped to [0, 1]
   * @param theme whose paper the colour lies on
   */
  public static Color at(double position, Theme theme) {
    double t = Math.min(1, Math.max(0, position));
    double light = theme == Theme.LIGHT ? t : 1 - t;
    double lightness = DARKEST + (LIGHTEST - DARKEST) * light;
    // Violet (300°) to yellow (105°). Chroma dips at teal, where sRGB has least of it.
    double hue = Math.toRadians(300 - 195 * light);
    double chroma = 0.105 + 0.055 * Math.abs(2 * light - 1) * (light < 0.5 ? 0.6 : 1);
    return fromOklch(lightness, chroma, hue);
  }

  private static Color fromOklch(double lightness, double chroma, double hue) {
    double a = chroma * Math.cos(hue);
    double b = chroma * Math.sin(hue);
    double l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
    double m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
    double s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
    return new Color(
        gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
        gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
        gamma(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s));
  }

  private static double cube(double value) {
    return value * value * value;
  }

  private static float gamma(double linear) {
    double value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.pow(linear, 1 / 2.4) - 0.055;
    return (float) Math.min(1, Math.max(0, value));
  }
}
