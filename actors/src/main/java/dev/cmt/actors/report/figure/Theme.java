package dev.cmt.actors.report.figure;

import java.awt.Color;
import java.awt.Font;
import java.util.Arrays;
import java.util.List;

/** The two looks of a figure: the colours of the page it stands on. */
public enum Theme {
  /** Dark ink on white. */
  LIGHT("", 0xFFFFFF, 0x1B1F24, 0x5B6470, 0xE4E7EB),
  /** Light ink on near black. */
  DARK("-dark", 0x171A1F, 0xE8EAED, 0x9AA3AE, 0x30353D);

  private static final List<Color> ON_WHITE =
      colours(0x0072B2, 0xD55E00, 0x009E73, 0xAA5C95, 0xE09B00, 0x56B4E9);

  private static final List<Color> ON_BLACK =
      colours(0x4FA8E0, 0xF08A4B, 0x3CC79B, 0xD28FBF, 0xF0BC4A, 0x9AD4F7);

  private final String suffix;
  private final Color paper;
  private final Color ink;
  private final Color muted;
  private final Color grid;

  Theme(String suffix, int paper, int ink, int muted, int grid) {
    this.suffix = suffix;
    this.paper = new Color(paper);
    this.ink = new Color(ink);
    this.muted = new Color(muted);
    this.grid = new Color(grid);
  }

  /** What the theme adds to a file's name before {@code .png}. */
  public String suffix() {
    return suffix;
  }

  /** Behind everything. */
  public Color paper() {
    return paper;
  }

  /** Titles and lines that matter. */
  public Color ink() {
    return ink;
  }

  /** Labels, ticks and reference lines. */
  public Color muted() {
    return muted;
  }

  /** Grid lines and frames. */
  public Color grid() {
    return grid;
  }

  /**
   * Colour of the n-th series. The hues follow Okabe and Ito (Color universal design, 2008),
   * brought to a contrast of at least 3:1 where lines are drawn in them on paper.
   */
  public Color series(int index) {
    List<Color> series = this == LIGHT ? ON_WHITE : ON_BLACK;
    return series.get(Math.floorMod(index, series.size()));
  }

  private static List<Color> colours(int... rgb) {
    return Arrays.stream(rgb).mapToObj(Color::new).toList();
  }

  /** The sans-serif face of the machine, in points of the nominal size. */
  Font font(float size) {
    return new Font(Font.SANS_SERIF, Font.PLAIN, 12).deriveFont(size);
  }
}
