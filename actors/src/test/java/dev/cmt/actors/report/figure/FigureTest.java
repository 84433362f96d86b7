package dev.cmt.actors.report.figure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FigureTest {
  private static final double[] X = {0, 1, 2, 3};

  @ParameterizedTest
  @EnumSource(Theme.class)
  void aFigureIsPaintedAtTwiceItsSizeInInkOnPaper(Theme theme) throws IOException {
    Figure figure =
        figure(
            new XyChart(Axis.count("step"), Axis.linear("value"))
                .line("a", X, new double[] {1, 2, 4, 3}, 0)
                .level("bound", 2.5));
    BufferedImage image = read(figure.png(theme));
    assertThat(image.getWidth()).isEqualTo(640);
    assertThat(image.getHeight()).isEqualTo(480);
    assertThat(new Color(image.getRGB(1, 1))).isEqualTo(theme.paper());
    assertThat(pixels(image, theme.series(0))).as("pixels of the line").isGreaterThan(300);
    assertThat(figure.fileName(theme)).isEqualTo("test" + theme.suffix() + ".png");
  }

  @Test
  void theSameFigureHasTheSameBytes() {
    Figure figure =
        figure(
            new XyChart(Axis.linear("x"), Axis.linear("y"))
                .histogram("h", X, new double[] {1, 2, 1}, 1));
    assertThat(figure.png(Theme.LIGHT)).isEqualTo(figure.png(Theme.LIGHT));
  }

  @Test
  void pointsWithoutAPlaceLeaveGaps() throws IOException {
    double[] y = {Double.NaN, Double.POSITIVE_INFINITY, 0, -1};
    Figure empty =
        figure(new XyChart(Axis.count("step"), Axis.log("multiplier")).line("λ", X, y, 0));
    assertThat(pixels(read(empty.png(Theme.LIGHT)), Theme.LIGHT.series(0))).isZero();
    y[2] = 10;
    Figure one = figure(new XyChart(Axis.count("step"), Axis.log("multiplier")).line("λ", X, y, 0));
    assertThat(pixels(read(one.png(Theme.LIGHT)), Theme.LIGHT.series(0)))
        .as("a single point is marked")
        .isGreaterThan(20);
  }

  @Test
  void stackedBarsStandOnEachOther() throws IOException {
    XyChart chart =
        new XyChart(Axis.count("step"), Axis.linear("s", 0, 4))
            .stackedBars("low", X, new double[] {1, 1, 1, 1}, 0)
            .stackedBars("high", X, new double[] {2, 2, 2, 2}, 1);
    BufferedImage image = read(figure(chart).png(Theme.LIGHT));
    double low = pixels(image, Theme.LIGHT.series(0));
    double high = pixels(image, Theme.LIGHT.series(1));
    assertThat(high / low).isBetween(1.8, 2.2);
  }

  @Test
  void aHeatmapPutsItsFirstIndexAlongTheHorizontalAxis() throws IOException {
    double[][] values = {{0, Double.NaN}, {Double.NaN, Double.NaN}, {Double.NaN, 9}};
    XyChart chart =
        new XyChart(Axis.angle("φ"), Axis.angle("ψ"))
            .heatmap(new Heatmap(values, -Math.PI, Math.PI, -Math.PI, Math.PI, 0, 9));
    BufferedImage image = read(figure(chart).png(Theme.LIGHT));
    int[] first = centre(image, ColourMap.at(0, Theme.LIGHT));
    int[] last = centre(image, ColourMap.at(1, Theme.LIGHT));
    assertThat(first[0]).as("low x left").isLessThan(last[0]);
    assertThat(first[1]).as("low y at the bottom").isGreaterThan(last[1]);
  }

  @Test
  void lightnessOfTheColourMapFallsFromPaperToWhatStandsOut() {
    for (Theme theme : Theme.values()) {
      double before = luminance(ColourMap.at(1, theme));
      double paper = luminance(theme.paper());
      for (double t = 0.95; t >= 0; t -= 0.05) {
        double now = luminance(ColourMap.at(t, theme));
        assertThat(Math.abs(now - paper))
            .as("%s at %s", theme, t)
            .isGreaterThan(Math.abs(before - paper));
        before = now;
      }
    }
  }

  @Test
  void seriesColoursContrastWithPaper() {
    for (Theme theme : Theme.values()) {
      for (int i = 0; i < 4; i++) {
        double a = luminance(theme.series(i)) + 0.05;
        double b = luminance(theme.paper()) + 0.05;
        assertThat(Math.max(a / b, b / a)).as("%s colour %d", theme, i).isGreaterThan(3);
      }
    }
  }

  @Test
  void panelsShareAFigureWithAColourBar() throws IOException {
    Heatmap map = new Heatmap(new double[][] {{4.5}}, 0, 1, 0, 1, 0, 9);
    XyChart panel =
        new XyChart(Axis.linear("x", 0, 1), Axis.linear("y", 0, 1)).title("one").heatmap(map);
    Figure figure =
        new Figure(
            "panels",
            "t",
            "c",
            640,
            240,
            Panels.row(List.of(panel, panel), new ColourBar("kT", 0, 9, 1)));
    BufferedImage image = read(figure.png(Theme.DARK));
    Color colour = ColourMap.at(0.5, Theme.DARK);
    assertThat(pixels(image.getSubimage(0, 0, 560, 480), colour)).isGreaterThan(10_000);
    assertThat(pixels(image.getSubimage(568, 0, 560, 480), colour)).isGreaterThan(10_000);
    assertThat(pixels(image.getSubimage(1140, 0, 140, 480), ColourMap.at(0.0039, Theme.DARK)))
        .as("low end of the bar")
        .isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../x", "A", "a b", "a--b", "a/b", "a.png"})
  void namesThatAreNoPlainFileNamesAreRefused(String name) {
    assertThatThrownBy(() -> new Figure(name, "t", "c", 100, 100, (g, a, t) -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lower-case");
  }

  @Test
  void wrongShapesAreRefused() {
    assertThatThrownBy(
            () -> new XyChart(Axis.linear("x"), Axis.linear("y")).line("a", X, new double[3], 0))
        .hasMessageContaining("4 x and 3 y");
    assertThatThrownBy(() -> new Axis("z", Axis.Scale.LINEAR, 2, 1)).hasMessageContaining("grow");
    assertThatThrownBy(() -> new Heatmap(new double[][] {{1, 2}, {1}}, 0, 1, 0, 1, 0, 1))
        .hasMessageContaining("same length");
  }

  private static Figure figure(Figure.Drawing drawing) {
    return new Figure("test", "title", "caption", 320, 240, drawing);
  }

  private static BufferedImage read(byte[] png) throws IOException {
    return ImageIO.read(new ByteArrayInputStream(png));
  }

  private static int pixels(BufferedImage image, Color colour) {
    int count = 0;
    for (int x = 0; x < image.getWidth(); x++) {
      for (int y = 0; y < image.getHeight(); y++) {
        count += image.getRGB(x, y) == colour.getRGB() ? 1 : 0;
      }
    }
    return count;
  }

  private static int[] centre(BufferedImage image, Color colour) {
    long sumX = 0;
    long sumY = 0;
    int count = 0;
    for (int x = 0; x < image.getWidth(); x++) {
      for (int y = 0; y < image.getHeight(); y++) {
        if (image.getRGB(x, y) == colour.getRGB()) {
          sumX += x;
          sumY += y;
          count++;
        }
      }
    }
    assertThat(count).as("pixels of %s", colour).isPositive();
    return new int[] {(int) (sumX / count), (int) (sumY / count)};
  }

  /** Relative luminance (WCAG 2.1). */
  private static double luminance(Color colour) {
    float[] rgb = colour.getRGBColorComponents(null);
    double[] weight = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
      double value = rgb[i] <= 0.04045 ? rgb[i] / 12.92 : Math.pow((rgb[i] + 0.055) / 1.055, 2.4);
      sum += weight[i] * value;
    }
    return sum;
  }
}
