package dev.cmt.actors.report.figure;

import java.awt.BasicStroke;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.Objects;

/**
 * The key of a heat map: colours beside a vertical axis.
 *
 * @param label quantity and unit
 * @param low value at the bottom
 * @param high value at the top
 * @param tick distance of the ticks
 */
public record ColourBar(String label, double low, double high, double tick)
    implements Figure.Drawing {
  private static final double WIDTH = 14;
  private static final int SHADES = 128;

  public ColourBar {
    Objects.requireNonNull(label, "label");
    if (!(low < high && tick > 0)) {
      throw new IllegalArgumentException(
          "A colour bar must grow and its tick be positive: %s to %s, tick %s."
              .formatted(low, high, tick));
    }
  }

  @Override
  public void draw(Graphics2D graphics, Rectangle2D area, Theme theme) {
    double height = area.getHeight();
    for (int i = 0; i < SHADES; i++) {
      graphics.setPaint(ColourMap.at((i + 0.5) / SHADES, theme));
      double top = area.getMaxY() - height * (i + 1) / SHADES;
      // Shades overlap by half a pixel so that no seam shows between them.
      graphics.fill(
          new Rectangle2D.Double(
              area.getX(), top, WIDTH, Math.min(height / SHADES + 0.5, area.getMaxY() - top)));
    }
    graphics.setStroke(new BasicStroke(1f));
    graphics.setFont(theme.font(11));
    FontMetrics metrics = graphics.getFontMetrics();
    for (double value = low; value <= high + 1e-9 * (high - low); value += tick) {
      double y = area.getMaxY() - height * (value - low) / (high - low);
      graphics.setPaint(theme.muted());
      graphics.draw(new Line2D.Double(area.getX() + WIDTH, y, area.getX() + WIDTH + 4, y));
      graphics.drawString(
          text(value),
          (float) (area.getX() + WIDTH + 8),
          (float) (y + metrics.getAscent() / 2.0 - 2));
    }
    AffineTransform before = graphics.getTransform();
    graphics.setFont(theme.font(12));
    double length = graphics.getFontMetrics().stringWidth(label);
    graphics.translate(area.getX() + WIDTH + 42, area.getCenterY() + length / 2);
    graphics.rotate(-Math.PI / 2);
    graphics.drawString(label, 0, 0);
    graphics.setTransform(before);
  }

  private static String text(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
