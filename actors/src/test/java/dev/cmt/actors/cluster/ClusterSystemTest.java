package dev.cmt.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.RunConfig;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ClusterSystemTest {
  private final AtomicBoolean begun = new AtomicBoolean();

  private final Behavior<Void> guardian =
      Behaviors.setup(
          context -> {
            begun.set(true);
            return Behaviors.empty();
          });

  private static RunConfig.Cluster at(int port) {
    return RunConfig.Cluster.load(
        Optional.empty(), List.of("cluster.bind=\"127.0.0.1:%d\"".formatted(port)));
  }

  /** A second head on a machine: cluster.http is the first one's. */
  @Test
  void aHeadThatCannotAnswerQuestionsDoesNotBeginAndLeavesItsPort() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    try (ServerSocket http = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      HostPort taken = new HostPort("127.0.0.1", http.getLocalPort());
      assertThatThrownBy(
              () ->
                  ClusterSystem.head(
                      guardian,
                      at(port),
                      system ->
                          StatusServer.start(
                              system,
                              taken,
                              Optional.empty(),
                              () -> {
                                throw new AssertionError("nobody should ask");
                              })))
          .isInstanceOf(ClusterUnavailableException.class)
          .hasMessageContaining("cluster.http = " + taken);
    }
    assertThat(begun).isFalse();

    ActorSystem<Void> system = ClusterSystem.head(guardian, at(port), own -> {});
    assertThat(ClusterSystem.address(system)).isEqualTo("127.0.0.1:" + port);
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }
}
