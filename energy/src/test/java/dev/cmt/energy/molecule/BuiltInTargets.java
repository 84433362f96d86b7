package dev.cmt.energy.molecule;

import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.TargetSettings;
import dev.cmt.energy.Targets;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.BuiltInSystems;
import java.util.stream.Stream;

/** The built-in molecules as targets at 300 K. */
final class BuiltInTargets {
  private BuiltInTargets() {}

  static Stream<MolecularTarget> all() {
    return BuiltInSystems.names().stream()
        .map(
            name ->
                (MolecularTarget)
                    Targets.create(
                        name,
                        new TargetSettings(
                            300, 1e8, 1e20, EnergyEngine.OPENMM, OpenMmPlatform.REFERENCE)));
  }
}
