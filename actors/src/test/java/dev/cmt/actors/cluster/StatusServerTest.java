package dev.cmt.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.Pem;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.config.TestCertificates;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may ask a head how it is; what it says is the status command's test. */
@Timeout(60)
class StatusServerTest {
  private static final HostPort HERE = new HostPort("127.0.0.1", 0);
  private static final Duration AT_EVERY_CONNECTION = Duration.ZERO;
  private static final Duration NEVER = Duration.ofDays(1);

  /** As a head's, but that silent connections end sooner. */
  private static final ActorTestKit SYSTEM =
      ActorTestKit.create(
          ConfigFactory.parseString("pekko.http.server.idle-timeout = 3s")
              .withFallback(
                  ConfigFactory.parseResources(ClusterSystem.class, "cluster.conf")
                      .withOnlyPath("pekko.http")));

  /** Only {@code /alive} is asked here. */
  private static final Supplier<HeadStatus> NOTHING =
      () -> {
        throw new AssertionError("nobody should come so far");
      };

  @AfterAll
  static void end() {
    SYSTEM.shutdownTestKit();
  }

  private static StatusServer safe(String process) {
    return safe(TestCertificates.of(process), NEVER);
  }

  private static StatusServer safe(RunConfig.Tls files, Duration readAgain) {
    return StatusServer.start(SYSTEM.system(), HERE, Optional.of(files), NOTHING, readAgain);
  }

  private static SSLContext showing(String process) throws Exception {
    return MutualTls.context(TestCertificates.of(process));
  }

  private static int alive(StatusServer server, SSLContext context) throws Exception {
    return get("https", server, "/alive", context);
  }

  /** Which is no answer, and not for want of time. */
  private static void requireRefused(ThrowingCallable ask) {
    assertThatThrownBy(ask)
        .isInstanceOf(IOException.class)
        .isNotInstanceOfAny(HttpTimeoutException.class, SocketTimeoutException.class);
  }

  private static int get(String scheme, StatusServer server, String path, SSLContext context)
      throws IOException, InterruptedException {
    // A client of its own: one that went before may have a connection left.
    HttpClient client = HttpClient.newBuilder().sslContext(context).build();
    URI uri = URI.create("%s://%s%s".formatted(scheme, server.address(), path));
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build();
    return client.send(request, BodyHandlers.discarding()).statusCode();
  }

  @Test
  void answersWhoShowsACertificateOfTheAuthority() throws Exception {
    StatusServer server = safe("node");
    assertThat(alive(server, showing("node"))).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stranger", "other"})
  void turnsAwayOtherAuthoritiesAndOtherNames(String outsider) throws Exception {
    StatusServer server = safe("node");
    requireRefused(() -> alive(server, showing(outsider)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"stranger", "other"})
  void isNotBelievedWithACertificateOfOtherAuthoritiesAndNames(String impostor) throws Exception {
    StatusServer server = safe(impostor);
    assertThatThrownBy(() -> alive(server, showing("node"))).isInstanceOf(SSLException.class);
  }

  @Test
  void turnsAwayWhoShowsNone() throws Exception {
    KeyStore believed = KeyStore.getInstance(KeyStore.getDefaultType());
    believed.load(null, null);
    believed.setCertificateEntry(
        "node", Pem.certificate(TestCertificates.of("node").certificate()));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(believed);
    SSLContext shy = SSLContext.getInstance("TLS");
    shy.init(null, trust.getTrustManagers(), null);
    HostPort at = safe("node").address();
    assertThat(firstByte(at, showing("node"))).isEqualTo('H');
    requireRefused(() -> firstByte(at, shy));
  }

  /** By a socket, since an HTTP client would stumble over the host's name first. */
  private static int firstByte(HostPort at, SSLContext context) throws IOException {
    try (Socket socket = context.getSocketFactory().createSocket(at.host(), at.port())) {
      socket.setSoTimeout(20_000);
      String request = "GET /alive HTTP/1.1\r\nHost: head\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return socket.getInputStream().read();
    }
  }

  @Test
  void turnsAwayWhoDoesNotEncrypt() throws Exception {
    StatusServer server = safe("node");
    requireRefused(() -> get("http", server, "/alive", SSLContext.getDefault()));
  }

  @Test
  void probesAskForNothingAndTellNothingElse() throws Exception {
    StatusServer server = StatusServer.probes(SYSTEM.system(), HERE, NOTHING);
    assertThat(get("http", server, "/alive", SSLContext.getDefault())).isEqualTo(200);
    assertThat(get("http", server, "/status", SSLContext.getDefault())).isEqualTo(404);
    assertThat(get("http", server, "/metrics", SSLContext.getDefault())).isEqualTo(404);
  }

  @Test
  void renewedCertificatesAreTakenUpUnderWay(@TempDir Path directory) throws Exception {
    RunConfig.Tls files = copy(directory, "stranger");
    StatusServer server = safe(files, AT_EVERY_CONNECTION);
    assertThatThrownBy(() -> alive(server, showing("node"))).isInstanceOf(SSLException.class);
    copy(directory, "node");
    assertThat(alive(server, showing("node"))).isEqualTo(200);
  }

  @Test
  void filesThatAreHalfWrittenChangeNothing(@TempDir Path directory) throws Exception {
    RunConfig.Tls files = copy(directory, "node");
    StatusServer server = safe(files, AT_EVERY_CONNECTION);
    Files.writeString(files.certificate(), "-----BEGIN CERTIFICATE-----\nMIID");
    assertThat(alive(server, showing("node"))).isEqualTo(200);
  }

  @Test
  void aKeyWithoutItsNewCertificateChangesNothing(@TempDir Path directory) throws Exception {
    RunConfig.Tls files = copy(directory, "node");
    StatusServer server = safe(files, AT_EVERY_CONNECTION);
    Files.copy(
        TestCertificates.of("other").key(), files.key(), StandardCopyOption.REPLACE_EXISTING);
    assertThat(alive(server, showing("node"))).isEqualTo(200);
  }

  private static RunConfig.Tls copy(Path directory, String process) throws IOException {
    RunConfig.Tls from = TestCertificates.of(process);
    RunConfig.Tls to =
        new RunConfig.Tls(
            directory.resolve("key"), directory.resolve("certificate"), directory.resolve("ca"));
    Files.copy(from.key(), to.key(), StandardCopyOption.REPLACE_EXISTING);
    Files.copy(from.certificate(), to.certificate(), StandardCopyOption.REPLACE_EXISTING);
    Files.copy(from.ca(), to.ca(), StandardCopyOption.REPLACE_EXISTING);
    return to;
  }

  @Test
  void filesThatAreNoCertificatesAreNamedAtOnce(@TempDir Path directory) throws Exception {
    RunConfig.Tls files = copy(directory, "node");
    Files.writeString(files.key(), "none");
    assertThatThrownBy(() -> safe(files, NEVER))
        .isInstanceOf(ClusterUnavailableException.class)
        .hasMessageContaining(files.key() + " is no private key");
  }

  @Test
  void aTakenAddressIsNamed() {
    HostPort taken = safe("node").address();
    assertThatThrownBy(() -> StatusServer.probes(SYSTEM.system(), taken, NOTHING))
        .isInstanceOf(ClusterUnavailableException.class)
        .hasMessageContaining("Cannot listen on cluster.probes = " + taken);
  }

  @Test
  void whoConnectsAndFallsSilentKeepsNobodyWaitingAndIsShownOut() throws Exception {
    StatusServer server = safe("node");
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 64; i++) {
        Socket socket = new Socket(server.address().host(), server.address().port());
        silent.add(socket);
        socket.getOutputStream().write(22); // a handshake's first byte
      }
      assertThat(alive(server, showing("node"))).isEqualTo(200);
      for (Socket socket : silent) {
        socket.setSoTimeout(20_000);
        requireShownOut(socket);
      }
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  /** By an end or by a reset; time runs out for who is not. */
  private static void requireShownOut(Socket socket) throws IOException {
    try {
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    } catch (SocketException e) {
      assertThat(e).hasMessageContaining("reset");
    }
  }
}
