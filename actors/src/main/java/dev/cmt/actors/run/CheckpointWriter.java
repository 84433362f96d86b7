package dev.cmt.actors.run;

import dev.cmt.buffer.CheckpointRef;
import dev.cmt.buffer.CheckpointStore;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowState;
import dev.cmt.flow.checkpoint.FlowCheckpoint;
import java.io.IOException;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes checkpoints, one after the other, so that the buffer actor can meanwhile store batches. A
 * checkpoint means nothing until the buffer actor has put its digest into the journal. Owns a
 * thread.
 */
final class CheckpointWriter {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointWriter.class);

  private CheckpointWriter() {}

  /**
   * A checkpoint to write.
   *
   * @param name file name
   * @param state a copy of the flow's state, not touched by anybody else
   * @param metadata what the file says besides
   */
  record Write(String name, FlowState state, Map<String, String> metadata) {}

  /**
   * A writer.
   *
   * @param architecture of the flows that are written
   * @param store where to
   * @param buffer told of each checkpoint that is on the device, in the order they were asked for
   * @param coordinator told when one cannot be written
   */
  static Behavior<Write> create(
      FlowArchitecture architecture,
      CheckpointStore store,
      ActorRef<BufferActor.Command> buffer,
      ActorRef<Coordinator.Command> coordinator) {
    return Behaviors.receive(Write.class)
        .onMessage(
            Write.class,
            write -> {
              LOG.debug("Writing {}", write.name());
              long start = System.nanoTime();
              try {
                byte[] content =
                    FlowCheckpoint.encode(architecture, write.state(), write.metadata());
                CheckpointRef written = store.write(write.name(), content);
                double seconds = (System.nanoTime() - start) * 1e-9;
                buffer.tell(new BufferActor.Command.CheckpointWritten(written, seconds));
              } catch (IOException e) {
                coordinator.tell(BufferActor.unwritable(e));
              }
              return Behaviors.same();
            })
        .build();
  }
}
