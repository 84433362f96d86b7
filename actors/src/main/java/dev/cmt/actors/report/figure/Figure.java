package dev.cmt.actors.report.figure;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;

/**
 * One picture and what is said about it.
 *
 * @param name file name without suffix: lower-case letters, digits and dashes
 * @param title a short heading
 * @param caption what the reader sees and should know, in plain text
 * @param width nominal width in pixels, 100 to 4000; files have twice as many
 * @param height nominal height in pixels, 100 to 4000
 * @param drawing draws the content
 */
public record Figure(
    String name, String title, String caption, int width, int height, Drawing drawing) {
  /** Pixels of a file per nominal pixel. */
  public static final int SCALE = 2;

  private static final Pattern NAME = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");

  /** Draws a figure's content into an area already painted in the theme's paper. */
  @FunctionalInterface
  public interface Drawing {
    /** Draws into {@code area}, in nominal pixels. */
    void draw(Graphics2D graphics, Rectangle2D area, Theme theme);
  }

  public Figure {
    Objects.requireNonNull(title, "title");
    Objects.requireNonNull(caption, "caption");
    Objects.requireNonNull(drawing, "drawing");
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "The figure name (%s) must consist of lower-case letters, digits and single dashes: it becomes a file name."
              .formatted(name));
    }
    requireSize("width", width);
    requireSize("height", height);
  }

  /** Name of the file that {@link #png} fills. */
  public String fileName(Theme theme) {
    return name + theme.suffix() + ".png";
  }

  /** The figure as a PNG file of {@code SCALE·width} × {@code SCALE·height} pixels. */
  public byte[] png(Theme theme) {
    BufferedImage image =
        new BufferedImage(SCALE * width, SCALE * height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    try {
      graphics.scale(SCALE, SCALE);
      graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      graphics.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      graphics.setRenderingHint(
          RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
      graphics.setRenderingHint(
          RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
      graphics.setColor(theme.paper());
      graphics.fillRect(0, 0, width, height);
      drawing.draw(graphics, new Rectangle2D.Double(0, 0, width, height), theme);
    } finally {
      graphics.dispose();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, "png", bytes)) {
        throw new IllegalStateException("This Java runtime has no PNG writer.");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Writing figure " + name + " to memory failed.", e);
    }
    return bytes.toByteArray();
  }

  private static void requireSize(String what, int pixels) {
    if (pixels < 100 || pixels > 4000) {
      throw new IllegalArgumentException(
          "The %s (%d) of a figure must be between 100 and 4000 pixels.".formatted(what, pixels));
    }
  }
}
