package dev.cmt.actors.bench;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Speeds of energy engines as a table: a group of rows for each molecule and mode. */
final class EnergyTable {
  private final List<EnergyFigure> figures;
  private final int cores;

  EnergyTable(List<EnergyFigure> figures, int cores) {
    this.figures = figures;
    this.cores = cores;
  }

  String text(List<String> systems) {
    String all = cores + " cores";
    Table table =
        cores == 1
            ? new Table(3, "system", "", "engine", "1 core /s", "x OpenMM")
            : new Table(
                3,
                "system",
                "",
                "engine",
                "1 core /s",
                "x OpenMM",
                all + " /s",
                "x OpenMM",
                "scaling");
    for (String system : systems) {
      for (boolean forces : new boolean[] {false, true}) {
        table.add();
        for (EnergyContender engine : EnergyContender.values()) {
          boolean first = engine == EnergyContender.REFERENCE;
          table.add(
              row(
                  first ? system : "",
                  first ? (forces ? "E+F" : "E") : "",
                  system,
                  forces,
                  engine));
        }
      }
    }
    return table.toString();
  }

  private String[] row(
      String name, String mode, String system, boolean forces, EnergyContender engine) {
    Optional<EnergyFigure> one = find(system, forces, engine, 1);
    if (cores == 1) {
      return new String[] {name, mode, engine.label(), rate(one), ratio(one)};
    }
    Optional<EnergyFigure> all = find(system, forces, engine, cores);
    String scaling =
        all.map(figure -> String.format(Locale.ROOT, "%.2f", figure.scaling())).orElse("");
    return new String[] {
      name, mode, engine.label(), rate(one), ratio(one), rate(all), ratio(all), scaling
    };
  }

  private Optional<EnergyFigure> find(
      String system, boolean forces, EnergyContender engine, int workers) {
    return figures.stream()
        .filter(
            figure ->
                figure.system().equals(system)
                    && figure.forces() == forces
                    && figure.engine().equals(engine.label())
                    && figure.cores() == workers)
        .findFirst();
  }

  private static String rate(Optional<EnergyFigure> found) {
    return found
        .map(figure -> String.format(Locale.ROOT, "%,.0f", figure.evaluationsPerSecond()))
        .orElse("MISSING");
  }

  private static String ratio(Optional<EnergyFigure> found) {
    return found
        .map(EnergyFigure::ratioToBestOpenMm)
        .map(ratio -> String.format(Locale.ROOT, ratio < 10 ? "%.2f" : "%.0f", ratio))
        .orElse("");
  }
}
