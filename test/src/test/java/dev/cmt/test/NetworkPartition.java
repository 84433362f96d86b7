package dev.cmt.test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * A network of two: this machine, and a network namespace in which processes can be started, with a
 * cable between them that can be cut. Needs root on Linux.
 */
final class NetworkPartition implements AutoCloseable {
  /** Of this process, so that tests side by side do not meet; at most 15 characters. */
  private static final String NAME = "cmt" + ProcessHandle.current().pid() % 100_000;

  /** The ends of the cable, in a network that is private by RFC 1918 and seldom used. */
  static final String HERE = "10.231.7.1";

  static final String THERE = "10.231.7.2";

  private static final String END_HERE = NAME + "h";
  private static final String END_THERE = NAME + "t";

  private NetworkPartition() {}

  /** Makes it; empty where the machine does not allow it, after saying so. */
  static Optional<NetworkPartition> open() throws Exception {
    NetworkPartition partition = new NetworkPartition();
    try {
      ip("netns add " + NAME);
      ip("link add %s type veth peer name %s netns %s".formatted(END_HERE, END_THERE, NAME));
      ip("addr add %s/30 dev %s".formatted(HERE, END_HERE));
      ip("link set %s up".formatted(END_HERE));
      ip("-n %s addr add %s/30 dev %s".formatted(NAME, THERE, END_THERE));
      ip("-n %s link set lo up".formatted(NAME));
      partition.heal();
      return Optional.of(partition);
    } catch (IOException e) {
      System.out.println("partition: NO NETWORK NAMESPACES HERE: " + e.getMessage());
      partition.close();
      return Optional.empty();
    }
  }

  /** What starts a command at the other end. */
  List<String> there() {
    return List.of("ip", "netns", "exec", NAME);
  }

  /** From here on nothing arrives, in either direction, and nobody is told. */
  void cut() throws Exception {
    ip("-n %s link set %s down".formatted(NAME, END_THERE));
  }

  void heal() throws Exception {
    ip("-n %s link set %s up".formatted(NAME, END_THERE));
  }

  private static void ip(String arguments) throws Exception {
    List<String> command = List.of(("ip " + arguments).split(" "));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("%s: %s".formatted(String.join(" ", command), said.strip()));
    }
  }

  /** The cable goes with the namespace. */
  @Override
  public void close() throws Exception {
    new ProcessBuilder("ip", "netns", "del", NAME).start().waitFor();
  }
}
