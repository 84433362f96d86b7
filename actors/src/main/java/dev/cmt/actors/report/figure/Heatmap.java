package dev.cmt.actors.report.figure;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import org.jfree.chart.annotations.AbstractXYAnnotation;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.PlotRenderingInfo;
import org.jfree.chart.plot.XYPlot;

/** A grid of values as coloured cells; cells that are not finite stay paper. */
public final class Heatmap {
  private final double[][] values;
  private final double xLow;
  private final double xHigh;
  private final double yLow;
  private final double yHigh;
  private final double low;
  private final double high;

  /**
   * A grid of values.
   *
   * @param values {@code [nx][ny]}, the first index along the horizontal axis; not copied
   * @param xLow left edge of the first column
   * @param xHigh right edge of the last column
   * @param yLow bottom edge of the first row
   * @param yHigh top edge of the last row
   * @param low value of the colour that stands out most
   * @param high value of the colour that stands out least; greater values take it too
   */
  public Heatmap(
      double[][] values,
      double xLow,
      double xHigh,
      double yLow,
      double yHigh,
      double low,
      double high) {
    if (values.length == 0 || values[0].length == 0) {
      throw new IllegalArgumentException("A heat map must have at least one cell.");
    }
    for (double[] column : values) {
      if (column.length != values[0].length) {
        throw new IllegalArgumentException(
            "All columns of a heat map must have the same length; found %d and %d."
                .formatted(values[0].length, column.length));
      }
    }
    if (!(xLow < xHigh && yLow < yHigh && low < high)) {
      throw new IllegalArgumentException(
          "The ranges of a heat map must grow: x %s to %s, y %s to %s, values %s to %s."
              .formatted(xLow, xHigh, yLow, yHigh, low, high));
    }
    this.values = values;
    this.xLow = xLow;
    this.xHigh = xHigh;
    this.yLow = yLow;
    this.yHigh = yHigh;
    this.low = low;
    this.high = high;
  }

  AbstractXYAnnotation annotation(Theme theme) {
    return new Cells(this, theme);
  }

  private BufferedImage image(Theme theme) {
    int nx = values.length;
    int ny = values[0].length;
    BufferedImage image = new BufferedImage(nx, ny, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < nx; i++) {
      for (int j = 0; j < ny; j++) {
        double value = values[i][j];
        image.setRGB(
            i,
            ny - 1 - j,
            Double.isFinite(value)
                ? ColourMap.at((value - low) / (high - low), theme).getRGB()
                : theme.paper().getRGB());
      }
    }
    return image;
  }

  /** Draws cells with sharp edges: the chart library's own image annotation interpolates. */
  private static final class Cells extends AbstractXYAnnotation {
    private static final long serialVersionUID = 1L;
    private final transient Heatmap map;
    private final Theme theme;

    Cells(Heatmap map, Theme theme) {
      this.map = map;
      this.theme = theme;
    }

    @Override
    public void draw(
        Graphics2D graphics,
        XYPlot plot,
        Rectangle2D area,
        ValueAxis horizontal,
        ValueAxis vertical,
        int rendererIndex,
        PlotRenderingInfo info) {
      double left = horizontal.valueToJava2D(map.xLow, area, plot.getDomainAxisEdge());
      double right = horizontal.valueToJava2D(map.xHigh, area, plot.getDomainAxisEdge());
      double bottom = vertical.valueToJava2D(map.yLow, area, plot.getRangeAxisEdge());
      double top = vertical.valueToJava2D(map.yHigh, area, plot.getRangeAxisEdge());
      Graphics2D own = (Graphics2D) graphics.create();
      try {
        own.setRenderingHint(
            RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
        own.translate(left, top);
        own.scale((right - left) / map.values.length, (bottom - top) / map.values[0].length);
        own.drawImage(map.image(theme), 0, 0, null);
      } finally {
        own.dispose();
      }
    }
  }
}
