package dev.cmt.actors.pool;

import dev.cmt.energy.EnergyUnavailableException;
import dev.cmt.energy.EnginesDisagreeException;
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
 * Evaluates batches, one at a time, on its own thread with its own native contexts. Asks for work
 * and asks again with each answer, so that nothing piles up here.
 */
public final class EnergyWorker extends AbstractBehavior<Work> {
  private static final Logger LOG = LoggerFactory.getLogger(EnergyWorker.class);

  private final Evaluator evaluator;
  private final ActorRef<WorkerReport> reports;

  private EnergyWorker(
      ActorContext<Work> context, Evaluator evaluator, ActorRef<WorkerReport> reports) {
    super(context);
    this.evaluator = evaluator;
    this.reports = reports;
  }

  /**
   * A worker; must run on a thread of its own.
   *
   * @param target what to evaluate
   * @param reports where its answers go, and from whom it asks for work
   */
  public static Behavior<Work> create(Target target, ActorRef<WorkerReport> reports) {
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
          reports.tell(
              new WorkerReport.Joined(
                  context.getSelf(),
                  context.getSelf().path().name(),
                  Engine.here(evaluator.engineDescription()),
                  1));
          return new EnergyWorker(context, evaluator, reports);
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
    EvaluatedBatch evaluated;
    try {
      Evaluation evaluation = evaluator.evaluate(batch.u(), batch.rows());
      double seconds = (System.nanoTime() - start) * 1e-9;
      evaluated =
          EvaluatedBatch.of(batch, evaluation.logDensity(), evaluation.logVolume(), seconds);
    } catch (EnginesDisagreeException e) {
      return refuse(work, e.getMessage(), true);
    } catch (RuntimeException e) {
      return refuse(work, e.toString(), false);
    }
    reports.tell(
        new WorkerReport.Evaluated(getContext().getSelf(), work.assignment(), evaluated, 1));
    return this;
  }

  private Behavior<Work> refuse(Work work, String reason, boolean enginesDisagree) {
    reports.tell(
        new WorkerReport.Refused(
            getContext().getSelf(), work.assignment(), reason, enginesDisagree, 1));
    return this;
  }

  private Behavior<Work> close() {
    evaluator.close();
    return this;
  }
}
