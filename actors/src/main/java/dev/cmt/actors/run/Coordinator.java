package dev.cmt.actors.run;

import dev.cmt.actors.pool.EnergyPool;
import dev.cmt.actors.pool.Engine;
import dev.cmt.buffer.StepSamples;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.annealing.AnnealingPath;
import dev.cmt.flow.annealing.BoundSchedule;
import dev.cmt.flow.annealing.DualSolution;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what {@link RunPlan} decides: translates answers of the other actors into events and
 * the plan's commands into messages, and keeps the figures of the step under way. Computes nothing
 * itself.
 */
final class Coordinator extends AbstractBehavior<Coordinator.Command> {
  /** What the coordinator understands. */
  sealed interface Command {}

  /** The flow is open. */
  record FlowReady(String engine) implements Command {}

  /** An energy worker has opened its engine. */
  record EnergyReady(Engine engine) implements Command {}

  /** The journal knows that a process has taken up the run. */
  record RunBegun() implements Command {}

  /**
   * The queue of a step is open.
   *
   * @param step index of the step
   * @param stored batches it already holds
   * @param rows rows in them
   * @param failedRows rows of them without a finite log-density
   */
  record StepOpened(int step, Set<Integer> stored, long rows, int failedRows) implements Command {}

  /** A batch was acknowledged by the journal. */
  record BatchStored(
      int step, int batch, int rows, int failedRows, double sampleSeconds, double energySeconds)
      implements Command {}

  /** The multipliers of a step, the weights that follow from them, and what is wrong with them. */
  record Solved(
      DualSolution solution,
      double essTarget,
      TrainingSet set,
      List<String> warnings,
      double seconds)
      implements Command {}

  /** All samples of the final evaluation. */
  record Judged(StepSamples samples) implements Command {}

  /** A slice of gradient steps is done; the figures are those of the step's fit so far. */
  record SliceFitted(int step, FitFigures fit) implements Command {}

  /**
   * A copy of the flow's state.
   *
   * @param step index of the step
   * @param fit what the step's fit had come to
   * @param complete whether the copy is of the fitted flow and becomes the step's checkpoint
   * @param state the copy
   */
  record Exported(int step, FitFigures fit, boolean complete, FlowState state) implements Command {}

  /** The fit up to this gradient step is on disk. */
  record FitCheckpointed(int step, int done) implements Command {}

  /** A step's checkpoint and record are on disk. */
  record StepRecorded(StepRecord record, double seconds) implements Command {}

  /** Somebody wants the run to stop. */
  enum Stop implements Command {
    STOP
  }

  /** Stopping has taken as long as it may. */
  private enum StopTimedOut implements Command {
    STOP_TIMED_OUT
  }

  /** Something the run cannot go on without has failed; the cause may be null. */
  record Failure(String reason, Throwable cause) implements Command {}

  /** The actors the coordinator directs. */
  record Crew(
      ActorRef<FlowActor.Command> flow,
      ActorRef<EnergyPool.Command> energy,
      ActorRef<BufferActor.Command> buffer,
      ActorRef<Solver.Solve> solver) {}

  /**
   * How the coordinator's run ended.
   *
   * @param outcome finished, stopped or failed
   * @param reason in words
   * @param cause of a failure, or null
   * @param progress how far the run came
   * @param evaluation the final evaluation's samples; null unless finished
   */
  record Ending(
      RunPlan.Outcome outcome,
      String reason,
      Throwable cause,
      RunProgress progress,
      StepSamples evaluation) {
    /** Of a coordinator that cannot even say how far it came, only from where. */
    static Ending failed(Failure failure, RunProgress from) {
      return new Ending(RunPlan.Outcome.FAILED, failure.reason(), failure.cause(), from, null);
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(Coordinator.class);

  /** How long work under way may take to become safe once somebody wants the run to stop. */
  static final Duration STOP_LIMIT = Duration.ofSeconds(5);

  private final RunPlan.Settings settings;
  private final BoundSchedule bounds;
  private final TimerScheduler<Command> timers;
  private final CheckpointCadence cadence;
  private final Consumer<RunEvent> listener;
  private final Consumer<Ending> onEnd;
  private final Crew crew;
  private final String found;
  private final StepFigures figures;
  private final long startNanos = System.nanoTime();
  private final double secondsBefore;
  private RunProgress progress;
  private int recordedSteps;
  private RunPlan.State state;
  private Exported fitted;
  private String flowEngine;
  private Engine energyEngine;
  private Throwable failureCause;
  private StepSamples evaluation;

  private Coordinator(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      RunPlan.Settings settings,
      BoundSchedule bounds,
      ResumePoint from,
      CheckpointCadence cadence,
      CrewBuilder crewBuilder,
      Consumer<RunEvent> listener,
      Consumer<Ending> onEnd) {
    super(context);
    this.timers = timers;
    this.settings = settings;
    this.bounds = bounds;
    this.cadence = cadence;
    this.progress = from.progress();
    this.found = from.found();
    this.figures = new StepFigures(from.fit());
    this.secondsBefore = progress.wallSeconds();
    this.recordedSteps = progress.completedSteps();
    this.listener = listener;
    this.onEnd = onEnd;
    this.crew = crewBuilder.build(context);
    context.watch(crew.flow());
    context.watch(crew.energy());
    context.watch(crew.buffer());
    context.watch(crew.solver());
  }

  /** Starts the other actors as children of the coordinator. */
  @FunctionalInterface
  interface CrewBuilder {
    /** Spawns them with the coordinator's context. */
    Crew build(ActorContext<Command> context);
  }

  /**
   * A coordinator, the guardian of a run's actor system.
   *
   * @param settings the shape of the run
   * @param bounds how far each step may go
   * @param from what earlier processes completed
   * @param cadence when to save a fit under way
   * @param crewBuilder starts the other actors
   * @param listener hears what happens
   * @param onEnd hears once how the run ended, before the actors stop
   */
  static Behavior<Command> create(
      RunPlan.Settings settings,
      BoundSchedule bounds,
      ResumePoint from,
      CheckpointCadence cadence,
      CrewBuilder crewBuilder,
      Consumer<RunEvent> listener,
      Consumer<Ending> onEnd) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new Coordinator(
                        context,
                        timers,
                        settings,
                        bounds,
                        from,
                        cadence,
                        crewBuilder,
                        listener,
                        onEnd)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(FlowReady.class, this::flowReady)
        .onMessage(EnergyReady.class, this::energyReady)
        .onMessage(RunBegun.class, this::runBegun)
        .onMessage(StepOpened.class, this::stepOpened)
        .onMessage(BatchStored.class, this::batchStored)
        .onMessage(Solved.class, this::solved)
        .onMessage(Judged.class, this::judged)
        .onMessage(SliceFitted.class, this::sliceFitted)
        .onMessage(Exported.class, this::exported)
        .onMessage(FitCheckpointed.class, this::fitCheckpointed)
        .onMessage(StepRecorded.class, this::stepRecorded)
        .onMessage(Stop.class, stop -> advance(new RunPlan.Event.StopRequested()))
        .onMessage(StopTimedOut.class, timeout -> advance(new RunPlan.Event.StopTimedOut()))
        .onMessage(Failure.class, this::failed)
        .onSignal(
            ChildFailed.class,
            failed ->
                failed(
                    new Failure(
                        "The %s actor failed.".formatted(failed.getRef().path().name()),
                        failed.cause())))
        .build();
  }

  private Behavior<Command> flowReady(FlowReady ready) {
    flowEngine = ready.engine();
    return beginOnceReady();
  }

  /** All workers have the same engine; the first speaks for them. */
  private Behavior<Command> energyReady(EnergyReady ready) {
    if (energyEngine == null) {
      energyEngine = ready.engine();
      return beginOnceReady();
    }
    return this;
  }

  private Behavior<Command> beginOnceReady() {
    if (flowEngine != null && energyEngine != null) {
      crew.buffer()
          .tell(new BufferActor.Command.Begin(progress.completedSteps(), flowEngine, energyEngine));
    }
    return this;
  }

  private Behavior<Command> runBegun(RunBegun begun) {
    listener.accept(
        new RunEvent.Started(
            found,
            progress.completedSteps(),
            settings.steps(),
            flowEngine,
            energyEngine.description()));
    return carryOut(RunPlan.start(settings, progress.completedSteps()));
  }

  private Behavior<Command> stepOpened(StepOpened opened) {
    figures.begin(progress, opened.rows(), opened.failedRows());
    if (figures.fit().steps() > 0 && opened.stored().size() < settings.batches(opened.step())) {
      // The restored flow is no longer the one that the missing batches have to come from.
      return failed(
          new Failure(
              "Step %d was taken up in the middle of its fit, yet only %d of its %d batches are there."
                  .formatted(
                      opened.step(), opened.stored().size(), settings.batches(opened.step())),
              null));
    }
    countEvaluations(opened.step(), opened.rows());
    return advance(new RunPlan.Event.StepOpened(opened.step(), opened.stored()));
  }

  private Behavior<Command> batchStored(BatchStored batch) {
    figures.addBatch(batch);
    countEvaluations(batch.step(), batch.rows());
    listener.accept(
        new RunEvent.Collected(
            batch.step(),
            figures.rows(),
            settings.samples(batch.step()),
            progress.targetEvaluations()));
    return advance(new RunPlan.Event.BatchStored(batch.step(), batch.batch()));
  }

  /** Training pays for its evaluations; the final evaluation judges and is not part of the bill. */
  private void countEvaluations(int step, long rows) {
    if (step < settings.steps()) {
      progress = progress.withEvaluations(rows);
    }
  }

  private Behavior<Command> solved(Solved solved) {
    figures.setSolution(solved);
    AnnealingPath path = progress.path().next(solved.solution().lambda(), solved.solution().eta());
    int step = solved.set().step();
    progress = progress.withPath(path).withGradientSteps(figures.fit().steps());
    crew.buffer()
        .tell(
            new BufferActor.Command.Journal(
                new dev.cmt.buffer.RunEvent.DualSolved(
                    step,
                    solved.solution().lambda(),
                    solved.solution().eta(),
                    solved.solution().targetLogZ(),
                    solved.solution().entropyBefore())));
    cadence.restart(figures.fit().steps());
    return advance(new RunPlan.Event.Solved(step, figures.fit().steps()));
  }

  private Behavior<Command> judged(Judged judged) {
    evaluation = judged.samples();
    return advance(new RunPlan.Event.Solved(judged.samples().step(), 0));
  }

  private Behavior<Command> sliceFitted(SliceFitted slice) {
    int done = slice.fit().steps();
    progress = progress.withGradientSteps(done - figures.fit().steps());
    figures.setFit(slice.fit());
    LOG.debug(
        "Fitted {} of {} gradient steps of step {}", done, settings.gradientSteps(), slice.step());
    listener.accept(new RunEvent.Fitted(slice.step(), done, settings.gradientSteps()));
    if (done == settings.gradientSteps() && slice.fit().isStuck()) {
      return failed(
          new Failure(
              ("None of the %d gradient steps of step %d was finite, so nothing was learned. Try a"
                      + " lower training.learning_rate.")
                  .formatted(done, slice.step()),
              null));
    }
    return advance(new RunPlan.Event.SliceFitted(slice.step(), done, cadence.isDue(done)));
  }

  private Behavior<Command> exported(Exported exported) {
    if (exported.complete()) {
      fitted = exported;
      return advance(new RunPlan.Event.Exported(exported.step()));
    }
    crew.buffer()
        .tell(
            new BufferActor.Command.CheckpointFit(
                exported.step(),
                exported.state(),
                figures.before().withWallSeconds(wallSeconds()),
                exported.fit()));
    return this;
  }

  private Behavior<Command> fitCheckpointed(FitCheckpointed saved) {
    return advance(new RunPlan.Event.FitCheckpointed(saved.step(), saved.done()));
  }

  private void recordStep(int step) {
    progress = progress.withCompletedSteps(step + 1, wallSeconds());
    crew.buffer()
        .tell(
            new BufferActor.Command.RecordStep(
                figures.record(step, progress), fitted.state(), progress));
    fitted = null;
  }

  private double wallSeconds() {
    return secondsBefore + (System.nanoTime() - startNanos) * 1e-9;
  }

  private Behavior<Command> stepRecorded(StepRecorded recorded) {
    int step = recorded.record().step();
    recordedSteps = step + 1;
    listener.accept(new RunEvent.StepCompleted(recorded.record()));
    figures.setCheckpointSeconds(recorded.seconds());
    return advance(new RunPlan.Event.StepRecorded(step));
  }

  private Behavior<Command> failed(Failure failure) {
    failureCause = failure.cause();
    return advance(new RunPlan.Event.Failure(failure.reason()));
  }

  private Behavior<Command> advance(RunPlan.Event event) {
    return carryOut(RunPlan.next(settings, state, event));
  }

  private Behavior<Command> carryOut(RunPlan.Transition transition) {
    if (!stage(transition.state()).equals(stage(state))) {
      LOG.debug("Stage: {}", stage(transition.state()));
    }
    state = transition.state();
    for (RunPlan.Command command : transition.commands()) {
      if (command instanceof RunPlan.Command.End end) {
        RunProgress reached = progress.withCompletedSteps(recordedSteps, progress.wallSeconds());
        onEnd.accept(new Ending(end.outcome(), end.reason(), failureCause, reached, evaluation));
        return Behaviors.stopped();
      }
      send(command);
    }
    return this;
  }

  private void send(RunPlan.Command command) {
    if (command instanceof RunPlan.Command.OpenStep open) {
      crew.buffer().tell(new BufferActor.Command.OpenStep(open.step(), open.batches()));
    } else if (command instanceof RunPlan.Command.SampleBatch batch) {
      crew.flow()
          .tell(
              new FlowActor.Command.Sample(
                  batch.step(), batch.batch(), batch.firstRow(), batch.rows(), crew.energy()));
    } else if (command instanceof RunPlan.Command.Solve solve) {
      crew.buffer()
          .tell(
              solve.step() == settings.steps()
                  ? new BufferActor.Command.Judge(solve.step())
                  : new BufferActor.Command.Solve(
                      solve.step(), bounds.at(solve.step(), progress.path())));
    } else if (command instanceof RunPlan.Command.FitSlice slice) {
      crew.flow()
          .tell(
              new FlowActor.Command.Fit(
                  figures.trainingSet(), figures.fit(), slice.total(), getContext().getSelf()));
    } else if (command instanceof RunPlan.Command.CheckpointFit checkpoint) {
      LOG.debug(
          "Saving the fit of step {} at gradient step {}", checkpoint.step(), checkpoint.done());
      cadence.restart(checkpoint.done());
      export(checkpoint.step(), false);
    } else if (command instanceof RunPlan.Command.Export export) {
      export(export.step(), true);
    } else if (command instanceof RunPlan.Command.RecordStep recordStep) {
      recordStep(recordStep.step());
    } else if (command instanceof RunPlan.Command.LimitStop) {
      timers.startSingleTimer(StopTimedOut.STOP_TIMED_OUT, STOP_LIMIT);
    }
  }

  private void export(int step, boolean complete) {
    crew.flow()
        .tell(new FlowActor.Command.Export(step, figures.fit(), complete, getContext().getSelf()));
  }

  /** The name of a phase, for the log: that of its class. */
  private static String stage(RunPlan.State state) {
    if (state instanceof RunPlan.State.Running running) {
      return running.phase().getClass().getSimpleName();
    }
    return state == null ? "" : state.getClass().getSimpleName();
  }
}
