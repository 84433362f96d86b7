package dev.cmt.actors.cluster;

import dev.cmt.actors.config.ProductVersion;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * A node asks to be let in.
 *
 * @param protocol version of the messages it speaks
 * @param version version of the product
 * @param energyBuild fingerprint of its energy room
 * @param host its host
 * @param pid its process id
 * @param workers its worker threads, at least 1; 0 of a standby
 * @param standby whether it wants to copy the run instead of evaluating for it; earlier versions do
 *     not say so
 * @param node whom to answer
 */
public record Hello(
    int protocol,
    String version,
    String energyBuild,
    String host,
    long pid,
    int workers,
    boolean standby,
    ActorRef<ToNode> node)
    implements ControlMessage {
  /** The newest protocol this build speaks. */
  static final int PROTOCOL = 2;

  /** The oldest it still understands. */
  static final int OLDEST_PROTOCOL = 1;

  /** From this process, which evaluates. */
  static Hello from(int workers, ActorRef<ToNode> node) {
    return from(workers, false, node);
  }

  /** From this process, which copies. */
  static Hello fromStandby(ActorRef<ToNode> node) {
    return from(0, true, node);
  }

  private static Hello from(int workers, boolean standby, ActorRef<ToNode> node) {
    return new Hello(
        PROTOCOL,
        ProductVersion.current(),
        EnergyBuild.fingerprint(),
        hostName(),
        ProcessHandle.current().pid(),
        workers,
        standby,
        node);
  }

  /** For people. */
  String name() {
    return "process %d on %s".formatted(pid, host);
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      // A host that cannot resolve its own name still has one; the message of the failure says it.
      return String.valueOf(System.getenv("HOSTNAME"));
    }
  }
}
