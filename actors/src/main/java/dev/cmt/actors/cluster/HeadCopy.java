package dev.cmt.actors.cluster;

import dev.cmt.buffer.GoneException;
import dev.cmt.buffer.RunReplica;
import dev.cmt.buffer.SealedFile;
import dev.cmt.buffer.SealedSteps;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.apache.pekko.actor.typed.ActorRef;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies a run from one head into a {@link RunReplica}, a question at a time, on a thread of its
 * own: it waits for the head and for the disk. A question that is lost on the way is asked again.
 */
final class HeadCopy implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(HeadCopy.class);

  /** An answer that has taken longer is lost. */
  private static final long PATIENCE_SECONDS = 5;

  /** How often a step may change or vanish while it is copied. */
  private static final int ATTEMPTS = 5;

  private final RunReplica replica;
  private final RunReplica.Policy policy;
  private final ActorRef<FromStandby> head;
  private final Consumer<Throwable> onFailure;
  private CompletableFuture<ToStandby> answer = new CompletableFuture<>();
  private long request;
  private int completedSteps;
  private boolean stopped;

  /** The head is gone, or nobody wants the copy any more. */
  private static final class StoppedException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * @param replica what is copied into
   * @param policy what stays of earlier steps
   * @param head who is asked
   * @param onFailure told once, if the copy cannot go on
   */
  HeadCopy(
      RunReplica replica,
      RunReplica.Policy policy,
      ActorRef<FromStandby> head,
      Consumer<Throwable> onFailure) {
    this.replica = replica;
    this.policy = policy;
    this.head = head;
    this.onFailure = onFailure;
  }

  /** The run has come so far. */
  synchronized void completed(int steps) {
    completedSteps = steps;
    notifyAll();
  }

  /** The head has answered. */
  synchronized void answered(long to, ToStandby with) {
    if (to == request) {
      answer.complete(with);
    }
  }

  /** Ends after what is being written, at the next question. */
  synchronized void stop() {
    stopped = true;
    answer.completeExceptionally(new StoppedException());
    notifyAll();
  }

  @Override
  public void run() {
    try {
      while (true) {
        awaitStep(replica.next());
        takeStep(replica.next());
      }
    } catch (StoppedException e) {
      LOG.debug("The copy ends after {} steps", replica.completedSteps());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException | Error e) {
      onFailure.accept(e);
    }
  }

  /** The head's beats tell how far the run has come; its silence stops this copy. */
  private synchronized void awaitStep(int step) throws StoppedException, InterruptedException {
    while (completedSteps <= step && !stopped) {
      wait(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    }
    if (stopped) {
      throw new StoppedException();
    }
  }

  private void takeStep(int step) throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        ToStandby answer = ask(id -> new FromStandby.AskStep(id, step));
        if (!(answer instanceof ToStandby.Offer offer)) {
          throw new GoneException(answer.toString());
        }
        replica.take(offer.step(), offer.newest(), policy, this::piece);
        if (replica.completedSteps() > step) {
          LOG.info("Step {} has come; the run could go on from here", step);
        } else {
          LOG.debug("Step {} has come, whose checkpoint the run has given up", step);
        }
        return;
      } catch (GoneException e) {
        LOG.debug("Asking for step {} again: {}", step, e.getMessage());
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private SealedSteps.Piece piece(SealedFile file, long offset) throws IOException {
    ToStandby answer;
    try {
      answer = ask(id -> new FromStandby.AskPiece(id, file, offset));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoppedException();
    }
    if (!(answer instanceof FilePiece piece)) {
      throw new GoneException(answer.toString());
    }
    return new SealedSteps.Piece(piece.offset(), piece.bytes());
  }

  private ToStandby ask(LongFunction<FromStandby> question)
      throws IOException, InterruptedException {
    while (true) {
      CompletableFuture<ToStandby> awaited = new CompletableFuture<>();
      FromStandby asked;
      synchronized (this) {
        if (stopped) {
          throw new StoppedException();
        }
        answer = awaited;
        asked = question.apply(++request);
      }
      head.tell(asked);
      try {
        return awaited.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        LOG.debug("{} has had no answer for {} s; it is asked again", asked, PATIENCE_SECONDS);
      } catch (ExecutionException e) {
        throw new StoppedException();
      }
    }
  }
}
