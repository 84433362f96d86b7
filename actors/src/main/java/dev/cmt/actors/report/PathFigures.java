package dev.cmt.actors.report;

import dev.cmt.actors.report.figure.Axis;
import dev.cmt.actors.report.figure.Figure;
import dev.cmt.actors.report.figure.Panels;
import dev.cmt.actors.report.figure.XyChart;
import dev.cmt.actors.run.StepRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** Figures of the annealing path, from the records of its steps. */
final class PathFigures {
  private static final int WIDTH = 560;
  private static final int HEIGHT = 330;
  private static final int TALL = 440;
  private static final double LEFT = 70;
  private static final String STEP = "annealing step";

  private final List<StepRecord> steps;
  private final Bounds bounds;
  private final OptionalDouble knownLogZ;
  private final double[] index;

  /**
   * The constraints of a run.
   *
   * @param epsTr greatest KL divergence of a step, nats; infinite if off, NaN if unknown
   * @param epsEnt greatest loss of entropy of a step, nats; infinite if off or chosen for each
   *     step, NaN if unknown
   */
  record Bounds(double epsTr, double epsEnt) {}

  /**
   * Prepares figures.
   *
   * @param steps completed steps in their order, at least one
   * @param bounds the run's constraints
   * @param knownLogZ log Z of the target if it is known from elsewhere
   */
  PathFigures(List<StepRecord> steps, Bounds bounds, OptionalDouble knownLogZ) {
    if (steps.isEmpty()) {
      throw new IllegalArgumentException("Figures of the path need at least one completed step.");
    }
    this.steps = List.copyOf(steps);
    this.bounds = bounds;
    this.knownLogZ = knownLogZ;
    index = of(StepRecord::step);
  }

  /** All figures of the path itself, most telling first. */
  List<Figure> path() {
    List<Figure> figures =
        new ArrayList<>(List.of(annealingPath(), effectiveSampleSize(), entropy(), logZ()));
    if (hasMultipliers(steps)) {
      figures.add(multipliers());
    }
    figures.add(fit());
    return figures;
  }

  /** Figures of what the run cost and what went wrong. */
  List<Figure> cost() {
    return hasFailedRows(steps) ? List.of(seconds(), failedRows()) : List.of(seconds());
  }

  /** Whether some constraint was active in some step. */
  static boolean hasMultipliers(List<StepRecord> steps) {
    return steps.stream().anyMatch(step -> step.lambda() > 0 || step.eta() > 0);
  }

  /** Whether some sample of some step had no density. */
  static boolean hasFailedRows(List<StepRecord> steps) {
    return steps.stream().anyMatch(step -> step.failedRows() > 0);
  }

  private Figure annealingPath() {
    double[] exponent = new double[steps.size()];
    double[] beta = of(StepRecord::beta);
    double[] alpha = of(StepRecord::alpha);
    for (int i = 0; i < exponent.length; i++) {
      exponent[i] = alpha[i] * beta[i];
    }
    return new Figure(
        "path",
        "Annealing path",
        "β leads from the prior (0) to the target (1), α tempers the target, and αβ is the exponent of the target's density; "
            + "steps aim at q₀^(1−β) · p̃^(αβ), normalised.",
        WIDTH,
        HEIGHT,
        new XyChart(Axis.count(STEP), Axis.linear("share of the target", 0, 1.02))
            .line("β", index, beta, 0)
            .line("α", index, alpha, 1)
            .line("exponent αβ", index, exponent, 2));
  }

  private Figure effectiveSampleSize() {
    XyChart chart =
        new XyChart(Axis.count(STEP), Axis.linear("effective sample size", 0, 1.02))
            .line("next step", index, of(StepRecord::essStep), 0)
            .line("target", index, of(StepRecord::essTarget), 1);
    if (Double.isFinite(bounds.epsTr())) {
      chart.level("exp(−2ε)", Math.exp(-2 * bounds.epsTr()));
      chart.level("1/(1+2ε)", 1 / (1 + 2 * bounds.epsTr()));
    }
    return new Figure(
        "ess",
        "Effective sample size",
        "Share of each buffer that counts after reweighting to the next step's aim and to the target itself. The dashed lines are what "
            + "a trust region of ε nats is expected to leave between steps: 1/(1+2ε) for small ε, exp(−2ε) in practice.",
        WIDTH,
        HEIGHT,
        chart);
  }

  private Figure entropy() {
    XyChart level =
        new XyChart(Axis.count(STEP), Axis.linear("entropy H(qᵢ) / nat"))
            .leftMargin(LEFT)
            .line("H", index, of(StepRecord::entropy), 0);
    XyChart use =
        new XyChart(Axis.count(STEP), spending())
            .leftMargin(LEFT)
            .line("entropy drop", index, of(StepRecord::entropyDrop), 0)
            .line("KL", index, of(StepRecord::kl), 1);
    if (bounds.epsEnt() == Double.POSITIVE_INFINITY && steps.get(0).epsEnt() != null) {
      use.line("drop ≤", index, of(PathFigures::entropyBound), 2);
    } else if (Double.isFinite(bounds.epsEnt())) {
      use.level("drop ≤ " + number(bounds.epsEnt()), bounds.epsEnt());
    }
    if (Double.isFinite(bounds.epsTr())) {
      use.level("KL ≤ " + number(bounds.epsTr()), bounds.epsTr());
    }
    return new Figure(
        "entropy",
        "Entropy and the two constraints",
        "Above: entropy of the flow that each step sampled. Below: what each step's aim spends of its bounds (dashed).",
        WIDTH,
        TALL,
        Panels.column(List.of(level, use)));
  }

  private static double entropyBound(StepRecord step) {
    return step.epsEnt() == null ? Double.NaN : step.epsEnt();
  }

  /** From zero, or from the lowest drop if the entropy rose, to a little above all bounds. */
  private Axis spending() {
    double low = 0;
    double high = 0.1;
    for (StepRecord step : steps) {
      low = Math.min(low, step.entropyDrop());
      high = Math.max(high, Math.max(step.entropyDrop(), step.kl()));
      high = step.epsEnt() == null ? high : Math.max(high, step.epsEnt());
    }
    for (double bound : new double[] {bounds.epsEnt(), bounds.epsTr()}) {
      high = Double.isFinite(bound) ? Math.max(high, bound) : high;
    }
    return Double.isFinite(high - low)
        ? Axis.linear("per step / nat", 1.05 * low, 1.08 * high)
        : Axis.linear("per step / nat");
  }

  private Figure logZ() {
    double[] estimate = of(StepRecord::logZ);
    // Early estimates rest on a handful of samples and may be off by thousands: the axis fits the
    // second half of the path.
    double[] late = Arrays.copyOfRange(estimate, estimate.length / 2, estimate.length);
    double low = knownLogZ.orElse(Double.POSITIVE_INFINITY);
    double high = knownLogZ.orElse(Double.NEGATIVE_INFINITY);
    for (double value : late) {
      if (Double.isFinite(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    double margin = Math.max(0.05, 0.15 * (high - low));
    Axis axis =
        low <= high
            ? Axis.linear("log Z / nat", low - margin, high + margin)
            : Axis.linear("log Z / nat");
    XyChart chart = new XyChart(Axis.count(STEP), axis).line("estimate", index, estimate, 0);
    knownLogZ.ifPresent(value -> chart.level("known: " + number(value), value));
    return new Figure(
        "log-z",
        "log Z along the path",
        "Estimate from each step's own samples by importance weights to the target. The axis fits the second half of the path; earlier "
            + "estimates may lie outside.",
        WIDTH,
        TALL,
        chart);
  }

  private Figure multipliers() {
    return new Figure(
        "multipliers",
        "Lagrange multipliers",
        "λ enforces the trust region, η the entropy bound. A gap means zero: the constraint is not active. The run has arrived when both are zero.",
        WIDTH,
        HEIGHT,
        new XyChart(Axis.count(STEP), Axis.log("multiplier"))
            .line("λ", index, of(StepRecord::lambda), 0)
            .line("η", index, of(StepRecord::eta), 1));
  }

  private Figure fit() {
    return new Figure(
        "fit",
        "Loss of the fit",
        "Mean of −w log q over the gradient steps of each annealing step. Its floor is the entropy of the step's aim, so it falls along the "
            + "path whether or not the fit is good.",
        WIDTH,
        HEIGHT,
        new XyChart(Axis.count(STEP), Axis.linear("loss / nat"))
            .line("loss", index, of(StepRecord::loss), 0));
  }

  private Figure seconds() {
    return new Figure(
        "seconds",
        "Where the time went",
        "Busy seconds of each stage. Sampling and energies overlap, and energies add up over the workers.",
        WIDTH,
        HEIGHT,
        new XyChart(Axis.count(STEP), Axis.linear("busy time / s"))
            .stackedBars("fit", index, of(step -> step.seconds().fit()), 0)
            .stackedBars("sample", index, of(step -> step.seconds().sample()), 5)
            .stackedBars("energy", index, of(step -> step.seconds().energy()), 1)
            .stackedBars("dual", index, of(step -> step.seconds().dual()), 2)
            .stackedBars("checkpoint", index, of(step -> step.seconds().checkpoint()), 3));
  }

  private Figure failedRows() {
    double[] failed = of(StepRecord::failedRows);
    double most = Math.max(1, Arrays.stream(failed).max().orElse(1));
    return new Figure(
        "failed-rows",
        "Rows without a density",
        "Samples whose geometry or energy was not a finite number. They are left out of the step's statistics.",
        WIDTH,
        HEIGHT,
        new XyChart(Axis.count(STEP), new Axis("failed rows", Axis.Scale.COUNT, 0, 1.05 * most))
            .stackedBars("failed rows", index, failed, 1));
  }

  private double[] of(ToDoubleFunction<StepRecord> value) {
    return steps.stream().mapToDouble(value).toArray();
  }

  private static String number(double value) {
    String text = Format.fixed(value, 4);
    return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
  }
}
