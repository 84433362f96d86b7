package dev.cmt.actors.bundle;

/** This machine lacks something that a bundle needs; the message says what, and the mend. */
public final class BundleException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BundleException(String message) {
    super(message);
  }

  BundleException(String message, Throwable cause) {
    super(message, cause);
  }
}
