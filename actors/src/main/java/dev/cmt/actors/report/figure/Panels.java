package dev.cmt.actors.report.figure;

import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.util.List;

/** Drawings that share one figure. */
public final class Panels {
  private static final double BAR_SPACE = 72;
  private static final double BAR_TOP = 34;
  private static final double BAR_BOTTOM = 52;

  private Panels() {}

  /** Drawings beside each other in equal widths. */
  public static Figure.Drawing row(List<? extends Figure.Drawing> drawings) {
    List<Figure.Drawing> panels = List.copyOf(drawings);
    return (graphics, area, theme) -> drawRow(panels, graphics, area, theme);
  }

  /** Maps beside each other in equal widths and the colour bar they share on the right. */
  public static Figure.Drawing row(List<? extends Figure.Drawing> drawings, ColourBar bar) {
    List<Figure.Drawing> panels = List.copyOf(drawings);
    return (graphics, area, theme) -> {
      drawRow(
          panels,
          graphics,
          new Rectangle2D.Double(
              area.getX(), area.getY(), area.getWidth() - BAR_SPACE, area.getHeight()),
          theme);
      bar.draw(
          graphics,
          new Rectangle2D.Double(
              area.getMaxX() - BAR_SPACE + 6,
              area.getY() + BAR_TOP,
              BAR_SPACE,
              area.getHeight() - BAR_TOP - BAR_BOTTOM),
          theme);
    };
  }

  /** Drawings above each other in equal heights. */
  public static Figure.Drawing column(List<? extends Figure.Drawing> drawings) {
    List<Figure.Drawing> panels = List.copyOf(drawings);
    return (graphics, area, theme) -> {
      double height = area.getHeight() / panels.size();
      for (int i = 0; i < panels.size(); i++) {
        panels
            .get(i)
            .draw(
                graphics,
                new Rectangle2D.Double(
                    area.getX(), area.getY() + i * height, area.getWidth(), height),
                theme);
      }
    };
  }

  private static void drawRow(
      List<Figure.Drawing> panels, Graphics2D graphics, Rectangle2D area, Theme theme) {
    double width = area.getWidth() / panels.size();
    for (int i = 0; i < panels.size(); i++) {
      panels
          .get(i)
          .draw(
              graphics,
              new Rectangle2D.Double(area.getX() + i * width, area.getY(), width, area.getHeight()),
              theme);
    }
  }
}
