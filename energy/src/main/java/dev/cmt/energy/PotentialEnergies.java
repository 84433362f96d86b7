package dev.cmt.energy;

import dev.cmt.energy.kernel.BatchedEnergy;
import dev.cmt.energy.kernel.UnsupportedForceException;
import dev.cmt.energy.openmm.OpenMmEnergy;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.MolecularSystem;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the engine that computes a molecule's energies. Safe for use by many threads. */
public final class PotentialEnergies {
  private static final Logger LOG = LoggerFactory.getLogger(PotentialEnergies.class);

  /** Every evaluator opens an engine of its own; one line of the log says it for all. */
  private static final Set<String> REPORTED = ConcurrentHashMap.newKeySet();

  private PotentialEnergies() {}

  /**
   * Opens an engine for a molecule.
   *
   * @param platform OpenMM's platform, where OpenMM computes
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
   * @param platform OpenMM's platform, where OpenMM computes
   * @throws EnergyUnavailableException if the machine lacks something, naming it and its mend
   * @throws IllegalArgumentException if the engine refuses the System
   */
  public static PotentialEnergy open(
      String systemXml, EnergyEngine engine, OpenMmPlatform platform) {
    return switch (engine) {
      case OPENMM -> OpenMmEnergy.open(systemXml, platform);
      case KERNEL -> BatchedEnergy.open(systemXml);
      case AUTO -> openFastest(systemXml, platform);
    };
  }

  private static PotentialEnergy openFastest(String systemXml, OpenMmPlatform platform) {
    PotentialEnergy kernel;
    try {
      kernel = BatchedEnergy.open(systemXml);
    } catch (UnsupportedForceException | EnergyUnavailableException e) {
      reportOnce("Energies by OpenMM: " + e.getMessage());
      return OpenMmEnergy.open(systemXml, platform);
    }
    try {
      return new CheckedEnergy(kernel, OpenMmEnergy.open(systemXml, OpenMmPlatform.REFERENCE));
    } catch (EnergyUnavailableException e) {
      reportOnce("The kernel's energies are not recomputed on samples: " + e.getMessage());
      return kernel;
    } catch (RuntimeException e) {
      kernel.close();
      throw e;
    }
  }

  private static void reportOnce(String message) {
    if (REPORTED.add(message)) {
      LOG.info("{}", message);
    }
  }
}
