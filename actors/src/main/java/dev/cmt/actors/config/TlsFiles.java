package dev.cmt.actors.config;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.util.Optional;

/**
 * Whether the files of {@code cluster.tls} can be read as Pekko reads them, and belong together.
 * Pekko itself looks at the first connection, and then every connection fails with a line in a log.
 */
final class TlsFiles {
  private TlsFiles() {}

  /** Rejects what would let nobody in. */
  static void check(ConfigReader in, RunConfig.Tls tls) {
    Optional<PrivateKey> key = key(tls.key());
    if (key.isEmpty()) {
      in.reject(
          "cluster.tls.key",
          "an RSA key in PEM without a passphrase",
          "Pekko reads no others. deploy/certificates makes such keys.");
    }
    Optional<X509Certificate> certificate = certificate(tls.certificate());
    if (certificate.isEmpty()) {
      in.reject("cluster.tls.certificate", "a certificate in PEM", "The key's, not the key.");
    }
    if (certificate(tls.ca()).isEmpty()) {
      in.reject("cluster.tls.ca", "a certificate in PEM", "The authority's, not its key.");
    }
    if (key.isPresent()
        && certificate.isPresent()
        && !Pem.belongTogether(key.get(), certificate.get())) {
      in.reject(
          "cluster.tls.certificate",
          "the certificate of cluster.tls.key",
          "It holds another public key.");
    }
  }

  private static Optional<PrivateKey> key(Path file) {
    try {
      return Optional.of(Pem.key(file)).filter(RSAKey.class::isInstance);
    } catch (GeneralSecurityException | IOException e) {
      return Optional.empty(); // the caller says what is wrong with it
    }
  }

  private static Optional<X509Certificate> certificate(Path file) {
    try {
      return Optional.of(Pem.certificate(file));
    } catch (GeneralSecurityException | IOException e) {
      return Optional.empty(); // the caller says what is wrong with it
    }
  }
}
