package dev.cmt.actors.md;

import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.EnergyUnavailableException;
import dev.cmt.energy.PotentialEnergies;
import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.kernel.BatchedEnergy;
import dev.cmt.energy.kernel.UnsupportedForceException;
import dev.cmt.energy.md.HydrogenConstraints;
import dev.cmt.energy.md.Langevin;
import dev.cmt.energy.md.ReplicaExchange;
import dev.cmt.energy.md.ReplicaState;
import dev.cmt.energy.openmm.OpenMmEnergy;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.MolecularSystem;
import dev.cmt.energy.system.SystemXml;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves blocks of replicas, one at a time. Forces come from the kernel, or from OpenMM where that
 * does not know the force field; energies of frames from the engine that {@code ./cmt energy} uses,
 * in double precision and, where OpenMM is installed, checked by it. Owned by one thread; closes
 * its engines.
 */
final class SegmentRunner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SegmentRunner.class);

  private final MolecularSystem system;
  private final SimulationSettings settings;
  private final PotentialEnergy forces;
  private final PotentialEnergy energies;
  private final Langevin dynamics;

  /**
   * Opens the engines.
   *
   * @throws EnergyUnavailableException if the machine lacks something, naming it and its mend
   * @throws IllegalArgumentException if no engine takes the System
   */
  SegmentRunner(MolecularSystem system, SimulationSettings settings) {
    this.system = system;
    this.settings = settings;
    HydrogenConstraints constraints = HydrogenConstraints.of(SystemXml.parse(system.systemXml()));
    forces = openForces();
    try {
      energies = PotentialEnergies.open(system, EnergyEngine.AUTO, OpenMmPlatform.AUTO);
      dynamics = new Langevin(forces, constraints, settings.dynamics());
    } catch (RuntimeException e) {
      forces.close();
      throw e;
    }
  }

  private PotentialEnergy openForces() {
    try {
      return BatchedEnergy.open(system.systemXml(), settings.precision());
    } catch (UnsupportedForceException | EnergyUnavailableException e) {
      LOG.info("Forces by OpenMM, one replica after the other: {}", e.getMessage());
      return OpenMmEnergy.open(system.systemXml(), OpenMmPlatform.AUTO);
    }
  }

  /** Who computes forces. */
  String engineDescription() {
    return forces.engineDescription();
  }

  /**
   * Moves a block to its next frame.
   *
   * @param before where the block is, or null if it has not begun
   * @param cancelled asked often; true gives up
   * @return null if given up
   */
  Segment run(int block, ReplicaState before, BooleanSupplier cancelled) {
    int ladders = settings.laddersOf(block);
    ReplicaExchange exchange =
        new ReplicaExchange(
            dynamics,
            settings.temperatures(),
            ladders,
            settings.firstLadder(block),
            settings.swapEvery(),
            settings.seed());
    exchange.load(before == null ? exchange.start(system.minimizedNm()) : before);
    for (int round = 0; round < settings.saveEvery() / settings.swapEvery(); round++) {
      if (cancelled.getAsBoolean()) {
        return null;
      }
      exchange.round();
    }
    ReplicaState state = exchange.state();
    if (state.step() <= settings.equilibrationSteps()) {
      return new Segment(block, state.withoutTally(), new float[0], new double[0], new double[0]);
    }
    double[] rungEnergies = new double[ladders * settings.rungs()];
    exchange.energiesByRung(rungEnergies);
    return frames(block, state, exchange, rungEnergies);
  }

  private Segment frames(
      int block, ReplicaState state, ReplicaExchange exchange, double[] rungEnergies) {
    int ladders = settings.laddersOf(block);
    int width = 3 * system.atoms().size();
    float[] frames = new float[ladders * width];
    double[] rounded = new double[frames.length];
    for (int l = 0; l < ladders; l++) {
      double[] coldest = exchange.coldest(state, l);
      for (int d = 0; d < width; d++) {
        frames[l * width + d] = (float) coldest[d];
        rounded[l * width + d] = frames[l * width + d];
      }
    }
    double[] frameEnergies = new double[ladders];
    RowFailure[] failures = new RowFailure[ladders];
    energies.evaluate(rounded, ladders, frameEnergies, null, failures);
    if (!Arrays.stream(failures).allMatch(RowFailure.NONE::equals)) {
      throw new IllegalStateException(
          "Frames of block %d at step %d have no energy (%s), although forces there are finite."
              .formatted(block, state.step(), Arrays.toString(failures)));
    }
    return new Segment(block, state, frames, frameEnergies, rungEnergies);
  }

  @Override
  public void close() {
    try (forces;
        energies) {
      // Both are closed, whatever the first one throws.
    }
  }
}
