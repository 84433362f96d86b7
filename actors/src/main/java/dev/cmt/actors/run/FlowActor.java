package dev.cmt.actors.run;

import dev.cmt.actors.pool.EnergyPool;
import dev.cmt.actors.pool.SampledBatch;
import dev.cmt.flow.Fit;
import dev.cmt.flow.FitSlice;
import dev.cmt.flow.Flow;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.FlowUnavailableException;
import dev.cmt.flow.OptimizerSettings;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Owns the flow: samples batches and fits slices of gradient steps. Runs on its own thread
 * (gradient state of the tensor library is global) and never works on one message for much longer
 * than {@link #SLICE_NANOS}, so that it still answers.
 */
final class FlowActor extends AbstractBehavior<FlowActor.Command> {
  /** How long a slice of gradient steps goes on; one step at least is always done. */
  private static final long SLICE_NANOS = 300_000_000L;

  /** Of all minibatches of one call to the engine, which bounds what the call holds. */
  private static final int MAX_ROWS_PER_CALL = 1 << 20;

  /** What the flow actor understands. */
  sealed interface Command {
    /** Draw a batch and hand it to the energy pool. */
    record Sample(int step, int batch, long firstRow, int rows, ActorRef<EnergyPool.Command> to)
        implements Command {}

    /** Go on with a fit that has come so far, towards {@code total} gradient steps. */
    record Fit(TrainingSet set, FitFigures soFar, int total, ActorRef<Coordinator.Command> replyTo)
        implements Command {}

    /** Copy out everything training changes; what the copy is of goes along. */
    record Export(int step, FitFigures fit, boolean complete, ActorRef<Coordinator.Command> replyTo)
        implements Command {}
  }

  private final Flow flow;
  private final long seed;
  private final OptimizerSettings optimizer;
  private final int batchSize;
  private final boolean controlled;
  private TrainingSet fitted;
  private Fit fit;
  private double nanosPerStep = SLICE_NANOS; // until the first step has been measured

  private FlowActor(
      ActorContext<Command> context,
      Flow flow,
      long seed,
      int batchSize,
      boolean controlled,
      OptimizerSettings optimizer) {
    super(context);
    this.flow = flow;
    this.seed = seed;
    this.optimizer = optimizer;
    this.batchSize = batchSize;
    this.controlled = controlled;
  }

  /**
   * A flow actor.
   *
   * @param opener opens the flow on the actor's own thread, with the state to go on from
   * @param seed seed of the run
   * @param batchSize rows of a minibatch
   * @param controlled whether fits use the control variate
   * @param optimizer optimiser and schedule of the whole run
   * @param coordinator told the engine's description once the flow is open
   */
  static Behavior<Command> create(
      Supplier<Flow> opener,
      long seed,
      int batchSize,
      boolean controlled,
      OptimizerSettings optimizer,
      ActorRef<Coordinator.Command> coordinator) {
    return Behaviors.setup(
        context -> {
          Flow flow;
          try {
            flow = opener.get();
          } catch (LinkageError e) {
            throw new FlowUnavailableException(
                "A library of the flow engine could not be loaded (%s); run ./cmt doctor to see what is missing."
                    .formatted(e.getMessage()),
                e);
          }
          coordinator.tell(new Coordinator.FlowReady(flow.engineDescription()));
          return new FlowActor(context, flow, seed, batchSize, controlled, optimizer);
        });
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Command.Sample.class, this::sample)
        .onMessage(Command.Fit.class, this::fit)
        .onMessage(Command.Export.class, this::export)
        .onSignal(PostStop.class, stopped -> close())
        .build();
  }

  private Behavior<Command> sample(Command.Sample request) {
    long start = System.nanoTime();
    float[] u = new float[request.rows() * flow.architecture().dimension()];
    double[] logQ = new double[request.rows()];
    flow.sample(seed, request.step(), request.firstRow(), request.rows(), u, logQ);
    double seconds = (System.nanoTime() - start) * 1e-9;
    request
        .to()
        .tell(
            new EnergyPool.Evaluate(
                new SampledBatch(
                    request.step(), request.batch(), request.firstRow(), u, logQ, seconds)));
    return this;
  }

  private Behavior<Command> fit(Command.Fit request) {
    long start = System.nanoTime();
    long elapsed = 0;
    FitFigures figures = request.soFar();
    do {
      int count = stepsWithin(SLICE_NANOS - elapsed, request.total() - figures.steps());
      int[] rows = request.set().minibatches(seed, figures.steps(), count, batchSize);
      FitSlice slice =
          fitTo(request.set()).train(rows, batchSize, controlled, figures.variate(), optimizer);
      long spent = System.nanoTime() - start - elapsed;
      elapsed += spent;
      nanosPerStep = (double) spent / count;
      figures = figures.plus(slice, spent * 1e-9);
    } while (figures.steps() < request.total() && elapsed < SLICE_NANOS);
    if (figures.steps() == request.total()) {
      closeFit();
    }
    request.replyTo().tell(new Coordinator.SliceFitted(request.set().step(), figures));
    return this;
  }

  /** Gradient steps of the next call, by what those of the last one took; at least one. */
  private int stepsWithin(long nanos, int left) {
    double most = Math.min(nanos / nanosPerStep, (double) MAX_ROWS_PER_CALL / batchSize);
    return (int) Math.max(1, Math.min(most, left));
  }

  private Fit fitTo(TrainingSet set) {
    if (set != fitted) {
      closeFit();
      fit = set.fit(flow);
      fitted = set;
    }
    return fit;
  }

  private void closeFit() {
    if (fit != null) {
      fit.close();
      fit = null;
      fitted = null;
    }
  }

  private Behavior<Command> export(Command.Export request) {
    FlowState state = flow.exportState();
    request
        .replyTo()
        .tell(new Coordinator.Exported(request.step(), request.fit(), request.complete(), state));
    return this;
  }

  private Behavior<Command> close() {
    try (flow) {
      closeFit();
    }
    return this;
  }
}
