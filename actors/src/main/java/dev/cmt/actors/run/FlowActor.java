package dev.cmt.actors.run;

import dev.cmt.actors.pool.EnergyPool;
import dev.cmt.actors.pool.SampledBatch;
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
  private final boolean controlled;
  private final float[] minibatch;
  private final double[] weights;
  private final double[] logProposal;

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
    this.controlled = controlled;
    this.minibatch = new float[batchSize * flow.architecture().dimension()];
    this.weights = new double[batchSize];
    this.logProposal = new double[batchSize];
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
    FitFigures figures = request.soFar();
    do {
      request
          .set()
          .minibatch(seed, figures.steps(), weights.length, minibatch, weights, logProposal);
      double control = controlled ? figures.variate().coefficient() : 0;
      figures =
          figures.plus(
              flow.train(minibatch, weights, logProposal, control, weights.length, optimizer));
    } while (figures.steps() < request.total() && System.nanoTime() - start < SLICE_NANOS);
    request
        .replyTo()
        .tell(
            new Coordinator.SliceFitted(
                request.set().step(), figures.plusSeconds((System.nanoTime() - start) * 1e-9)));
    return this;
  }

  private Behavior<Command> export(Command.Export request) {
    FlowState state = flow.exportState();
    request
        .replyTo()
        .tell(new Coordinator.Exported(request.step(), request.fit(), request.complete(), state));
    return this;
  }

  private Behavior<Command> close() {
    flow.close();
    return this;
  }
}
