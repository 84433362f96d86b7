package dev.cmt.actors.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Reads the keys under {@code cluster}. */
final class ClusterSection {
  private ClusterSection() {}

  static RunConfig.Cluster read(ConfigReader in) {
    HostPort bind = in.address("cluster.bind", false).orElseThrow();
    Optional<HostPort> advertise = in.address("cluster.advertise", true);
    boolean anywhere = bind.host().equals("0.0.0.0") || bind.host().equals("::");
    if (anywhere && advertise.isEmpty()) {
      in.reject(
          "cluster.bind",
          "an address that others can call, or come with cluster.advertise",
          "Every interface is nobody's name.");
    }
    return new RunConfig.Cluster(
        in.flag("cluster.enabled"),
        bind,
        advertise,
        in.address("cluster.http", true),
        in.address("cluster.probes", true),
        in.count("cluster.local_workers", 0, 4096),
        in.count("cluster.batches_under_way", 2, 65536),
        in.finite("cluster.straggler_factor", factor -> factor > 1, "above 1"),
        in.flag("cluster.allow_other_instruction_sets"),
        in.count("cluster.lost_after_seconds", 3, 3600),
        tls(in));
  }

  private static Optional<RunConfig.Tls> tls(ConfigReader in) {
    String key = file(in, "cluster.tls.key");
    String certificate = file(in, "cluster.tls.certificate");
    String ca = file(in, "cluster.tls.ca");
    if (key.isEmpty() && certificate.isEmpty() && ca.isEmpty()) {
      return Optional.empty();
    }
    for (String part : new String[] {"key", "certificate", "ca"}) {
      String name = "cluster.tls." + part;
      if (in.good(name) && in.value(name).unwrapped().equals("")) {
        in.reject(name, "a file, since others of cluster.tls are set", "TLS needs all three.");
      }
    }
    RunConfig.Tls tls = new RunConfig.Tls(Path.of(key), Path.of(certificate), Path.of(ca));
    if (in.good("cluster.tls.key", "cluster.tls.certificate", "cluster.tls.ca")) {
      TlsFiles.check(in, tls);
    }
    return Optional.of(tls);
  }

  private static String file(ConfigReader in, String key) {
    return in.word(
        key,
        path -> path.isEmpty() || Files.isReadable(Path.of(path)),
        "a readable file in PEM, or \"\"",
        "Paths are relative to where the process starts.");
  }
}
