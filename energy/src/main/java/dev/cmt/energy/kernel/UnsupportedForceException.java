package dev.cmt.energy.kernel;

/** A System holds something the kernel does not evaluate; OpenMM itself can. */
public final class UnsupportedForceException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /**
   * Names what is refused.
   *
   * @param force the type of the force, or {@code System}
   * @param reason why, as a clause
   */
  public UnsupportedForceException(String force, String reason) {
    super(
        "The batched kernel refuses %s: %s. Use the OpenMM engine for this system."
            .formatted(force, reason));
  }
}
