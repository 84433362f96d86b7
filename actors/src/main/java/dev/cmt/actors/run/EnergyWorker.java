package dev.cmt.actors.run;

import dev.cmt.energy.EnergyUnavailableException;
import dev.cmt.energy.Evaluation;
import dev.cmt.energy.Evaluator;
import dev.cmt.energy.Target;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evaluates batches, one at a time, on its own thread with its own native contexts. Asks the pool
 * for work and asks again when a batch has gone on to the journal, so that nothing piles up here.
 */
final class EnergyWorker extends AbstractBehavior<EnergyWorker.Work> {
  /**
   * A batch to evaluate.
   *
   * @param batch samples
   * @param assignment tells this handing-out of the batch from others
   */
  record Work(SampledBatch batch, long assignment) {}

  private static final Logger LOG = LoggerFactory.getLogger(EnergyWorker.class);

  private final Evaluator evaluator;
  private final ActorRef<EnergyPool.Command> pool;
  private final ActorRef<BufferActor.Command> buffer;

  private EnergyWorker(
      ActorContext<Work> context,
      Evaluator evaluator,
      ActorRef<EnergyPool.Command> pool,
      ActorRef<BufferActor.Command> buffer) {
    super(context);
    this.evaluator = evaluator;
    this.pool = pool;
    this.buffer = buffer;
  }

  /** A worker that reports to the pool and hands results to the buffer. */
  static Behavior<Work> create(
      Target target, ActorRef<EnergyPool.Command> pool, ActorRef<BufferActor.Command> buffer) {
    return Behaviors.setup(
        context -> {
          Evaluator evaluator;
          try {
            evaluator = target.openEvaluator();
          } catch (LinkageError e) {
            throw new EnergyUnavailableException(
                "A library of the energy engine could not be loaded (%s); run ./cmt doctor to see what is missing."
                    .formatted(e.getMessage()),
                e);
          }
          pool.tell(new EnergyPool.Command.Ready(context.getSelf(), evaluator.engineDescription()));
          return new EnergyWorker(context, evaluator, pool, buffer);
        });
  }

  @Override
  public Receive<Work> createReceive() {
    return newReceiveBuilder()
        .onMessage(Work.class, this::evaluate)
        .onSignal(PostStop.class, stopped -> close())
        .build();
  }

  private Behavior<Work> evaluate(Work work) {
    SampledBatch batch = work.batch();
    LOG.debug("Evaluating batch {} of step {}", batch.batch(), batch.step());
    long start = System.nanoTime();
    Evaluation evaluation;
    try {
      evaluation = evaluator.evaluate(batch.u(), batch.rows());
    } catch (RuntimeException e) {
      pool.tell(
          new EnergyPool.Command.Refused(getContext().getSelf(), work.assignment(), e.toString()));
      return this;
    }
    double[] logQ = new double[batch.rows()];
    for (int row = 0; row < logQ.length; row++) {
      logQ[row] = batch.logQ()[row] - evaluation.logVolume()[row];
    }
    double seconds = (System.nanoTime() - start) * 1e-9;
    buffer.tell(
        new BufferActor.Command.Store(
            new EvaluatedBatch(
                batch, logQ, evaluation.logDensity(), evaluation.logVolume(), seconds)));
    pool.tell(new EnergyPool.Command.Done(getContext().getSelf(), work.assignment()));
    return this;
  }

  private Behavior<Work> close() {
    evaluator.close();
    return this;
  }
}
