package dev.cmt.actors.run;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * What a run does next: a pure function of state and event. An annealing step collects its batches,
 * solves the dual, fits the flow and hands its state to the disk; while that is written the next
 * step begins. After the last step one more collection, of {@link Settings#evaluationSamples} fresh
 * samples, judges the result. Batches that the journal already holds are not asked for again. A
 * stop first lets what is under way become safe.
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

    /**
     * Whether a stored batch is one of the step at its present size: that of the final evaluation
     * may change on resume.
     */
    boolean fits(int step, int batch, long firstRow, int rows) {
      return batch < batches(step)
          && firstRow == (long) batch * batchRows
          && rows == rows(step, batch);
    }
  }

  /** Where a run is. */
  sealed interface State {
    /**
     * At work.
     *
     * @param phase what the actors are doing
     * @param recording the step whose checkpoint and record are being written meanwhile; {@link
     *     #NOTHING} if none
     */
    record Running(Phase phase, int recording) implements State {}

    /** Asked to stop, and letting what is under way become safe. */
    record Stopping(Phase phase, int recording) implements State {}

    /** Nothing more to do. */
    record Ended(Outcome outcome, String reason) implements State {}
  }

  /** No step. */
  static final int NOTHING = -1;

  /** What the actors are doing. */
  sealed interface Phase {
    /** Waiting for the step's queue to open. */
    record Opening(int step) implements Phase {}

    /** Collecting batches: which are stored, which one to ask for next, how many are under way. */
    record Collecting(int step, BitSet stored, int next, int inFlight) implements Phase {}

    /** Waiting for the dual, or after the last step for the evaluation. */
    record Solving(int step) implements Phase {}

    /**
     * Fitting, so many gradient steps done; perhaps an earlier slice's checkpoint is on its way.
     */
    record Fitting(int step, int done, boolean saving) implements Phase {}

    /**
     * Between two slices, because the fit is to be saved again before an earlier checkpoint of it
     * is on disk: if the fit ran on, what a kill costs would have no bound but the disk's patience.
     */
    record Held(int step, int done) implements Phase {}

    /** Fitted, but the record of the step before is not on disk yet. */
    record Fitted(int step, int done) implements Phase {}

    /** Waiting for a copy of the fitted flow. */
    record Exporting(int step) implements Phase {}

    /** Stopping: waiting for the checkpoint that saves the fit so far. */
    record Saving(int step, int done) implements Phase {}

    /** Nothing is under way but perhaps a record. */
    record Resting() implements Phase {}
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

    /** The step's multipliers and weights are known; a fit taken up has done some steps already. */
    record Solved(int step, int done) implements Event {}

    /** A slice of gradient steps is done: the step's total so far, and whether to save it. */
    record SliceFitted(int step, int done, boolean checkpointDue) implements Event {}

    /** The fit up to this gradient step is on disk. */
    record FitCheckpointed(int step, int done) implements Event {}

    /** A copy of the fitted flow has been made. */
    record Exported(int step) implements Event {}

    /** The step's checkpoint and record are on disk. */
    record StepRecorded(int step) implements Event {}

    /** Somebody wants the run to stop and be resumable. */
    record StopRequested() implements Event {}

    /** Stopping has taken as long as it may. */
    record StopTimedOut() implements Event {}

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

    /** Copy the flow as it is now, and write the copy while the fit goes on. */
    record CheckpointFit(int step, int done) implements Command {}

    /** Copy the fitted flow. */
    record Export(int step) implements Command {}

    /** Write the copy as the step's checkpoint, and the step's record. */
    record RecordStep(int step) implements Command {}

    /** Say when stopping has taken as long as it may. */
    record LimitStop() implements Command {}

    /** End the run. */
    record End(Outcome outcome, String reason) implements Command {}
  }

  /** A new state and what it asks for, in order. */
  record Transition(State state, List<Command> commands) {}

  /** Begins with the first step that no checkpoint covers. */
  static Transition start(Settings settings, int completedSteps) {
    return open(settings, completedSteps, NOTHING);
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
    if (state instanceof State.Running running) {
      return event instanceof Event.StopRequested
          ? stop(running)
          : go(settings, running.phase(), running.recording(), event);
    }
    if (state instanceof State.Stopping stopping) {
      return event instanceof Event.StopTimedOut
          ? end(Outcome.STOPPED, "asked to stop; some of the work under way did not become safe")
          : settle(stopping.phase(), stopping.recording(), event);
    }
    return event instanceof Event.StopRequested
        ? end(Outcome.STOPPED, STOPPED)
        : new Transition(state, List.of());
  }

  private static final String STOPPED = "asked to stop";

  private static Transition go(Settings settings, Phase phase, int recording, Event event) {
    if (phase instanceof Phase.Opening opening
        && event instanceof Event.StepOpened opened
        && opened.step() == opening.step()) {
      BitSet stored = new BitSet();
      opened.stored().forEach(stored::set);
      return collect(settings, new Phase.Collecting(opening.step(), stored, 0, 0), recording);
    }
    if (phase instanceof Phase.Collecting collecting
        && event instanceof Event.BatchStored batch
        && isNew(batch, collecting)) {
      return collect(settings, with(batch, collecting), recording);
    }
    if (phase instanceof Phase.Solving solving
        && event instanceof Event.Solved solved
        && solved.step() == solving.step()) {
      return solving.step() == settings.steps()
          ? finish(recording)
          : fit(settings, new Phase.Fitting(solving.step(), solved.done(), false), recording);
    }
    if (phase instanceof Phase.Fitting fitting
        && event instanceof Event.SliceFitted slice
        && slice.step() == fitting.step()) {
      boolean save = slice.checkpointDue() && slice.done() < settings.gradientSteps();
      if (save && fitting.saving()) {
        return running(new Phase.Held(slice.step(), slice.done()), recording);
      }
      return save
          ? fitAndSave(settings, slice.step(), slice.done(), recording)
          : fit(
              settings, new Phase.Fitting(slice.step(), slice.done(), fitting.saving()), recording);
    }
    if (phase instanceof Phase.Held held
        && event instanceof Event.FitCheckpointed saved
        && saved.step() == held.step()) {
      return fitAndSave(settings, held.step(), held.done(), recording);
    }
    if (phase instanceof Phase.Fitting fitting
        && event instanceof Event.FitCheckpointed saved
        && saved.step() == fitting.step()) {
      return running(new Phase.Fitting(fitting.step(), fitting.done(), false), recording);
    }
    if (phase instanceof Phase.Exporting exporting
        && event instanceof Event.Exported exported
        && exported.step() == exporting.step()) {
      return before(
          open(settings, exporting.step() + 1, exporting.step()),
          new Command.RecordStep(exporting.step()));
    }
    if (event instanceof Event.StepRecorded recorded && recorded.step() == recording) {
      if (phase instanceof Phase.Fitted fitted) {
        return export(fitted.step());
      }
      return phase instanceof Phase.Resting ? finish(NOTHING) : running(phase, NOTHING);
    }
    return running(phase, recording);
  }

  private static Transition open(Settings settings, int step, int recording) {
    return running(
        new Phase.Opening(step), recording, new Command.OpenStep(step, settings.batches(step)));
  }

  private static Transition collect(Settings settings, Phase.Collecting phase, int recording) {
    int step = phase.step();
    int batches = settings.batches(step);
    if (phase.stored().cardinality() >= batches) {
      return running(new Phase.Solving(step), recording, new Command.Solve(step));
    }
    List<Command> commands = new ArrayList<>();
    int inFlight = phase.inFlight();
    int next = phase.stored().nextClearBit(phase.next());
    while (next < batches && inFlight < settings.maxInFlight()) {
      long firstRow = (long) next * settings.batchRows();
      commands.add(new Command.SampleBatch(step, next, firstRow, settings.rows(step, next)));
      inFlight++;
      next = phase.stored().nextClearBit(next + 1);
    }
    return running(
        new Phase.Collecting(step, phase.stored(), next, inFlight),
        recording,
        commands.toArray(Command[]::new));
  }

  private static Transition fit(Settings settings, Phase.Fitting phase, int recording) {
    int total = settings.gradientSteps();
    if (phase.done() < total) {
      return running(phase, recording, new Command.FitSlice(phase.step(), phase.done(), total));
    }
    return recording == NOTHING
        ? export(phase.step())
        : running(new Phase.Fitted(phase.step(), phase.done()), recording);
  }

  private static Transition fitAndSave(Settings settings, int step, int done, int recording) {
    return before(
        fit(settings, new Phase.Fitting(step, done, true), recording),
        new Command.CheckpointFit(step, done));
  }

  private static Transition export(int step) {
    return running(new Phase.Exporting(step), NOTHING, new Command.Export(step));
  }

  private static Transition finish(int recording) {
    return recording == NOTHING
        ? end(Outcome.FINISHED, "all steps done")
        : running(new Phase.Resting(), recording);
  }

  /** Asks for nothing new but what makes work safe that is done already. */
  private static Transition stop(State.Running running) {
    Phase phase = running.phase();
    // Where the flow rests, the fit so far can be saved at once.
    if (phase instanceof Phase.Fitted fitted) {
      return stopAndSave(new Phase.Saving(fitted.step(), fitted.done()), running.recording());
    }
    if (phase instanceof Phase.Held held) {
      return stopAndSave(new Phase.Saving(held.step(), held.done()), running.recording());
    }
    Transition next = stopping(phase, running.recording());
    return next.state() instanceof State.Ended ? next : before(next, new Command.LimitStop());
  }

  private static Transition stopAndSave(Phase.Saving saving, int recording) {
    return before(
        stopping(saving, recording, new Command.LimitStop()),
        new Command.CheckpointFit(saving.step(), saving.done()));
  }

  /** What remains to be waited for once a run was asked to stop. */
  private static Transition settle(Phase phase, int recording, Event event) {
    if (phase instanceof Phase.Collecting collecting
        && event instanceof Event.BatchStored batch
        && isNew(batch, collecting)) {
      return stopping(with(batch, collecting), recording);
    }
    if (phase instanceof Phase.Fitting fitting
        && event instanceof Event.SliceFitted slice
        && slice.step() == fitting.step()) {
      return stopping(
          new Phase.Saving(slice.step(), slice.done()),
          recording,
          new Command.CheckpointFit(slice.step(), slice.done()));
    }
    if (phase instanceof Phase.Saving saving
        && event instanceof Event.FitCheckpointed saved
        && saved.step() == saving.step()
        && saved.done() == saving.done()) {
      return stopping(new Phase.Resting(), recording);
    }
    if (phase instanceof Phase.Exporting exporting
        && event instanceof Event.Exported exported
        && exported.step() == exporting.step()) {
      return stopping(
          new Phase.Resting(), exporting.step(), new Command.RecordStep(exporting.step()));
    }
    if (event instanceof Event.StepRecorded recorded && recorded.step() == recording) {
      return stopping(phase, NOTHING);
    }
    return stopping(phase, recording);
  }

  private static boolean nothingToSave(Phase phase) {
    return phase instanceof Phase.Collecting collecting
        ? collecting.inFlight() == 0
        : phase instanceof Phase.Opening
            || phase instanceof Phase.Solving
            || phase instanceof Phase.Resting;
  }

  private static boolean isNew(Event.BatchStored batch, Phase.Collecting phase) {
    return batch.step() == phase.step() && !phase.stored().get(batch.batch());
  }

  private static Phase.Collecting with(Event.BatchStored batch, Phase.Collecting phase) {
    BitSet stored = (BitSet) phase.stored().clone();
    stored.set(batch.batch());
    return new Phase.Collecting(phase.step(), stored, phase.next(), phase.inFlight() - 1);
  }

  private static Transition running(Phase phase, int recording, Command... commands) {
    return new Transition(new State.Running(phase, recording), List.of(commands));
  }

  private static Transition stopping(Phase phase, int recording, Command... commands) {
    return recording == NOTHING && nothingToSave(phase)
        ? end(Outcome.STOPPED, STOPPED)
        : new Transition(new State.Stopping(phase, recording), List.of(commands));
  }

  private static Transition before(Transition transition, Command first) {
    List<Command> commands = new ArrayList<>();
    commands.add(first);
    commands.addAll(transition.commands());
    return new Transition(transition.state(), List.copyOf(commands));
  }

  private static Transition end(Outcome outcome, String reason) {
    return new Transition(
        new State.Ended(outcome, reason), List.of(new Command.End(outcome, reason)));
  }
}
