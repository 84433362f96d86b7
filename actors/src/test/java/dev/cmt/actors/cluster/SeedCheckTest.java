package dev.cmt.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.config.TestCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With a server of HTTPS in the place of a head: certificates are looked at before any word. */
class SeedCheckTest {
  private static final ActorTestKit SYSTEM = ActorTestKit.create();

  @AfterAll
  static void end() {
    SYSTEM.shutdownTestKit();
  }

  private static HostPort head(String process) {
    return StatusServer.start(
            SYSTEM.system(),
            new HostPort("127.0.0.1", 0),
            Optional.of(TestCertificates.of(process)),
            () -> {
              throw new AssertionError("nobody should ask");
            })
        .address();
  }

  /** What a node is told on its command line. */
  private static RunConfig.Cluster own(List<String> options) {
    return RunConfig.Cluster.load(
        Optional.empty(), options.stream().filter(word -> !word.equals("-o")).toList());
  }

  private static RunConfig.Cluster own() {
    return own(List.of());
  }

  @Test
  void nobodyIsThere() throws IOException {
    HostPort gone;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      gone = new HostPort("127.0.0.1", socket.getLocalPort());
    }
    assertThat(SeedCheck.of(gone, own())).startsWith("nobody listens at " + gone);
    assertThat(SeedCheck.of(new HostPort("no.such.host.invalid", 1), own()))
        .isEqualTo("no.such.host.invalid is no host that this machine knows");
  }

  @Test
  void somebodyIsThereAndMayAskForCertificates() {
    assertThat(SeedCheck.of(head("node"), own()))
        .contains("lets nobody in", "or ask for certificates");
  }

  @Test
  void aCertificateThatIsTakenIsNotToBlame() {
    assertThat(SeedCheck.of(head("node"), own(TestCertificates.options("node"))))
        .contains("takes this certificate");
  }

  @ParameterizedTest
  @ValueSource(strings = {"stranger", "other"})
  void aCertificateThatIsNotTakenIs(String process) {
    assertThat(SeedCheck.of(head("node"), own(TestCertificates.options(process))))
        .contains("do not agree on a connection with certificates");
    assertThat(SeedCheck.of(head(process), own(TestCertificates.options("node"))))
        .contains("do not agree on a connection with certificates");
  }

  /** Which says nothing, so that only time ends the handshake. */
  @Test
  void whoSaysNothingIsNotWaitedForLong() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      HostPort at = new HostPort("127.0.0.1", silent.getLocalPort());
      assertThat(SeedCheck.of(at, own(TestCertificates.options("node"))))
          .startsWith(at + " listens and says nothing");
    }
  }
}
