package dev.cmt.actors.cluster;

/** This process cannot take part in a cluster; the message says why and what to do. */
public final class ClusterUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ClusterUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
