package dev.cmt.actors.report.figure;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.AxisSpace;
import org.jfree.chart.block.BlockBorder;
import org.jfree.chart.plot.DatasetRenderingOrder;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.StackedXYBarRenderer;
import org.jfree.chart.renderer.xy.StandardXYBarPainter;
import org.jfree.chart.renderer.xy.XYAreaRenderer;
import org.jfree.chart.renderer.xy.XYItemRenderer;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.title.LegendTitle;
import org.jfree.chart.title.TextTitle;
import org.jfree.chart.ui.HorizontalAlignment;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.xy.DefaultTableXYDataset;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/**
 * A chart of lines, filled steps and stacked bars over one pair of axes, in the house style. Points
 * that are not finite, and points without a place on a logarithmic axis, leave gaps. Built by one
 * thread.
 */
public final class XyChart implements Figure.Drawing {
  /** Lines with no more points than this show each of them. */
  private static final int MARKED_POINTS = 40;

  private enum Kind {
    LINE,
    LEVEL,
    AREA,
    STACKED_BAR
  }

  private static final class Series {
    final Kind kind;
    final String name;
    final double[] x;
    final double[] y;
    final int colour;

    Series(Kind kind, String name, double[] x, double[] y, int colour) {
      this.kind = kind;
      this.name = name;
      this.x = x.clone();
      this.y = y.clone();
      this.colour = colour;
    }
  }

  private final Axis horizontal;
  private final Axis vertical;
  private final List<Series> series = new ArrayList<>();
  private String title = "";
  private double leftMargin = Double.NaN;
  private Heatmap heatmap;
  private List<List<Double>> marks = List.of();

  /** An empty chart over two axes. */
  public XyChart(Axis horizontal, Axis vertical) {
    this.horizontal = Objects.requireNonNull(horizontal, "horizontal");
    this.vertical = Objects.requireNonNull(vertical, "vertical");
  }

  /** A heading above the plot, for charts that stand beside others. */
  public XyChart title(String text) {
    title = Objects.requireNonNull(text, "text");
    return this;
  }

  /**
   * Gives the vertical axis a fixed width in nominal pixels, so that charts above each other line
   * up.
   */
  public XyChart leftMargin(double pixels) {
    leftMargin = pixels;
    return this;
  }

  /** A line through points, in the theme's {@code colour}-th colour. */
  public XyChart line(String name, double[] x, double[] y, int colour) {
    return add(Kind.LINE, name, x, y, colour);
  }

  /** A dashed grey reference line at one height; each of a chart has its own dashes. */
  public XyChart level(String name, double value) {
    int levels = (int) series.stream().filter(one -> one.kind == Kind.LEVEL).count();
    return add(Kind.LEVEL, name, new double[] {0}, new double[] {value}, levels);
  }

  /**
   * A filled histogram outline.
   *
   * @param edges {@code [bins + 1]} growing
   * @param heights {@code [bins]}
   */
  public XyChart histogram(String name, double[] edges, double[] heights, int colour) {
    if (edges.length != heights.length + 1) {
      throw new IllegalArgumentException(
          "Histogram %s has %d edges for %d bins; it must have one more edge than bins."
              .formatted(name, edges.length, heights.length));
    }
    double[] x = new double[2 * heights.length + 2];
    double[] y = new double[x.length];
    x[0] = edges[0];
    for (int i = 0; i < heights.length; i++) {
      x[2 * i + 1] = edges[i];
      x[2 * i + 2] = edges[i + 1];
      y[2 * i + 1] = heights[i];
      y[2 * i + 2] = heights[i];
    }
    x[x.length - 1] = edges[edges.length - 1];
    return add(Kind.AREA, name, x, y, colour);
  }

  /** Bars on top of those added before; all bars of a chart share their x. */
  public XyChart stackedBars(String name, double[] x, double[] y, int colour) {
    return add(Kind.STACKED_BAR, name, x, y, colour);
  }

  /** A picture of a density behind the lines. */
  public XyChart heatmap(Heatmap map) {
    heatmap = Objects.requireNonNull(map, "map");
    return this;
  }

  /** Small rings at places, each an x and a y. */
  public XyChart marks(List<List<Double>> places) {
    marks = List.copyOf(places);
    return this;
  }

  private XyChart add(Kind kind, String name, double[] x, double[] y, int colour) {
    if (x.length != y.length) {
      throw new IllegalArgumentException(
          "Series %s has %d x and %d y; there must be as many of both."
              .formatted(name, x.length, y.length));
    }
    series.add(new Series(kind, Objects.requireNonNull(name, "name"), x, y, colour));
    return this;
  }

  @Override
  public void draw(Graphics2D graphics, Rectangle2D area, Theme theme) {
    chart(theme).draw(graphics, area);
  }

  private JFreeChart chart(Theme theme) {
    XYPlot plot =
        new XYPlot(null, horizontal.toValueAxis(theme), vertical.toValueAxis(theme), null);
    plot.setBackgroundPaint(theme.paper());
    plot.setOutlineVisible(heatmap != null);
    plot.setOutlinePaint(theme.grid());
    plot.setDomainGridlinesVisible(false);
    plot.setRangeGridlinesVisible(heatmap == null);
    plot.setRangeGridlinePaint(theme.grid());
    plot.setRangeGridlineStroke(new BasicStroke(1f));
    plot.setAxisOffset(new RectangleInsets(4, 4, 4, 4));
    plot.setDatasetRenderingOrder(DatasetRenderingOrder.FORWARD);
    if (!Double.isNaN(leftMargin)) {
      AxisSpace space = new AxisSpace();
      space.setLeft(leftMargin);
      plot.setFixedRangeAxisSpace(space);
    }
    if (heatmap != null) {
      plot.addAnnotation(heatmap.annotation(theme));
    }
    for (List<Double> place : marks) {
      plot.addAnnotation(new Ring(place.get(0), place.get(1), theme.series(1)));
    }
    int index = addBars(plot, theme);
    for (Series one : series) {
      if (one.kind != Kind.STACKED_BAR) {
        XYSeriesCollection data = new XYSeriesCollection(points(one));
        plot.setDataset(index, data);
        plot.setRenderer(index, renderer(one, theme));
        index++;
      }
    }
    JFreeChart chart = new JFreeChart(null, theme.font(13), plot, false);
    chart.setBackgroundPaint(theme.paper());
    chart.setPadding(new RectangleInsets(6, 6, 6, 14));
    if (!title.isEmpty()) {
      TextTitle heading = new TextTitle(title, theme.font(13));
      heading.setPaint(theme.ink());
      heading.setPadding(0, 0, 4, 0);
      chart.setTitle(heading);
    }
    if (series.size() > 1) {
      chart.addSubtitle(legend(plot, theme));
    }
    return chart;
  }

  private static LegendTitle legend(XYPlot plot, Theme theme) {
    LegendTitle legend = new LegendTitle(plot);
    legend.setPosition(RectangleEdge.TOP);
    legend.setHorizontalAlignment(HorizontalAlignment.LEFT);
    legend.setItemFont(theme.font(11.5f));
    legend.setItemPaint(theme.ink());
    legend.setBackgroundPaint(theme.paper());
    legend.setFrame(BlockBorder.NONE);
    legend.setLegendItemGraphicPadding(new RectangleInsets(2, 8, 2, 2));
    return legend;
  }

  private int addBars(XYPlot plot, Theme theme) {
    DefaultTableXYDataset table = new DefaultTableXYDataset();
    table.setIntervalWidth(1);
    StackedXYBarRenderer bars = new StackedXYBarRenderer(bars() > MARKED_POINTS ? 0 : 0.15);
    bars.setBarPainter(new StandardXYBarPainter());
    bars.setShadowVisible(false);
    bars.setDrawBarOutline(false);
    for (Series one : series) {
      if (one.kind == Kind.STACKED_BAR) {
        XYSeries stack = new XYSeries(one.name, true, false);
        for (int i = 0; i < one.x.length; i++) {
          stack.addOrUpdate(one.x[i], Double.isFinite(one.y[i]) ? one.y[i] : 0);
        }
        table.addSeries(stack);
        bars.setSeriesPaint(table.getSeriesCount() - 1, theme.series(one.colour));
      }
    }
    if (table.getSeriesCount() == 0) {
      return 0;
    }
    plot.setDataset(0, table);
    plot.setRenderer(0, bars);
    return 1;
  }

  private int bars() {
    return series.stream()
        .filter(one -> one.kind == Kind.STACKED_BAR)
        .mapToInt(one -> one.x.length)
        .max()
        .orElse(0);
  }

  private XYSeries points(Series one) {
    XYSeries points = new XYSeries(one.name, false, true);
    if (one.kind == Kind.LEVEL) {
      double[] range = horizontalRange();
      points.add(range[0], one.y[0]);
      points.add(range[1], one.y[0]);
      return points;
    }
    for (int i = 0; i < one.x.length; i++) {
      boolean shown =
          Double.isFinite(one.x[i])
              && Double.isFinite(one.y[i])
              && (vertical.scale() != Axis.Scale.LOG || one.y[i] > 0);
      points.add(one.x[i], shown ? (Double) one.y[i] : null);
    }
    return points;
  }

  private double[] horizontalRange() {
    if (!Double.isNaN(horizontal.low())) {
      return new double[] {horizontal.low(), horizontal.high()};
    }
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (Series one : series) {
      if (one.kind != Kind.LEVEL) {
        for (double x : one.x) {
          low = Math.min(low, x);
          high = Math.max(high, x);
        }
      }
    }
    return low <= high ? new double[] {low, high} : new double[] {0, 1};
  }

  private static float[] dashes(int level) {
    return level % 2 == 0 ? new float[] {6, 4} : new float[] {1.5f, 3.5f};
  }

  private XYItemRenderer renderer(Series one, Theme theme) {
    if (one.kind == Kind.AREA) {
      Color line = theme.series(one.colour);
      XYAreaRenderer area = new XYAreaRenderer(XYAreaRenderer.AREA);
      area.setSeriesPaint(0, new Color(line.getRed(), line.getGreen(), line.getBlue(), 70));
      area.setOutline(true);
      area.setSeriesOutlinePaint(0, line);
      area.setSeriesOutlineStroke(0, new BasicStroke(1.6f));
      area.setLegendArea(new Rectangle2D.Double(-6, -4, 12, 8));
      return area;
    }
    boolean level = one.kind == Kind.LEVEL;
    boolean marked = !level && one.x.length <= MARKED_POINTS;
    XYLineAndShapeRenderer line = new XYLineAndShapeRenderer(true, marked);
    line.setDrawSeriesLineAsPath(true);
    line.setSeriesPaint(0, level ? theme.muted() : theme.series(one.colour));
    line.setSeriesStroke(
        0,
        level
            ? new BasicStroke(
                1.3f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1f, dashes(one.colour), 0)
            : new BasicStroke(1.8f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    line.setSeriesShape(0, new Ellipse2D.Double(-2.2, -2.2, 4.4, 4.4));
    line.setLegendLine(new Line2D.Double(-11, 0, 11, 0));
    return line;
  }
}
