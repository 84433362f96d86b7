package dev.cmt.actors.run;

import dev.cmt.flow.FlowState;
import java.util.Optional;

/**
 * Where a run goes on.
 *
 * @param flow the flow to go on with; empty for that of the run's very beginning
 * @param progress how far the run had come when the step to go on with began
 * @param fit what was done of that step's fit; {@link FitFigures#NONE} if it begins with sampling
 * @param found what was found in the run directory and where the run goes on, in a line for people
 */
record ResumePoint(Optional<FlowState> flow, RunProgress progress, FitFigures fit, String found) {}
