package dev.cmt.actors.run;

import dev.cmt.flow.ControlVariate;
import dev.cmt.flow.FitSlice;
import dev.cmt.flow.TrainingStep;

/**
 * What is known of a fit so far. Sums run over single gradient steps in their order, so they have
 * the same bits however the fit was cut into slices and processes.
 *
 * @param steps gradient steps done
 * @param skipped of them, those whose update was skipped because something was not finite
 * @param lossSum sum of the applied steps' losses
 * @param normSum sum of the applied steps' gradient norms before clipping
 * @param variate what the fit has learned of its control variate
 * @param seconds what they took
 */
record FitFigures(
    int steps,
    int skipped,
    double lossSum,
    double normSum,
    ControlVariate variate,
    double seconds) {
  static final FitFigures NONE = new FitFigures(0, 0, 0, 0, ControlVariate.START, 0);

  FitFigures plus(FitSlice slice, double moreSeconds) {
    int skippedSum = skipped;
    double losses = lossSum;
    double norms = normSum;
    for (TrainingStep step : slice.steps()) {
      if (step.applied()) {
        losses += step.loss();
        norms += step.gradientNorm();
      } else {
        skippedSum++;
      }
    }
    return new FitFigures(
        steps + slice.steps().size(),
        skippedSum,
        losses,
        norms,
        slice.variate(),
        seconds + moreSeconds);
  }

  /** Whether the fit so far has changed nothing, because no update was finite. */
  boolean isStuck() {
    return steps > 0 && skipped == steps;
  }

  /** Mean loss of the applied steps; NaN if there are none. */
  double meanLoss() {
    return lossSum / (steps - skipped);
  }

  /** Mean gradient norm of the applied steps; NaN if there are none. */
  double meanNorm() {
    return normSum / (steps - skipped);
  }
}
