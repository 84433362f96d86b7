package dev.cmt.actors.cluster;

import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.RunConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.net.ssl.SSLSocket;

/**
 * Why a process may not get in where it looks for a head. Pekko only tries again: to tell a
 * stranger what is wrong with its certificate is not its business, and who knows his own may ask.
 */
final class SeedCheck {
  private static final int CONNECT_MILLIS = 2000;

  /**
   * How long the other may take for its part; one that has taken a certificate waits for a word.
   */
  private static final int ANSWER_MILLIS = 5000;

  private SeedCheck() {}

  /** In words, after some seconds, and more where a name takes long to be looked up. */
  static String of(HostPort seed, RunConfig.Cluster own) {
    Optional<RunConfig.Tls> tls = own.tls();
    InetSocketAddress address = new InetSocketAddress(seed.host(), seed.port());
    if (address.isUnresolved()) {
      return "%s is no host that this machine knows".formatted(seed.host());
    }
    try (Socket socket = new Socket()) {
      socket.connect(address, CONNECT_MILLIS);
      if (own.isOfThisMachineOnly()
          && NetworkInterface.getByInetAddress(address.getAddress()) == null) {
        return "%s cannot answer: this process listens at %s, for its own machine only; --bind takes an address of it that others can call"
            .formatted(seed, own.address());
      }
      return tls.isEmpty()
          ? "%s listens and lets nobody in: it may have no head now, call itself otherwise than --seed does, or ask for certificates (cluster.tls)"
              .formatted(seed)
          : agreement(seed, socket, tls.get());
    } catch (IOException e) {
      return "nobody listens at %s (%s)".formatted(seed, e.getMessage());
    }
  }

  private static String agreement(HostPort seed, Socket socket, RunConfig.Tls files) {
    try (SSLSocket safe =
        (SSLSocket)
            MutualTls.context(files)
                .getSocketFactory()
                .createSocket(socket, seed.host(), seed.port(), false)) {
      safe.setSoTimeout(ANSWER_MILLIS);
      try {
        safe.startHandshake();
      } catch (SocketTimeoutException e) {
        return "%s listens and says nothing for %d s; it may be busy, have no cluster.tls, or be no head"
            .formatted(seed, ANSWER_MILLIS / 1000);
      }
      // By TLS 1.3 a client is through before the server has looked at its certificate.
      if (safe.getInputStream().read() < 0) {
        throw new IOException("it hung up");
      }
    } catch (SocketTimeoutException e) {
      // It waits for Pekko's first word, so it has taken the certificate.
    } catch (IOException | GeneralSecurityException e) {
      return "%s and this process do not agree on a connection with certificates (%s): one may be of another authority or name, or out of date, or cluster.tls may be set at one side only"
          .formatted(seed, e.getMessage());
    }
    return "%s listens, takes this certificate, and lets nobody in: it may have no head now, or call itself otherwise than --seed does"
        .formatted(seed);
  }
}
