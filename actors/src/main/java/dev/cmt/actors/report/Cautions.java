package dev.cmt.actors.report;

import dev.cmt.flow.diagnostics.Estimate;
import dev.cmt.flow.diagnostics.WeightTail;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a reader must know before trusting the numbers of an evaluation. */
public final class Cautions {
  /** Fewer effective samples than this leave even standard errors uncertain by a twentieth. */
  private static final double LEAST_EFFECTIVE = 200;

  /** Standard errors; those of short simulations and of few weights are themselves uncertain. */
  private static final double CERTAIN = 2.5;

  private static final int LEAST_IN_BASIN = 100;
  private static final double LEAST_ESS_IN_BASIN = 0.1;

  private Cautions() {}

  /** Sentences, the gravest first; mostly none. */
  public static List<String> of(Evaluation evaluation) {
    List<String> cautions = new ArrayList<>();
    double effective = evaluation.essUnclipped() * evaluation.samples();
    if (evaluation.weightTail() > WeightTail.UNRELIABLE) {
      cautions.add(
          String.format(
              Locale.ROOT,
              "The weights have a heavy tail (k̂ = %.2f, above %.1f): log Z and everything reweighted may be wrong by more than their errors say. The flow misses part of the target; train longer or with a larger network.",
              evaluation.weightTail(),
              WeightTail.UNRELIABLE));
    }
    if (effective < LEAST_EFFECTIVE) {
      cautions.add(
          String.format(
              Locale.ROOT,
              "Everything reweighted rests on %.0f effective samples of %s: their errors are uncertain too.",
              effective,
              Format.count(evaluation.samples())));
    }
    double share =
        evaluation.failedRows() / (double) (evaluation.failedRows() + evaluation.samples());
    double lower = -Math.log1p(-share);
    if (lower > 0.5 * evaluation.logZStderr()) {
      cautions.add(
          String.format(
              Locale.ROOT,
              "%s samples had no finite density and were left out; if the target has none there, log Z is lower by %.2g and the effective sample size by %.2g %%.",
              Format.count(evaluation.failedRows()),
              lower,
              100 * share));
    }
    for (Evaluation.Basin basin : evaluation.basins()) {
      if (isLost(basin)) {
        cautions.add(
            "The basin φ > 0 of %s holds %s where the reference has %s: most of it was lost on the way. A larger annealing.entropy_release, more annealing.steps and more annealing.samples_per_step keep it."
                .formatted(
                    basin.residue(),
                    Format.estimate(basin.reweighted()),
                    Format.estimate(basin.reference())));
        continue;
      }
      if (basin.samples() < LEAST_IN_BASIN || basin.ess() < LEAST_ESS_IN_BASIN) {
        cautions.add(
            "The basin φ > 0 of %s rests on %s samples with an effective sample size of %s: take its population with care."
                .formatted(
                    basin.residue(),
                    Format.count(basin.samples()),
                    Format.percent(basin.ess(), 1)));
      }
    }
    if (evaluation.modes() != null && evaluation.modes().found() < evaluation.modes().total()) {
      cautions.add(
          "%d of %d modes were found."
              .formatted(evaluation.modes().found(), evaluation.modes().total()));
    }
    Evaluation.Reference reference = evaluation.reference();
    if (reference != null && reference.unreachable() > 0) {
      cautions.add(
          "%s reference samples lie outside the flow's coordinates or have no energy: EUBO, NLL and all distances from this reference leave them out."
              .formatted(Format.count(reference.unreachable())));
    }
    return cautions;
  }

  /** Less than half of the reference's, by more than the reference and the samples explain. */
  private static boolean isLost(Evaluation.Basin basin) {
    Estimate reference = basin.reference();
    Estimate found = basin.reweighted();
    if (reference == null || !(found.value() < 0.5 * reference.value())) {
      return false;
    }
    // Frames of a trajectory do not say how well they know it.
    double known = Double.isNaN(reference.standardError()) ? 0 : reference.standardError();
    double error = Math.hypot(known, found.standardError());
    return reference.value() - found.value() > CERTAIN * error;
  }
}
