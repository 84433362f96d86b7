package dev.cmt.energy;

import dev.cmt.energy.kernel.BatchedEnergy;
import dev.cmt.energy.kernel.BatchedMappedEnergy;
import dev.cmt.energy.kernel.UnsupportedForceException;
import dev.cmt.energy.molecule.PlainMappedEnergy;
import dev.cmt.energy.molecule.UnitMap;
import dev.cmt.energy.openmm.OpenMmEnergy;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.MolecularSystem;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the engine that computes a molecule's energies. Safe for use by many threads. */
public final class PotentialEnergies {
  private static final Logger LOG = LoggerFactory.getLogger(PotentialEnergies.class);

  /** Every evaluator opens an engine of its own; one line of the log says it for all. */
  private static final Set<String> REPORTED = ConcurrentHashMap.newKeySet();

  private static final AtomicLong CHECKS = new AtomicLong();

  /** Beyond this, one engine's sums overflow before the other's. */
  private static final double OVERFLOW_KJ_PER_MOL = 1e300;

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
    return openFastest(
        () -> BatchedEnergy.open(systemXml),
        openMm -> openMm,
        systemXml,
        platform,
        (kernel, reference) -> new CheckedEnergy(kernel, reference, newCheck(OVERFLOW_KJ_PER_MOL)));
  }

  /**
   * Opens an engine for the conformations of unit coordinates.
   *
   * @param systemXml as OpenMM's XmlSerializer writes it
   * @param map of the System's atoms
   * @param platform OpenMM's platform, where OpenMM computes
   * @param cutKjPerMol energies from here on up are all the same to the caller
   * @throws EnergyUnavailableException if the machine lacks something, naming it and its mend
   * @throws IllegalArgumentException if the engine refuses the System
   */
  public static MappedEnergy openMapped(
      String systemXml,
      UnitMap map,
      EnergyEngine engine,
      OpenMmPlatform platform,
      double cutKjPerMol) {
    return switch (engine) {
      case OPENMM -> new PlainMappedEnergy(map, OpenMmEnergy.open(systemXml, platform));
      case KERNEL -> BatchedMappedEnergy.open(systemXml, map.toKernel());
      case AUTO ->
          openFastest(
              () -> BatchedMappedEnergy.open(systemXml, map.toKernel()),
              openMm -> new PlainMappedEnergy(map, openMm),
              systemXml,
              platform,
              (kernel, reference) ->
                  new CheckedMappedEnergy(kernel, reference, newCheck(cutKjPerMol)));
    };
  }

  /**
   * The kernel with OpenMM to check it; the kernel alone where there is no OpenMM; OpenMM alone
   * where the kernel cannot.
   */
  private static <E extends AutoCloseable> E openFastest(
      Supplier<E> openKernel,
      Function<PotentialEnergy, E> plain,
      String systemXml,
      OpenMmPlatform platform,
      BinaryOperator<E> checked) {
    E kernel;
    try {
      kernel = openKernel.get();
    } catch (UnsupportedForceException | EnergyUnavailableException e) {
      reportOnce("Energies by OpenMM: " + e.getMessage());
      return plain.apply(OpenMmEnergy.open(systemXml, platform));
    }
    try {
      return checked.apply(
          kernel, plain.apply(OpenMmEnergy.open(systemXml, OpenMmPlatform.REFERENCE)));
    } catch (EnergyUnavailableException e) {
      reportOnce("The kernel's energies are not recomputed on samples: " + e.getMessage());
      return kernel;
    } catch (RuntimeException e) {
      try {
        kernel.close();
      } catch (Exception suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  /** Workers that share out a run's batches look at different rows. */
  private static EngineCheck newCheck(double cutKjPerMol) {
    return new EngineCheck(cutKjPerMol, CHECKS.getAndIncrement());
  }

  private static void reportOnce(String message) {
    if (REPORTED.add(message)) {
      LOG.info("{}", message);
    }
  }
}
