package dev.cmt.flow.djl;

import ai.djl.ndarray.NDArray;
import dev.cmt.flow.optim.AdamStep;

/** {@link AdamStep} on tensors, in place. DJL's own Adam clips and rounds otherwise. */
final class DjlAdam {
  private DjlAdam() {}

  /**
   * Updates parameters and moments.
   *
   * @param gradient {@code [n]} before clipping; overwritten
   */
  static void apply(
      AdamStep step,
      NDArray parameters,
      NDArray gradient,
      NDArray firstMoment,
      NDArray secondMoment) {
    try (NDArray decay = parameters.mul(step.decay())) {
      gradient.muli(step.clip()).addi(decay);
    }
    try (NDArray fresh = gradient.mul(1 - AdamStep.BETA1)) {
      firstMoment.muli(AdamStep.BETA1).addi(fresh);
    }
    try (NDArray fresh = gradient.square()) {
      fresh.muli(1 - AdamStep.BETA2);
      secondMoment.muli(AdamStep.BETA2).addi(fresh);
    }
    try (NDArray denominator = secondMoment.sqrt()) {
      denominator.divi(step.rootCorrection()).addi(AdamStep.EPSILON);
      try (NDArray change = firstMoment.div(denominator)) {
        parameters.subi(change.muli(step.stepSize()));
      }
    }
  }
}
