package dev.cmt.actors.run;

import dev.cmt.buffer.StepSamples;
import dev.cmt.flow.ControlVariate;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.annealing.AnnealingPath;
import dev.cmt.flow.annealing.DualSolution;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

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
  record EnergyReady(String engine) implements Command {}

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

  /** The multipliers of a step and the weights that follow from them. */
  record Solved(DualSolution solution, double essTarget, TrainingSet set, double seconds)
      implements Command {}

  /** All samples of the final evaluation. */
  record Judged(StepSamples samples) implements Command {}

  /**
   * A slice of gradient steps.
   *
   * @param step index of the step
   * @param done gradient steps of the step so far
   * @param sliceSteps gradient steps of the slice
   * @param skipped of them, skipped because something was not finite
   * @param lossSum sum of the applied steps' losses
   * @param normSum sum of the applied steps' gradient norms
   * @param variate what the fit has learned of its control variate
   * @param seconds what the slice took
   */
  record SliceFitted(
      int step,
      int done,
      int sliceSteps,
      int skipped,
      double lossSum,
      double normSum,
      ControlVariate variate,
      double seconds)
      implements Command {}

  /** The flow's state after a step's fit. */
  record Exported(int step, FlowState state) implements Command {}

  /** A step's checkpoint and record are on disk. */
  record StepRecorded(int step, StepRecord record, RunProgress progress, double seconds)
      implements Command {}

  /** Somebody wants the run to stop. */
  enum Stop implements Command {
    STOP
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
      StepSamples evaluation) {}

  private final RunPlan.Settings settings;
  private final Consumer<RunEvent> listener;
  private final Consumer<Ending> onEnd;
  private final Crew crew;
  private final StepFigures figures = new StepFigures();
  private final long startNanos = System.nanoTime();
  private final double secondsBefore;
  private RunProgress progress;
  private RunPlan.State state;
  private String flowEngine;
  private String energyEngine;
  private Throwable failureCause;
  private StepSamples evaluation;

  private Coordinator(
      ActorContext<Command> context,
      RunPlan.Settings settings,
      RunProgress progress,
      CrewBuilder crewBuilder,
      Consumer<RunEvent> listener,
      Consumer<Ending> onEnd) {
    super(context);
    this.settings = settings;
    this.progress = progress;
    this.secondsBefore = progress.wallSeconds();
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
   * @param progress what earlier processes completed
   * @param crewBuilder starts the other actors
   * @param listener hears what happens
   * @param onEnd hears once how the run ended, before the actors stop
   */
  static Behavior<Command> create(
      RunPlan.Settings settings,
      RunProgress progress,
      CrewBuilder crewBuilder,
      Consumer<RunEvent> listener,
      Consumer<Ending> onEnd) {
    return Behaviors.setup(
        context -> new Coordinator(context, settings, progress, crewBuilder, listener, onEnd));
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
        .onMessage(StepRecorded.class, this::stepRecorded)
        .onMessage(Stop.class, stop -> advance(new RunPlan.Event.StopRequested()))
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

  /** All workers open the same engine; the first speaks for them. */
  private Behavior<Command> energyReady(EnergyReady ready) {
    if (energyEngine == null) {
      energyEngine = ready.engine();
      return beginOnceReady();
    }
    return this;
  }

  private Behavior<Command> beginOnceReady() {
    if (flowEngine != null && energyEngine != null) {
      crew.buffer().tell(new BufferActor.Command.Begin(flowEngine, energyEngine));
    }
    return this;
  }

  private Behavior<Command> runBegun(RunBegun begun) {
    listener.accept(
        new RunEvent.Started(
            progress.completedSteps(), settings.steps(), flowEngine, energyEngine));
    return carryOut(RunPlan.start(settings, progress.completedSteps()));
  }

  private Behavior<Command> stepOpened(StepOpened opened) {
    figures.begin(opened.rows(), opened.failedRows());
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
    progress = progress.withPath(path);
    return advance(new RunPlan.Event.Solved(solved.set().step()));
  }

  private Behavior<Command> judged(Judged judged) {
    evaluation = judged.samples();
    return advance(new RunPlan.Event.Solved(judged.samples().step()));
  }

  private Behavior<Command> sliceFitted(SliceFitted slice) {
    figures.addSlice(slice);
    progress = progress.withGradientSteps(slice.sliceSteps());
    listener.accept(new RunEvent.Fitted(slice.step(), slice.done(), settings.gradientSteps()));
    if (slice.done() == settings.gradientSteps() && figures.fitIsStuck()) {
      return failed(
          new Failure(
              ("None of the %d gradient steps of step %d was finite, so nothing was learned. Try a lower"
                      + " training.learning_rate.")
                  .formatted(slice.done(), slice.step()),
              null));
    }
    return advance(new RunPlan.Event.SliceFitted(slice.step(), slice.done()));
  }

  private Behavior<Command> exported(Exported exported) {
    if (state instanceof RunPlan.State.Recording recording && recording.step() == exported.step()) {
      double seconds = secondsBefore + (System.nanoTime() - startNanos) * 1e-9;
      RunProgress completed = progress.withCompletedSteps(exported.step() + 1, seconds);
      StepRecord record = figures.record(exported.step(), completed);
      crew.buffer().tell(new BufferActor.Command.RecordStep(record, exported.state(), completed));
    }
    return this;
  }

  private Behavior<Command> stepRecorded(StepRecorded recorded) {
    progress = recorded.progress();
    listener.accept(new RunEvent.StepCompleted(recorded.record()));
    figures.setCheckpointSeconds(recorded.seconds());
    return advance(new RunPlan.Event.StepRecorded(recorded.step()));
  }

  private Behavior<Command> failed(Failure failure) {
    failureCause = failure.cause();
    return advance(new RunPlan.Event.Failure(failure.reason()));
  }

  private Behavior<Command> advance(RunPlan.Event event) {
    return carryOut(RunPlan.next(settings, state, event));
  }

  private Behavior<Command> carryOut(RunPlan.Transition transition) {
    state = transition.state();
    for (RunPlan.Command command : transition.commands()) {
      if (command instanceof RunPlan.Command.End end) {
        onEnd.accept(new Ending(end.outcome(), end.reason(), failureCause, progress, evaluation));
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
          .tell(new BufferActor.Command.Solve(solve.step(), solve.step() == settings.steps()));
    } else if (command instanceof RunPlan.Command.FitSlice slice) {
      crew.flow()
          .tell(
              new FlowActor.Command.Fit(
                  figures.trainingSet(),
                  figures.variate(),
                  slice.done(),
                  slice.total(),
                  getContext().getSelf()));
    } else if (command instanceof RunPlan.Command.RecordStep recordStep) {
      crew.flow().tell(new FlowActor.Command.Export(recordStep.step(), getContext().getSelf()));
    }
  }
}
