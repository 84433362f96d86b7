package dev.cmt.actors.config;

import static dev.cmt.actors.config.TestCertificates.pem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterSectionTest {
  @TempDir private Path directory;

  private static RunConfig.Cluster load(String... overrides) {
    return RunConfig.Cluster.load(Optional.empty(), List.of(overrides));
  }

  @Test
  void unlessAskedNothingListensBeyondThisMachine() {
    RunConfig.Cluster cluster = load();
    assertThat(cluster.enabled()).isFalse();
    assertThat(cluster.bind()).isEqualTo(new HostPort("127.0.0.1", 25520));
    assertThat(cluster.address()).isEqualTo(cluster.bind());
    assertThat(cluster.http()).contains(new HostPort("127.0.0.1", 8558));
    assertThat(cluster.probes()).isEmpty();
    assertThat(cluster.allowOtherInstructionSets()).isFalse();
    assertThat(cluster.tls()).isEmpty();
  }

  @Test
  void addressesAreHostAndPort() {
    assertThat(HostPort.parse("node-1.example.org:0"))
        .contains(new HostPort("node-1.example.org", 0));
    assertThat(HostPort.parse("[::1]:25520")).contains(new HostPort("::1", 25520));
    assertThat(HostPort.parse("[::1]:25520").orElseThrow()).hasToString("[::1]:25520");
    for (String wrong : List.of("", "host", ":1", "host:", "host:65536", "::1:2", "a b:1")) {
      assertThat(HostPort.parse(wrong)).as(wrong).isEmpty();
    }
  }

  @Test
  void everyInterfaceNeedsAName() {
    assertThatThrownBy(() -> load("cluster.bind=\"0.0.0.0:25520\""))
        .hasMessageContaining("cluster.advertise");
    assertThat(load("cluster.bind=\"0.0.0.0:25520\"", "cluster.advertise=\"head:30000\"").address())
        .isEqualTo(new HostPort("head", 30000));
  }

  @Test
  void tlsNeedsAllThreeFiles() throws IOException {
    Path pem = Files.writeString(directory.resolve("a.pem"), "");
    assertThatThrownBy(() -> load("cluster.tls.key=\"%s\"".formatted(pem)))
        .hasMessageContaining("cluster.tls.certificate")
        .hasMessageContaining("cluster.tls.ca");
    assertThatThrownBy(() -> load("cluster.tls.key=\"/no/such/file\""))
        .hasMessageContaining("a readable file in PEM");
    assertThat(load(tls(pem("node.key"), pem("node.pem"), pem("ca.pem"))).tls())
        .contains(TestCertificates.of("node"));
  }

  private static String[] tls(Path key, Path certificate, Path ca) {
    return new String[] {
      "cluster.tls.key=\"%s\"".formatted(key),
      "cluster.tls.certificate=\"%s\"".formatted(certificate),
      "cluster.tls.ca=\"%s\"".formatted(ca)
    };
  }

  /** Pekko would take them and let nobody in. */
  @Test
  void tlsFilesThatLetNobodyInAreRefused() throws Exception {
    KeyPair curve = KeyPairGenerator.getInstance("EC").generateKeyPair();
    Path elliptic =
        Files.writeString(
            directory.resolve("elliptic.key"),
            "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n"
                .formatted(
                    Base64.getMimeEncoder().encodeToString(curve.getPrivate().getEncoded())));
    Path empty = Files.writeString(directory.resolve("empty.pem"), "");

    assertThatThrownBy(() -> load(tls(elliptic, pem("node.pem"), pem("ca.pem"))))
        .hasMessageContaining("cluster.tls.key")
        .hasMessageContaining("must be an RSA key in PEM without a passphrase");
    assertThatThrownBy(() -> load(tls(pem("stranger.key"), pem("node.pem"), pem("ca.pem"))))
        .hasMessageContaining("must be the certificate of cluster.tls.key");
    assertThatThrownBy(() -> load(tls(empty, pem("node.key"), empty)))
        .hasMessageContaining("cluster.tls.key = ")
        .hasMessageContaining("cluster.tls.certificate = ")
        .hasMessageContaining("cluster.tls.ca = ");
  }

  @Test
  void allProblemsAreReportedAtOnce() {
    assertThatThrownBy(
            () ->
                load(
                    "cluster.bnd=1",
                    "cluster.straggler_factor=1",
                    "cluster.lost_after_seconds=0",
                    "cluster.advertise=here"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("4 problems")
        .hasMessageContaining("Did you mean cluster.bind?");
  }

  @Test
  void aNodeReadsOnlyTheClusterSectionOfARunFile() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("run.conf"),
            "target.system = gmm40\ncluster.lost_after_seconds = 30\n");
    assertThat(RunConfig.Cluster.load(Optional.of(file), List.of()).lostAfterSeconds())
        .isEqualTo(30);
  }
}
