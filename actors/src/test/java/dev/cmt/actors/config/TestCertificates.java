package dev.cmt.actors.config;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;

/** The certificates among the tests' resources; their README says whose they are. */
public final class TestCertificates {
  private TestCertificates() {}

  /**
   * A process that believes the authority {@code ca}.
   *
   * @param process what it shows: {@code node}, {@code stranger} or {@code other}
   */
  public static RunConfig.Tls of(String process) {
    return new RunConfig.Tls(pem(process + ".key"), pem(process + ".pem"), pem("ca.pem"));
  }

  /** The same as words of a command line. */
  public static List<String> options(String process) {
    RunConfig.Tls tls = of(process);
    return List.of(
        "-o", "cluster.tls.key=" + tls.key(),
        "-o", "cluster.tls.certificate=" + tls.certificate(),
        "-o", "cluster.tls.ca=" + tls.ca());
  }

  /** A file in PEM. */
  static Path pem(String name) {
    try {
      return Path.of(TestCertificates.class.getResource("tls/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
