package dev.cmt.actors.audit;

import dev.cmt.actors.config.RunConfig;
import dev.cmt.energy.Target;
import dev.cmt.energy.molecule.MolecularTarget;
import dev.cmt.flow.annealing.BoundSchedule;
import dev.cmt.flow.annealing.EntropyBound;

/**
 * Under what a run's duals are solved again.
 *
 * @param bounds how far each step may go
 * @param temperatureK temperature of the target, K
 * @param runTemperatureK temperature the run was made at, K; log p̃ = −E/kT scales by its ratio to
 *     the other
 */
public record ReplaySettings(BoundSchedule bounds, double temperatureK, double runTemperatureK) {
  /** A Boltzmann density at twice or half the temperature has next to nothing in common. */
  private static final double FARTHEST = 2;

  /**
   * The run's own.
   *
   * @param dimension coordinates of its flow
   */
  public static ReplaySettings of(RunConfig config, int dimension) {
    return new ReplaySettings(
        config.annealing().bounds(dimension),
        config.target().temperatureK(),
        config.target().temperatureK());
  }

  /**
   * With other bounds.
   *
   * @param epsTr greatest KL divergence of a step, nats, above 0; null for that of these settings
   * @param epsEnt greatest loss of entropy of a step, nats, above 0; null for that of these
   *     settings
   * @throws IllegalArgumentException if one is out of range
   */
  public ReplaySettings withBounds(Double epsTr, Double epsEnt) {
    return new ReplaySettings(
        new BoundSchedule(
            epsTr == null ? bounds.trustRegion() : epsTr,
            epsEnt == null ? bounds.entropy() : EntropyBound.constant(epsEnt)),
        temperatureK,
        runTemperatureK);
  }

  /**
   * At another temperature.
   *
   * @param kelvin K; null for that of these settings
   * @throws IllegalArgumentException if the target has no temperature, or it is too far away to say
   *     anything
   */
  public ReplaySettings withTemperature(Double kelvin, Target target) {
    if (kelvin == null) {
      return this;
    }
    if (!(target instanceof MolecularTarget)) {
      throw new IllegalArgumentException(
          "The target %s has no temperature; only molecules have one.".formatted(target.name()));
    }
    double least = runTemperatureK / FARTHEST;
    double most = runTemperatureK * FARTHEST;
    if (!(kelvin >= least && kelvin <= most)) {
      throw new IllegalArgumentException(
          "The temperature (%s K) must be from %s to %s K: samples for %s K say nothing of one farther away; train a run there."
              .formatted(kelvin, least, most, runTemperatureK));
    }
    return new ReplaySettings(bounds, kelvin, runTemperatureK);
  }

  /** Log p̃ at the temperature of these settings; the array itself if it is that of the run. */
  double[] scale(double[] logP) {
    if (temperatureK == runTemperatureK) {
      return logP;
    }
    double[] scaled = logP.clone();
    for (int row = 0; row < scaled.length; row++) {
      scaled[row] *= runTemperatureK / temperatureK;
    }
    return scaled;
  }
}
