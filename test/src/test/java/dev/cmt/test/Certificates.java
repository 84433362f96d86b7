package dev.cmt.test;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The certificates among the tests' resources, as keys of a config. */
final class Certificates {
  private Certificates() {}

  /**
   * What makes a process show a certificate and ask for one.
   *
   * @param process whose: {@code node}, signed by the authority {@code ca}, or {@code stranger}, by
   *     another
   */
  static String[] of(String process) throws URISyntaxException {
    return new String[] {
      "cluster.tls.key=\"%s\"".formatted(pem(process + ".key")),
      "cluster.tls.certificate=\"%s\"".formatted(pem(process + ".pem")),
      "cluster.tls.ca=\"%s\"".formatted(pem("ca.pem"))
    };
  }

  /** The same on a command line. */
  static Stream<String> options(String process) throws URISyntaxException {
    return Stream.of(of(process)).flatMap(one -> Stream.of("-o", one));
  }

  private static Path pem(String name) throws URISyntaxException {
    return Path.of(Certificates.class.getResource("tls/" + name).toURI());
  }
}
