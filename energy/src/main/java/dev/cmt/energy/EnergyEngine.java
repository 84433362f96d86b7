package dev.cmt.energy;

/** Who computes energies. */
public enum EnergyEngine {
  /** The batched kernel where it knows every force of the System, else OpenMM. */
  AUTO,
  /** OpenMM, which knows every force. */
  OPENMM,
  /** The batched kernel; a System with a force it does not know is an error. */
  KERNEL
}
