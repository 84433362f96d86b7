package dev.cmt.energy;

import dev.cmt.energy.molecule.EnergyRegularizer;
import dev.cmt.energy.openmm.OpenMmPlatform;
import java.util.Objects;

/**
 * What a molecular target needs to know besides the molecule. Toy targets have kT = 1 and no
 * engine: they ignore all of it.
 *
 * @param temperatureK of the Boltzmann distribution, K, positive
 * @param energyHighKt reduced energy above which growth is logarithmic, kT, finite
 * @param energyMaxKt reduced energy at which growth ends, kT, finite, at least {@code energyHighKt}
 * @param engine who computes energies
 * @param platform OpenMM's platform, where OpenMM computes
 */
public record TargetSettings(
    double temperatureK,
    double energyHighKt,
    double energyMaxKt,
    EnergyEngine engine,
    OpenMmPlatform platform) {
  public TargetSettings {
    Objects.requireNonNull(engine, "engine");
    Objects.requireNonNull(platform, "platform");
    if (!(temperatureK > 0 && Double.isFinite(temperatureK))) {
      throw new IllegalArgumentException(
          "temperatureK (%s) must be a positive number of kelvin.".formatted(temperatureK));
    }
    // Says what is wrong with the energies now rather than when the target is made.
    new EnergyRegularizer(energyHighKt, energyMaxKt);
  }

  /** The regularisation of reduced energies these settings ask for. */
  public EnergyRegularizer regularizer() {
    return new EnergyRegularizer(energyHighKt, energyMaxKt);
  }
}
