package dev.cmt.energy;

/**
 * The machine lacks something energies need (a library, an instruction set); the message names it
 * and the mend.
 */
public final class EnergyUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Takes a message for people: what is missing and what installs it. */
  public EnergyUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
