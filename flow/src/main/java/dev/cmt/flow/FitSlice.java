package dev.cmt.flow;

import java.util.List;

/**
 * What some gradient steps of a {@link Fit} did.
 *
 * @param steps one for each gradient step, in order
 * @param variate what the fit has learned of its control variate after the last of them
 */
public record FitSlice(List<TrainingStep> steps, ControlVariate variate) {
  public FitSlice {
    steps = List.copyOf(steps);
  }
}
