package dev.cmt.actors.cluster;

import dev.cmt.actors.pool.Engine;
import dev.cmt.actors.pool.WorkerMessage;
import java.util.List;

/** What a node tells its link at the head. */
public sealed interface ToHead extends WorkerMessage
    permits Energies,
        ToHead.Opened,
        ToHead.Unable,
        ToHead.NotEvaluated,
        ToHead.Leaving,
        ToHead.Beat {
  /**
   * All of the node's workers have opened their engine.
   *
   * @param engine what they compute with
   */
  record Opened(Engine engine) implements ToHead, ControlMessage {}

  /**
   * The node cannot open its engine and gives up.
   *
   * @param reason in words
   */
  record Unable(String reason) implements ToHead, ControlMessage {}

  /**
   * A batch could not be evaluated as a whole.
   *
   * @param assignment which handing-out of it
   * @param reason in words
   * @param enginesDisagree whether that is because the node's energies cannot be trusted
   */
  record NotEvaluated(long assignment, String reason, boolean enginesDisagree)
      implements ToHead, ControlMessage {}

  /**
   * The node goes: it will finish the batches it has begun, and no others, those under way to it
   * included.
   *
   * @param finishing assignments it has begun
   */
  record Leaving(List<Long> finishing) implements ToHead, ControlMessage {}

  /**
   * Said every second.
   *
   * @param holding assignments that wait or are being evaluated; one that is missing here and was
   *     not answered got lost on the way
   * @param figures what the node has done
   */
  record Beat(List<Long> holding, NodeFigures figures) implements ToHead, ControlMessage {}
}
