package dev.cmt.actors.run;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * What a run does next: a pure function of state and event. An annealing step collects its batches,
 * solves the dual, fits the flow and records itself; after the last step one more collection, of
 * {@link Settings#evaluationSamples} fresh samples, judges the result. Batches that the journal
 * already holds are not asked for again.
 */
final class RunPlan {
  private RunPlan() {}

  /**
   * The shape of a run.
   *
   * @param steps annealing steps, at least 1; the collection with index {@code steps} is the final
   *     evaluation
   * @param samplesPerStep samples of each step
   * @param evaluationSamples samples of the final evaluation
   * @param batchRows rows of a batch; the last of a step may have fewer
   * @param gradientSteps gradient steps of each annealing step
   * @param maxInFlight batches asked for and not yet stored, at most
   */
  record Settings(
      int steps,
      int samplesPerStep,
      int evaluationSamples,
      int batchRows,
      int gradientSteps,
      int maxInFlight) {
    int samples(int step) {
      return step == steps ? evaluationSamples : samplesPerStep;
    }

    int batches(int step) {
      return (samples(step) + batchRows - 1) / batchRows;
    }

    int rows(int step, int batch) {
      return Math.min(batchRows, samples(step) - batch * batchRows);
    }
  }

  /** Where a run is. */
  sealed interface State {
    /** Waiting for the step's queue to open. */
    record Opening(int step) implements State {}

    /** Collecting batches: which are stored, which one to ask for next, how many are under way. */
    record Collecting(int step, BitSet stored, int next, int inFlight) implements State {}

    /** Waiting for the dual, or after the last step for the evaluation. */
    record Solving(int step) implements State {}

    /** Fitting, so many gradient steps done. */
    record Fitting(int step, int done) implements State {}

    /** Waiting for the checkpoint and the step's record. */
    record Recording(int step) implements State {}

    /** Nothing more to do. */
    record Ended(Outcome outcome, String reason) implements State {}
  }

  /** How a run ended. */
  enum Outcome {
    FINISHED,
    STOPPED,
    FAILED
  }

  /** What happened. */
  sealed interface Event {
    /** The step's queue is open and already holds these batches. */
    record StepOpened(int step, Set<Integer> stored) implements Event {}

    /** A batch is in the journal. */
    record BatchStored(int step, int batch) implements Event {}

    /** The step's multipliers and weights are known. */
    record Solved(int step) implements Event {}

    /** A slice of gradient steps is done; the count is the step's total so far. */
    record SliceFitted(int step, int done) implements Event {}

    /** The step's checkpoint and record are on disk. */
    record StepRecorded(int step) implements Event {}

    /** Somebody wants the run to stop and be resumable. */
    record StopRequested() implements Event {}

    /** The run cannot go on. */
    record Failure(String reason) implements Event {}
  }

  /** What is to be done. */
  sealed interface Command {
    /** Open the queue of a step. */
    record OpenStep(int step, int batches) implements Command {}

    /** Sample a batch and send it on its way through energies to the journal. */
    record SampleBatch(int step, int batch, long firstRow, int rows) implements Command {}

    /** All batches are stored: solve the dual on them, or evaluate the result. */
    record Solve(int step) implements Command {}

    /** Fit some gradient steps, at most up to the step's total. */
    record FitSlice(int step, int done, int total) implements Command {}

    /** Write the checkpoint and the step's record. */
    record RecordStep(int step) implements Command {}

    /** End the run. */
    record End(Outcome outcome, String reason) implements Command {}
  }

  /** A new state and what it asks for, in order. */
  record Transition(State state, List<Command> commands) {}

  /** Begins with the first step that no checkpoint covers. */
  static Transition start(Settings settings, int completedSteps) {
    return open(settings, completedSteps);
  }

  /**
   * The next state and commands. Events of another step or phase (a late answer, a batch stored
   * twice) change nothing.
   *
   * @param settings the shape of the run
   * @param state where the run is; null while its engines open
   * @param event what happened
   */
  static Transition next(Settings settings, State state, Event event) {
    if (state instanceof State.Ended) {
      return new Transition(state, List.of());
    }
    if (event instanceof Event.Failure failure) {
      return end(Outcome.FAILED, failure.reason());
    }
    if (event instanceof Event.StopRequested) {
      return end(Outcome.STOPPED, "asked to stop");
    }
    if (state instanceof State.Opening opening
        && event instanceof Event.StepOpened opened
        && opened.step() == opening.step()) {
      BitSet stored = new BitSet();
      opened.stored().forEach(stored::set);
      return collect(settings, new State.Collecting(opening.step(), stored, 0, 0));
    }
    if (state instanceof State.Collecting collecting
        && event instanceof Event.BatchStored batch
        && batch.step() == collecting.step()
        && !collecting.stored().get(batch.batch())) {
      BitSet stored = (BitSet) collecting.stored().clone();
      stored.set(batch.batch());
      return collect(
          settings,
          new State.Collecting(
              collecting.step(), stored, collecting.next(), collecting.inFlight() - 1));
    }
    if (state instanceof State.Solving solving
        && event instanceof Event.Solved solved
        && solved.step() == solving.step()) {
      return solving.step() == settings.steps()
          ? end(Outcome.FINISHED, "all steps done")
          : fit(settings, solving.step(), 0);
    }
    if (state instanceof State.Fitting fitting
        && event instanceof Event.SliceFitted slice
        && slice.step() == fitting.step()) {
      return fit(settings, fitting.step(), slice.done());
    }
    if (state instanceof State.Recording recording
        && event instanceof Event.StepRecorded recorded
        && recorded.step() == recording.step()) {
      return open(settings, recording.step() + 1);
    }
    return new Transition(state, List.of());
  }

  private static Transition open(Settings settings, int step) {
    return new Transition(
        new State.Opening(step), List.of(new Command.OpenStep(step, settings.batches(step))));
  }

  private static Transition collect(Settings settings, State.Collecting state) {
    int step = state.step();
    int batches = settings.batches(step);
    if (state.stored().cardinality() >= batches) {
      return new Transition(new State.Solving(step), List.of(new Command.Solve(step)));
    }
    List<Command> commands = new ArrayList<>();
    int inFlight = state.inFlight();
    int next = state.stored().nextClearBit(state.next());
    while (next < batches && inFlight < settings.maxInFlight()) {
      long firstRow = (long) next * settings.batchRows();
      commands.add(new Command.SampleBatch(step, next, firstRow, settings.rows(step, next)));
      inFlight++;
      next = state.stored().nextClearBit(next + 1);
    }
    return new Transition(
        new State.Collecting(step, state.stored(), next, inFlight), List.copyOf(commands));
  }

  private static Transition fit(Settings settings, int step, int done) {
    return done >= settings.gradientSteps()
        ? new Transition(new State.Recording(step), List.of(new Command.RecordStep(step)))
        : new Transition(
            new State.Fitting(step, done),
            List.of(new Command.FitSlice(step, done, settings.gradientSteps())));
  }

  private static Transition end(Outcome outcome, String reason) {
    return new Transition(
        new State.Ended(outcome, reason), List.of(new Command.End(outcome, reason)));
  }
}
