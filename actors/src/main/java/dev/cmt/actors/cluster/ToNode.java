package dev.cmt.actors.cluster;

import org.apache.pekko.actor.typed.ActorRef;

/** What a head tells a node. */
public sealed interface ToNode extends NodeActor.Command, StandbyActor.Command
    permits Samples, ToStandby, ToNode.Welcome, ToNode.Pulse, ToNode.TurnedAway, ToNode.Farewell {
  /**
   * The node may evaluate for this run once it has opened its engine.
   *
   * @param run tells the run from others
   * @param target what to evaluate
   * @param link to whom the node reports
   */
  record Welcome(long run, TargetSpec target, ActorRef<ToHead> link)
      implements ToNode, ControlMessage {}

  /** The answer to a beat: the head is there. */
  record Pulse() implements ToNode, ControlMessage {}

  /**
   * The node may not take part.
   *
   * @param reason in words
   */
  record TurnedAway(String reason) implements ToNode, ControlMessage {}

  /**
   * The head goes.
   *
   * @param finished whether the run is finished, so that nobody will come back for it
   */
  record Farewell(boolean finished) implements ToNode, ControlMessage {}
}
