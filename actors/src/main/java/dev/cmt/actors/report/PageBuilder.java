package dev.cmt.actors.report;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cmt.actors.report.Page.Fact;
import dev.cmt.actors.report.Page.Picture;
import dev.cmt.actors.report.Page.Row;
import dev.cmt.actors.report.Page.Section;
import dev.cmt.actors.report.Page.Table;
import dev.cmt.actors.report.Page.Tile;
import dev.cmt.actors.report.figure.Figure;
import dev.cmt.actors.run.StepRecord;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Turns the files of a run into the words and numbers of its page. */
final class PageBuilder {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("d MMMM yyyy, HH:mm 'UTC'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);
  private static final List<String> STEP_COLUMNS =
      List.of(
          "step",
          "λ",
          "η",
          "β",
          "α",
          "KL",
          "entropy",
          "drop",
          "log Z",
          "ESS step",
          "ESS target",
          "evaluations",
          "loss",
          "gradient",
          "failed");

  private static final int STEPS_WARNED_OF = 3;

  private final RunSnapshot run;
  private final BundledReference known;
  private final Evaluation evaluation;
  private final List<StepRecord> steps;

  PageBuilder(RunSnapshot run, BundledReference known) {
    this.run = run;
    this.known = known;
    this.evaluation = run.evaluation().orElse(null);
    this.steps = run.steps();
  }

  /**
   * Builds the page.
   *
   * @param grids figures over the whole width
   * @param marginals densities of single coordinates, over the whole width
   * @param lines densities of the evaluation
   * @param path figures of the annealing path
   * @param cost figures of time and failures
   * @param written the time of writing
   */
  Page build(
      List<Figure> grids,
      List<Figure> marginals,
      List<Figure> lines,
      List<Figure> path,
      List<Figure> cost,
      Instant written) {
    List<Section> sections = new ArrayList<>();
    if (evaluation != null) {
      sections.add(
          new Section(
              "What the flow samples",
              pictures(grids),
              EvaluationTables.of(evaluation),
              List.of(),
              comparison()));
      if (!marginals.isEmpty()) {
        sections.add(
            new Section(
                "Coordinate by coordinate", pictures(marginals), List.of(), List.of(), List.of()));
      }
      sections.add(
          new Section(
              "What the weights say",
              List.of(),
              List.of(EvaluationTables.metrics(evaluation)),
              pictures(lines),
              List.of()));
    }
    if (!steps.isEmpty()) {
      sections.add(
          new Section(
              "How it got there",
              List.of(),
              List.of(),
              pictures(path),
              PathFigures.hasMultipliers(steps)
                  ? List.of()
                  : List.of("Both Lagrange multipliers were zero in all steps.")));
      sections.add(
          new Section(
              "What it cost",
              List.of(),
              List.of(stages()),
              pictures(cost),
              PathFigures.hasFailedRows(steps)
                  ? List.of()
                  : List.of("Every sample of every step had a density: no rows failed.")));
    }
    String status = status();
    return new Page(
        run.system(),
        name(),
        status,
        style(status),
        subtitle(),
        warnings(),
        tiles(),
        sections,
        provenance(),
        flatten("", run.manifest().path("config")),
        STEP_COLUMNS,
        steps.stream().map(PageBuilder::row).toList(),
        TIME.format(written));
  }

  private List<String> comparison() {
    return evaluation.ramachandran().isEmpty() && !evaluation.basins().isEmpty()
        ? List.of(
            "There is no reference to compare with. Samples of the target, as from molecular dynamics, give distances: ./cmt evaluate DIR "
                + "--reference FILE.")
        : List.of();
  }

  /** Busy time of the stages over all steps. */
  private Table stages() {
    Map<String, Double> seconds = new LinkedHashMap<>();
    for (StepRecord step : steps) {
      StepRecord.Seconds one = step.seconds();
      seconds.merge("fit", one.fit(), Double::sum);
      seconds.merge("sample", one.sample(), Double::sum);
      seconds.merge("energy", one.energy(), Double::sum);
      seconds.merge("dual", one.dual(), Double::sum);
      seconds.merge("checkpoint", one.checkpoint(), Double::sum);
    }
    double total = seconds.values().stream().mapToDouble(Double::doubleValue).sum();
    return new Table(
        "Busy time by stage",
        Table.NUMBERS,
        List.of("stage", "busy", "share"),
        seconds.entrySet().stream()
            .map(
                stage ->
                    Row.of(
                        stage.getKey(),
                        Format.duration(stage.getValue()),
                        Format.percent(stage.getValue() / total, 1)))
            .toList(),
        "Sampling and energies overlap, and energies add up over the workers.");
  }

  private static List<Picture> pictures(List<Figure> figures) {
    return figures.stream().map(Picture::of).toList();
  }

  private String name() {
    return run.directory().toAbsolutePath().normalize().getFileName().toString();
  }

  private String status() {
    return run.summary()
        .map(summary -> summary.path("status").asText("ended"))
        .orElse("unfinished");
  }

  private static String style(String status) {
    return switch (status) {
      case "finished", "completed", "complete", "success", "ok" -> "good";
      case "failed", "error" -> "bad";
      default -> "wait";
    };
  }

  private String subtitle() {
    List<String> parts = new ArrayList<>();
    parts.add("run " + name());
    if (run.manifest().path("config").has("seed")) {
      parts.add("seed " + run.manifest().path("config").get("seed").asText());
    }
    if (Double.isFinite(run.temperatureK()) && !known.ramachandran().isEmpty()) {
      parts.add(Format.significant(run.temperatureK()) + " K");
    }
    return String.join(" · ", parts);
  }

  private List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (run.summary().isEmpty()) {
      warnings.add(
          "This run has not finished: what follows is its path so far. Train again in the same directory to go on.");
    }
    if (run.summary().isPresent() && !run.summary().get().path("reached_target").asBoolean(true)) {
      warnings.add(
          "Annealing ended before the target: the flow samples a density on the way to it. Raise annealing.steps.");
    }
    long unmet = run.steps().stream().filter(step -> !step.converged()).count();
    if (unmet > 0) {
      warnings.add(
          "%d of %d steps could not meet their bounds; run.log says how far they came."
              .formatted(unmet, run.steps().size()));
    }
    if (evaluation != null) {
      if (run.summary().isEmpty()) {
        warnings.add("The evaluation may be of an earlier step than the last one shown here.");
      }
      warnings.addAll(Cautions.of(evaluation));
    }
    warnings.addAll(stepWarnings());
    return warnings;
  }

  /** Of the last steps that had any; all are in steps.jsonl. */
  private List<String> stepWarnings() {
    List<StepRecord> warned = steps.stream().filter(step -> !step.warnings().isEmpty()).toList();
    List<String> lines = new ArrayList<>();
    int shown = Math.max(0, warned.size() - STEPS_WARNED_OF);
    if (shown > 0) {
      lines.add(
          "%d earlier steps gave warnings like these; steps.jsonl has them.".formatted(shown));
    }
    for (StepRecord step : warned.subList(shown, warned.size())) {
      step.warnings().forEach(warning -> lines.add("Step %d: %s".formatted(step.step(), warning)));
    }
    return lines;
  }

  private List<Tile> tiles() {
    StepRecord last = steps.isEmpty() ? null : steps.get(steps.size() - 1);
    List<Tile> tiles = new ArrayList<>();
    if (evaluation != null) {
      tiles.add(
          new Tile(
              "Effective sample size",
              Format.percent(evaluation.ess(), 1),
              "of " + Format.count(evaluation.samples()) + " samples"));
      tiles.add(
          new Tile(
              "log Z",
              Format.value(evaluation.logZ(), evaluation.logZStderr()),
              Format.error(evaluation.logZStderr()) + ", " + knownLogZ()));
    } else if (last != null) {
      tiles.add(
          new Tile(
              "Effective sample size", Format.percent(last.essTarget(), 1), "at the last step"));
      tiles.add(new Tile("log Z", Format.fixed(last.logZ(), 3), knownLogZ()));
    }
    if (last != null) {
      String total = run.config("annealing", "steps").asText("");
      tiles.add(
          new Tile(
              "Annealing steps", Format.count(steps.size()), total.isEmpty() ? "" : "of " + total));
      tiles.add(
          new Tile(
              "Target evaluations",
              Format.significant((double) last.targetEvals()),
              Format.count(last.targetEvals())));
    }
    run.summary()
        .filter(summary -> summary.has("wall_seconds"))
        .ifPresent(
            summary ->
                tiles.add(
                    new Tile(
                        "Wall time", Format.duration(summary.get("wall_seconds").asDouble()), "")));
    if (run.manifest().has("parameter_count")) {
      String dimension = run.manifest().path("flow_dimension").asText("");
      tiles.add(
          new Tile(
              "Parameters",
              Format.count(run.manifest().get("parameter_count").asLong()),
              dimension.isEmpty() ? "" : "flow in " + dimension + " dimensions"));
    }
    return tiles;
  }

  private String knownLogZ() {
    return known.logZ().isPresent()
        ? "known " + Format.fixed(known.logZ().getAsDouble(), 3)
        : "nat";
  }

  private List<Fact> provenance() {
    List<Fact> facts = new ArrayList<>();
    run.manifest()
        .properties()
        .forEach(
            field -> {
              if (!field.getKey().equals("config")) {
                facts.addAll(flatten(field.getKey(), field.getValue()));
              }
            });
    run.summary()
        .filter(summary -> summary.has("parameters_sha256"))
        .ifPresent(
            summary ->
                facts.add(
                    new Fact("parameters_sha256", summary.get("parameters_sha256").asText())));
    if (evaluation != null) {
      facts.add(new Fact("evaluation.bootstrap_seed", Long.toString(evaluation.bootstrapSeed())));
    }
    if (known.logZ().isPresent()) {
      facts.add(
          new Fact(
              "known log Z",
              Format.fixed(known.logZ().getAsDouble(), 5) + " (" + known.logZSource() + ")"));
    }
    return facts;
  }

  /** Leaves of a JSON tree with dotted names; arrays of plain values stay one leaf. */
  private static List<Fact> flatten(String prefix, JsonNode node) {
    List<Fact> facts = new ArrayList<>();
    if (node.isObject()) {
      node.properties()
          .forEach(
              field ->
                  facts.addAll(
                      flatten(
                          prefix.isEmpty() ? field.getKey() : prefix + "." + field.getKey(),
                          field.getValue())));
    } else if (!node.isMissingNode()) {
      facts.add(new Fact(prefix, node.isValueNode() ? node.asText() : node.toString()));
    }
    return facts;
  }

  private static Row row(StepRecord step) {
    return Row.of(
        Integer.toString(step.step()),
        Format.significant(step.lambda()),
        Format.significant(step.eta()),
        Format.significant(step.beta()),
        Format.significant(step.alpha()),
        Format.fixed(step.kl(), 3),
        Format.fixed(step.entropy(), 2),
        Format.fixed(step.entropyDrop(), 3),
        Format.fixed(step.logZ(), 3),
        Format.percent(step.essStep(), 1),
        Format.percent(step.essTarget(), 2),
        Format.count(step.targetEvals()),
        Format.fixed(step.loss(), 3),
        Format.significant(step.gradNorm()),
        Format.count(step.failedRows()));
  }
}
