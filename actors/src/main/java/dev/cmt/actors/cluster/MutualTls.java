package dev.cmt.actors.cluster;

import dev.cmt.actors.config.Pem;
import dev.cmt.actors.config.RunConfig;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS among the processes of a cluster where it is not Pekko that connects them, by the same rule:
 * the other's certificate is of our authority and shares a name with ours. Which host it calls
 * itself does not matter; certificates name the cluster.
 */
public final class MutualTls {
  private static final Logger LOG = LoggerFactory.getLogger(MutualTls.class);

  /** After files could not be used. */
  private static final Duration TRY_AGAIN = Duration.ofSeconds(10);

  /** Of a key store that never leaves memory. */
  private static final char[] NO_PASSWORD = new char[0];

  private final RunConfig.Tls files;
  private final long readAgainNanos;

  private SSLContext current; // guarded by this, like the next
  private long readAt;

  private MutualTls(RunConfig.Tls files, Duration readAgain, SSLContext first) {
    this.files = files;
    this.readAgainNanos = readAgain.toNanos();
    this.current = first;
    this.readAt = System.nanoTime();
  }

  /**
   * For a server that outlives its certificates.
   *
   * @param readAgain how old what was read of the files may be when somebody connects
   * @throws ClusterUnavailableException if a file cannot be read or is not what it should be
   */
  static MutualTls of(RunConfig.Tls files, Duration readAgain) {
    try {
      return new MutualTls(files, readAgain, context(files));
    } catch (IOException | GeneralSecurityException e) {
      throw new ClusterUnavailableException(
          "The files of cluster.tls cannot be used: %s".formatted(e.getMessage()), e);
    }
  }

  /** The server's side of a new connection, which asks for the other's certificate. Any thread. */
  SSLEngine serverEngine() {
    SSLEngine engine = current().createSSLEngine();
    engine.setUseClientMode(false);
    engine.setNeedClientAuth(true);
    return engine;
  }

  private synchronized SSLContext current() {
    long now = System.nanoTime();
    if (now - readAt >= readAgainNanos) {
      try {
        current = context(files);
        readAt = now;
      } catch (IOException | GeneralSecurityException e) {
        // Half of the files may be renewed, the key without its certificate; soon all of them are.
        readAt = now - readAgainNanos + Math.min(readAgainNanos, TRY_AGAIN.toNanos());
        LOG.warn("The files of cluster.tls cannot be used; what was read before is still shown", e);
      }
    }
    return current;
  }

  /**
   * What both sides need: a certificate to show, and whom to believe. A server must ask for the
   * other's certificate itself.
   *
   * @param files read once, here
   * @throws IOException if one cannot be read
   * @throws GeneralSecurityException if one is not what it should be
   */
  public static SSLContext context(RunConfig.Tls files)
      throws IOException, GeneralSecurityException {
    X509Certificate own = Pem.certificate(files.certificate());
    PrivateKey key = Pem.key(files.key());
    if (!Pem.belongTogether(key, own)) {
      throw new InvalidKeyException(
          "%s is not the key of %s.".formatted(files.key(), files.certificate()));
    }
    KeyStore shown = emptyStore();
    shown.setKeyEntry("own", key, NO_PASSWORD, new Certificate[] {own});
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(shown, NO_PASSWORD);

    KeyStore believed = emptyStore();
    believed.setCertificateEntry("authority", Pem.certificate(files.ca()));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(believed);
    X509TrustManager signed = (X509TrustManager) trust.getTrustManagers()[0];

    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        keys.getKeyManagers(), new TrustManager[] {new SameCluster(signed, names(own))}, null);
    return context;
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    return store;
  }

  /** Of subject alternative names, by RFC 5280. */
  private static final Integer DNS_NAME = 2;

  /** The common name, and alternative names that are of hosts: those that Pekko looks at. */
  private static Set<String> names(X509Certificate certificate) throws CertificateException {
    Set<String> names = new HashSet<>();
    try {
      for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        if (part.getType().equalsIgnoreCase("CN")) {
          names.add(part.getValue().toString());
        }
      }
    } catch (InvalidNameException e) {
      throw new CertificateException("The certificate's subject is no name.", e);
    }
    if (certificate.getSubjectAlternativeNames() != null) {
      for (List<?> alternative : certificate.getSubjectAlternativeNames()) {
        if (alternative.get(0).equals(DNS_NAME)) {
          names.add((String) alternative.get(1));
        }
      }
    }
    return names;
  }

  /** An extended trust manager, since the JDK has all others ask for the host's name. */
  private static final class SameCluster extends X509ExtendedTrustManager {
    private final X509TrustManager signed;
    private final Set<String> own;

    SameCluster(X509TrustManager signed, Set<String> own) {
      this.signed = signed;
      this.own = own;
    }

    private void sharesAName(X509Certificate[] chain) throws CertificateException {
      Set<String> other = names(chain[0]);
      if (other.stream().noneMatch(own::contains)) {
        throw new CertificateException(
            "The certificate is of %s, ours of %s; they must share a name.".formatted(other, own));
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      signed.checkClientTrusted(chain, type);
      sharesAName(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      signed.checkServerTrusted(chain, type);
      sharesAName(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      checkClientTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      checkServerTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      checkClientTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      checkServerTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return signed.getAcceptedIssuers();
    }
  }
}
