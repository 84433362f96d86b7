package dev.cmt.actors.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.pool.EngineConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
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
   * @throws ClusterUnavailableException if the address is taken or not this machine's
   */
  public static <T> ActorSystem<T> head(Behavior<T> guardian, RunConfig.Cluster settings) {
    ActorSystem<T> system = start(guardian, settings, "head", List.of());
    Cluster cluster = Cluster.get(system);
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    return system;
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
