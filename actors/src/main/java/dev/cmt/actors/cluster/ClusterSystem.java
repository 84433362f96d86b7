package dev.cmt.actors.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.pool.EngineConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.remote.RemoteTransportException;

/** Actor systems that meet over the network: the head's and the nodes'. */
public final class ClusterSystem {
  /** All systems of a cluster have one name. */
  private static final String NAME = "cmt";

  private ClusterSystem() {}

  /**
   * Starts the head of a cluster of its own, which nodes may join.
   *
   * @param guardian the system's first actor
   * @param settings where to listen, and how safely
   * @param before what must have succeeded before nodes may join and the first actor begins, such
   *     as listening elsewhere too; on a thread of the system, which ends if it throws
   * @throws ClusterUnavailableException if the address is taken or not this machine's, and what
   *     {@code before} throws
   */
  public static <T> ActorSystem<T> head(
      Behavior<T> guardian, RunConfig.Cluster settings, Consumer<ActorSystem<?>> before) {
    CompletableFuture<Void> begun = new CompletableFuture<>();
    Behavior<T> joining =
        Behaviors.setup(
            context -> {
              try {
                before.accept(context.getSystem());
                Cluster cluster = Cluster.get(context.getSystem());
                cluster.manager().tell(Join.create(cluster.selfMember().address()));
              } catch (RuntimeException | Error e) {
                begun.completeExceptionally(e);
                return Behaviors.stopped();
              }
              begun.complete(null);
              return guardian;
            });
    ActorSystem<T> system = start(joining, settings, "head", List.of());
    system
        .getWhenTerminated()
        .whenComplete(
            (done, failure) ->
                begun.completeExceptionally(
                    new ClusterUnavailableException("The head ended before it began.", failure)));
    try {
      begun.join();
      return system;
    } catch (CompletionException e) {
      system.terminate();
      // Its port is free again for whoever tries once more.
      system.getWhenTerminated().toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** What others call a system: {@code HOST:PORT}. */
  public static String address(ActorSystem<?> system) {
    return Cluster.get(system).selfMember().address().hostPort().replaceFirst("^.*@", "");
  }

  /**
   * Starts a node, which joins a head as soon as one answers.
   *
   * @param guardian the system's first actor
   * @param settings where to listen, and how safely
   * @param role what the process does
   * @param seeds where a head may be; asked until one answers
   * @throws ClusterUnavailableException if the address is taken or not this machine's
   */
  static <T> ActorSystem<T> node(
      Behavior<T> guardian, RunConfig.Cluster settings, String role, List<HostPort> seeds) {
    return start(guardian, settings, role, seeds);
  }

  private static <T> ActorSystem<T> start(
      Behavior<T> guardian, RunConfig.Cluster settings, String role, List<HostPort> seeds) {
    try {
      return ActorSystem.create(guardian, NAME, config(settings, role, seeds));
    } catch (RemoteTransportException e) {
      throw new ClusterUnavailableException(
          "Cannot listen on cluster.bind = %s (%s). HOST must be an address of this machine; if another process has the port, 0 takes any that is free."
              .formatted(settings.bind(), e.getMessage()),
          e);
    }
  }

  /** All that Pekko needs to know. */
  static Config config(RunConfig.Cluster settings, String role, List<HostPort> seeds) {
    Map<String, Object> values = new HashMap<>();
    values.put("pekko.remote.artery.canonical.hostname", settings.address().host());
    values.put("pekko.remote.artery.canonical.port", settings.address().port());
    values.put("pekko.remote.artery.bind.hostname", settings.bind().host());
    values.put("pekko.remote.artery.bind.port", settings.bind().port());
    values.put("pekko.cluster.roles", List.of(role));
    values.put(
        "pekko.cluster.seed-nodes",
        seeds.stream().map(seed -> "pekko://%s@%s".formatted(NAME, seed)).toList());
    values.put(HeadDecides.LOST_AFTER, settings.lostAfterSeconds() + "s");
    if (role.equals("head")) {
      // A head ends at once; nodes hear it from their links.
      values.put("pekko.coordinated-shutdown.run-by-actor-system-terminate", "off");
    }
    settings
        .tls()
        .ifPresent(
            tls -> {
              values.put("pekko.remote.artery.transport", "tls-tcp");
              String engine = "pekko.remote.artery.ssl.rotating-keys-engine.";
              values.put(engine + "key-file", tls.key().toString());
              values.put(engine + "cert-file", tls.certificate().toString());
              values.put(engine + "ca-cert-file", tls.ca().toString());
            });
    return EngineConfig.load(
        ConfigFactory.parseMap(values)
            .withFallback(ConfigFactory.parseResources(ClusterSystem.class, "cluster.conf")));
  }
}
