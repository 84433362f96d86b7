package dev.cmt.flow;

/**
 * Everything training changes, in the declared order of the parameters, so that any engine can go
 * on from it. The arrays are not copied.
 *
 * @param parameters {@code [parameterCount]}
 * @param firstMoment {@code [parameterCount]} Adam's running mean of gradients
 * @param secondMoment {@code [parameterCount]} Adam's running mean of squared gradients
 * @param appliedUpdates how many updates the moments have seen, for Adam's bias correction
 * @param scheduleStep how many gradient steps the learning-rate schedule has seen; skipped updates
 *     count here too
 */
public record FlowState(
    float[] parameters,
    float[] firstMoment,
    float[] secondMoment,
    long appliedUpdates,
    long scheduleStep) {
  public FlowState {
    if (appliedUpdates < 0 || scheduleStep < appliedUpdates) {
      throw new IllegalArgumentException(
          "The applied updates (%d) must not be negative nor more than the steps of the schedule (%d)."
              .formatted(appliedUpdates, scheduleStep));
    }
  }
}
