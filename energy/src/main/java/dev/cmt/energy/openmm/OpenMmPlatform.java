package dev.cmt.energy.openmm;

/** OpenMM's implementations that run on a processor. */
public enum OpenMmPlatform {
  /** {@link #CPU} if its plugin is installed, else {@link #REFERENCE}. */
  AUTO,
  /** Plain C++ in double precision: the yardstick, slow for custom forces. */
  REFERENCE,
  /** Vectorised, mostly single precision: within 1e-3 kJ/mol of the yardstick at low energies. */
  CPU
}
