package dev.cmt.actors.config;

import java.util.Optional;

/**
 * Where something listens.
 *
 * @param host name or address; an IPv6 address without brackets
 * @param port 0 to 65535; 0 for any that is free
 */
public record HostPort(String host, int port) {
  /** Reads {@code HOST:PORT} or {@code [IPV6]:PORT}; empty if it is neither. */
  public static Optional<HostPort> parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1 || !text.substring(colon + 1).matches("\\d{1,5}")) {
      return Optional.empty();
    }
    String host = text.substring(0, colon);
    int port = Integer.parseInt(text.substring(colon + 1));
    boolean bracketed = host.matches("\\[[0-9a-fA-F:.]+]");
    if (port > 65535 || !(bracketed || host.matches("[A-Za-z0-9._-]+"))) {
      return Optional.empty();
    }
    return Optional.of(new HostPort(bracketed ? host.substring(1, host.length() - 1) : host, port));
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
