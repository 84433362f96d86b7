package dev.cmt.actors.report.figure;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import org.jfree.chart.annotations.AbstractXYAnnotation;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.PlotRenderingInfo;
import org.jfree.chart.plot.XYPlot;

/** A ring of fixed size on the page around a place in the plot. */
final class Ring extends AbstractXYAnnotation {
  private static final long serialVersionUID = 1L;
  private static final double RADIUS = 6;

  private final double x;
  private final double y;
  private final Color colour;

  Ring(double x, double y, Color colour) {
    this.x = x;
    this.y = y;
    this.colour = colour;
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
    double px = horizontal.valueToJava2D(x, area, plot.getDomainAxisEdge());
    double py = vertical.valueToJava2D(y, area, plot.getRangeAxisEdge());
    graphics.setPaint(colour);
    graphics.setStroke(new BasicStroke(0.9f));
    graphics.draw(new Ellipse2D.Double(px - RADIUS, py - RADIUS, 2 * RADIUS, 2 * RADIUS));
  }
}
