package dev.cmt.energy;

import dev.cmt.energy.openmm.OpenMmEnergy;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.MolecularSystem;

/** Opens the engine that computes a molecule's energies. */
public final class PotentialEnergies {
  private PotentialEnergies() {}

  /**
   * Opens an engine for a molecule.
   *
   * @throws EnergyUnavailableException if the machine lacks something, naming it and its mend
   * @throws IllegalArgumentException if the engine refuses the molecule's force field
   */
  public static PotentialEnergy open(
      MolecularSystem system, EnergyEngine engine, OpenMmPlatform platform) {
    return open(system.systemXml(), engine, platform);
  }

  /**
   * Opens an engine for a System.
   *
   * @param systemXml as OpenMM's XmlSerializer writes it
   * @throws EnergyUnavailableException if the machine lacks something, naming it and its mend
   * @throws IllegalArgumentException if the engine refuses the System
   */
  public static PotentialEnergy open(
      String systemXml, EnergyEngine engine, OpenMmPlatform platform) {
    return switch (engine) {
      case OPENMM, AUTO, KERNEL -> OpenMmEnergy.open(systemXml, platform);
    };
  }
}
