package dev.cmt.actors.report;

import dev.cmt.actors.report.figure.Axis;
import dev.cmt.actors.report.figure.ColourBar;
import dev.cmt.actors.report.figure.Figure;
import dev.cmt.actors.report.figure.Heatmap;
import dev.cmt.actors.report.figure.Panels;
import dev.cmt.actors.report.figure.XyChart;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Figures of an evaluation: densities of the flow as it is, reweighted, and of references. */
final class EvaluationFigures {
  /** Cells above this free energy stay blank, kT. */
  static final double HIGHEST_KT = 9;

  /** Names of grids and lines that have figures of their own. */
  static final String PLANE = "plane";

  static final String ENERGY = "energy";
  static final String LOG_WEIGHT = "log-weight";

  /** Before the kind of bond in the name of its line. */
  static final String BOND = "bond ";

  /** How lines of torsions that are neither φ nor ψ begin. */
  static final String TORSION = "torsion ";

  private static final int WIDTH = 560;
  private static final int HEIGHT = 330;
  private static final int PANEL_WIDTH = 356;
  private static final int PANEL_HEIGHT = 340;
  private static final int BAR_WIDTH = 72;
  private static final int WIDE = 1140;
  private static final int SMALL_HEIGHT = 270;

  private EvaluationFigures() {}

  /** Free energies on grids, the figures a reader wants first. */
  static List<Figure> grids(Evaluation evaluation) {
    List<List<Double>> modes =
        evaluation.modes() == null ? List.of() : evaluation.modes().centres();
    List<Figure> figures = new ArrayList<>();
    for (Evaluation.Grid grid : histograms(evaluation).grids()) {
      figures.add(grid.name().equals(PLANE) ? plane(grid, modes) : ramachandran(grid));
    }
    return figures;
  }

  /** Densities on lines. */
  static List<Figure> lines(Evaluation evaluation) {
    List<Figure> figures = new ArrayList<>();
    for (Evaluation.Line line : histograms(evaluation).lines()) {
      if (line.name().startsWith(BOND) || line.name().startsWith(TORSION)) {
        continue;
      }
      figures.add(
          switch (line.name()) {
            case LOG_WEIGHT ->
                density(
                    line,
                    "Log-weights",
                    "log w = log p̃ − log q − log Z of the flow's samples. A perfect flow has all of them at 0; weight on the far right "
                        + "is density that the flow misses.",
                    "log w / nat");
            case ENERGY ->
                density(
                    line,
                    "Energies",
                    "Reduced energies of the flow's samples, before and after reweighting.",
                    "reduced energy / kT");
            default ->
                density(
                    line,
                    "Coordinate " + line.name(),
                    "All pairs together, against the exact density.",
                    line.name());
          });
    }
    return figures;
  }

  /** Single coordinates of a molecule: torsions of each residue, lengths of each kind of bond. */
  static List<Figure> marginals(Evaluation evaluation) {
    List<Figure> figures = new ArrayList<>();
    List<Figure.Drawing> torsions = new ArrayList<>();
    for (Evaluation.Grid grid : histograms(evaluation).grids()) {
      if (!grid.name().equals(PLANE)) {
        torsions.add(torsion("φ " + grid.name(), grid, true));
        torsions.add(torsion("ψ " + grid.name(), grid, false));
      }
    }
    if (!torsions.isEmpty()) {
      figures.add(
          panels(
              "torsions",
              "Backbone torsions",
              "Marginal densities of φ and ψ of each residue, before and after reweighting, and in the reference.",
              torsions,
              torsions.size() % 4 == 0 ? 4 : 2));
    }
    List<Figure.Drawing> turns = charts(evaluation, TORSION, " / rad");
    if (!turns.isEmpty()) {
      figures.add(
          panels(
              "rotatable-bonds",
              "Other torsions",
              "Densities of the torsions about all other bonds that heavy atoms turn around (ω, side chains, ends of the chain), of the first "
                  + "20,000 conformations.",
              turns,
              3));
    }
    List<Figure.Drawing> bonds = charts(evaluation, BOND, " / nm");
    if (!bonds.isEmpty()) {
      figures.add(
          panels(
              "bonds",
              "Bond lengths",
              "Lengths of all bonds between two elements together, of the first 20,000 conformations. Bonds that a constraint fixes are left "
                  + "out.",
              bonds,
              3));
    }
    return figures;
  }

  /** One for each line whose name begins so. */
  private static List<Figure.Drawing> charts(Evaluation evaluation, String prefix, String unit) {
    return histograms(evaluation).lines().stream()
        .filter(line -> line.name().startsWith(prefix))
        .map(line -> (Figure.Drawing) chart(line, line.name().substring(prefix.length()) + unit))
        .toList();
  }

  private static Figure panels(
      String name, String title, String caption, List<Figure.Drawing> panels, int columns) {
    List<Figure.Drawing> rows = new ArrayList<>();
    for (int first = 0; first < panels.size(); first += columns) {
      List<Figure.Drawing> row =
          new ArrayList<>(panels.subList(first, Math.min(panels.size(), first + columns)));
      while (row.size() < columns) {
        row.add((graphics, area, theme) -> {});
      }
      rows.add(Panels.row(row));
    }
    return new Figure(name, title, caption, WIDE, SMALL_HEIGHT * rows.size(), Panels.column(rows));
  }

  /** Sums a Ramachandran plot over its other angle. */
  private static XyChart torsion(String label, Evaluation.Grid grid, boolean first) {
    double width = (grid.high() - grid.low()) / grid.bins();
    double[] edges = new double[grid.bins() + 1];
    for (int i = 0; i < edges.length; i++) {
      edges[i] = grid.low() + width * i;
    }
    double[] raw = marginal(grid.raw(), grid.bins(), first, width);
    double[] reweighted = marginal(grid.reweighted(), grid.bins(), first, width);
    double most = Math.max(most(raw), most(reweighted));
    double[] reference = null;
    if (grid.reference() != null) {
      reference = marginal(grid.reference(), grid.bins(), first, width);
      most = Math.max(most, most(reference));
    }
    XyChart chart =
        new XyChart(Axis.angle(label + " / rad"), Axis.linear("density", 0, 1.05 * most))
            .histogram("flow", edges, raw, 0)
            .histogram("reweighted", edges, reweighted, 1);
    if (reference != null) {
      double[] centres = new double[grid.bins()];
      for (int i = 0; i < centres.length; i++) {
        centres[i] = (edges[i] + edges[i + 1]) / 2;
      }
      chart.line("reference", centres, reference, 2);
    }
    return chart;
  }

  private static double[] marginal(List<Double> masses, int bins, boolean first, double width) {
    double[] sums = new double[bins];
    for (int i = 0; i < bins; i++) {
      for (int j = 0; j < bins; j++) {
        sums[first ? i : j] += masses.get(i * bins + j) / width;
      }
    }
    return sums;
  }

  private static double most(double[] values) {
    return Arrays.stream(values).max().orElseThrow();
  }

  private static Evaluation.Histograms histograms(Evaluation evaluation) {
    return evaluation.histograms() == null
        ? new Evaluation.Histograms(List.of(), List.of())
        : evaluation.histograms();
  }

  private static Figure ramachandran(Evaluation.Grid grid) {
    List<XyChart> panels = new ArrayList<>();
    panels.add(torsions("flow", grid, grid.raw()));
    panels.add(torsions("flow, reweighted", grid, grid.reweighted()));
    String caption =
        "Free energies −ln P of "
            + grid.name()
            + " relative to the deepest cell of each panel, on one scale; cells without a sample or above the scale are blank.";
    if (grid.reference() != null) {
      panels.add(torsions("reference", grid, grid.reference()));
      caption += " Reference: " + grid.source() + ".";
    }
    return new Figure(
        "ramachandran-" + fileName(grid.name()),
        "Ramachandran " + grid.name(),
        caption,
        PANEL_WIDTH * panels.size() + BAR_WIDTH,
        PANEL_HEIGHT,
        Panels.row(panels, new ColourBar("free energy / kT", 0, HIGHEST_KT, 1)));
  }

  private static XyChart torsions(String title, Evaluation.Grid grid, List<Double> probabilities) {
    return new XyChart(Axis.angle("φ / rad"), Axis.angle("ψ / rad"))
        .title(title)
        .heatmap(freeEnergy(grid, probabilities));
  }

  private static Figure plane(Evaluation.Grid grid, List<List<Double>> modes) {
    List<XyChart> panels = new ArrayList<>();
    panels.add(places("flow", grid, grid.raw(), modes));
    panels.add(places("flow, reweighted", grid, grid.reweighted(), modes));
    String caption =
        "−ln P relative to the most likely cell of each panel, on one scale; cells without a sample or above the scale are blank. Rings mark the modes.";
    if (grid.reference() != null) {
      panels.add(places("exact", grid, grid.reference(), modes));
    }
    return new Figure(
        PLANE,
        "Density in the plane",
        caption,
        PANEL_WIDTH * panels.size() + BAR_WIDTH,
        PANEL_HEIGHT,
        Panels.row(panels, new ColourBar("−ln P / nat", 0, HIGHEST_KT, 1)));
  }

  private static XyChart places(
      String title, Evaluation.Grid grid, List<Double> probabilities, List<List<Double>> modes) {
    return new XyChart(
            Axis.linear("x", grid.low(), grid.high()), Axis.linear("y", grid.low(), grid.high()))
        .title(title)
        .heatmap(freeEnergy(grid, probabilities))
        .marks(modes);
  }

  private static Heatmap freeEnergy(Evaluation.Grid grid, List<Double> probabilities) {
    double most = Collections.max(probabilities);
    double[][] values = new double[grid.bins()][grid.bins()];
    for (int i = 0; i < grid.bins(); i++) {
      for (int j = 0; j < grid.bins(); j++) {
        double probability = probabilities.get(i * grid.bins() + j);
        double height = -Math.log(probability / most);
        values[i][j] = height <= HIGHEST_KT ? height : Double.NaN;
      }
    }
    return new Heatmap(values, grid.low(), grid.high(), grid.low(), grid.high(), 0, HIGHEST_KT);
  }

  private static Figure density(
      Evaluation.Line line, String title, String caption, String axisLabel) {
    return new Figure(fileName(line.name()), title, caption, WIDTH, HEIGHT, chart(line, axisLabel));
  }

  private static XyChart chart(Evaluation.Line line, String axisLabel) {
    int bins = line.raw().size();
    double[] edges = new double[bins + 1];
    double[] centres = new double[bins];
    for (int i = 0; i <= bins; i++) {
      edges[i] = line.low() + (line.high() - line.low()) * i / bins;
    }
    for (int i = 0; i < bins; i++) {
      centres[i] = (edges[i] + edges[i + 1]) / 2;
    }
    double most = 0;
    for (List<Double> density : Arrays.asList(line.raw(), line.reweighted(), line.reference())) {
      most = density == null ? most : Math.max(most, Collections.max(density));
    }
    XyChart chart =
        new XyChart(
                Axis.linear(axisLabel, line.low(), line.high()),
                Axis.linear("density", 0, most > 0 ? 1.05 * most : 1))
            .histogram("flow", edges, array(line.raw()), 0)
            .histogram("reweighted", edges, array(line.reweighted()), 1);
    if (line.reference() != null) {
      chart.line(line.source(), centres, array(line.reference()), 2);
    }
    return chart;
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static String fileName(String name) {
    String plain = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    return plain.replaceAll("^-|-$", "");
  }
}
