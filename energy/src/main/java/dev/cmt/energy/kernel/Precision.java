package dev.cmt.energy.kernel;

/** The kernel's arithmetic. Positions, energies and forces are float64 at its door either way. */
public enum Precision {
  /** float64: energies below 1e4 kJ/mol within 1e-9 kJ/mol of OpenMM's Reference platform. */
  DOUBLE,
  /**
   * float32: about twice as fast; energies of thermal conformations within 0.02 kJ/mol. A term
   * beyond 3e38 kJ/mol overflows.
   */
  SINGLE
}
