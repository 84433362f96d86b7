package dev.cmt.actors.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import org.apache.pekko.pki.pem.DERPrivateKeyLoader;
import org.apache.pekko.pki.pem.PEMDecoder;

/** Reads keys and certificates in PEM, as Pekko does. */
public final class Pem {
  private Pem() {}

  /**
   * A private key without a passphrase.
   *
   * @throws IOException if the file cannot be read
   * @throws GeneralSecurityException if it holds no such key
   */
  public static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
    String text = Files.readString(file);
    try {
      return DERPrivateKeyLoader.load(PEMDecoder.decode(text));
    } catch (Exception e) {
      // Scala throws what it does not declare; whatever it is, the file is no key.
      throw new InvalidKeyException("%s is no private key in PEM.".formatted(file), e);
    }
  }

  /**
   * The first certificate of a file.
   *
   * @throws IOException if the file cannot be read
   * @throws GeneralSecurityException if it holds none
   */
  public static X509Certificate certificate(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  /**
   * Whether a certificate is of the public half of a key; RSA alone, which is all that Pekko takes.
   */
  public static boolean belongTogether(PrivateKey key, X509Certificate certificate) {
    return key instanceof RSAKey own
        && certificate.getPublicKey() instanceof RSAKey other
        && other.getModulus().equals(own.getModulus());
  }
}
