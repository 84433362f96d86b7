package dev.cmt.energy;

/**
 * Two engines differ by more than rounding on a row that both have evaluated: one of them computes
 * another force field, so that nothing either of them says of this system can be trusted.
 */
public final class EnginesDisagreeException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  /** Says which engines, on what, and what to do. */
  public EnginesDisagreeException(String message) {
    super(message);
  }
}
