package dev.cmt.energy.md;

/**
 * A replica left the region where its equations of motion can be integrated; the message names it
 * and the mend.
 */
public final class UnstableDynamicsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnstableDynamicsException(String message) {
    super(message);
  }
}
