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
 * @param workers its worker threads, at least 1
 * @param node whom to answer
 */
public record Hello(
    int protocol,
    String version,
    String energyBuild,
    String host,
    long pid,
    int workers,
    ActorRef<ToNode> node)
    implements ControlMessage {
  /** The newest protocol this build speaks. */
  static final int PROTOCOL = 1;

  /** The oldest it still understands. */
  static final int OLDEST_PROTOCOL = 1;

  /** From this process. */
  static Hello from(int workers, ActorRef<ToNode> node) {
    return new Hello(
        PROTOCOL,
        ProductVersion.current(),
        EnergyBuild.fingerprint(),
        hostName(),
        ProcessHandle.current().pid(),
        workers,
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
