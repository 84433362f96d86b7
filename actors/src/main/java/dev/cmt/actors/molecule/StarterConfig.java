package dev.cmt.actors.molecule;

import dev.cmt.energy.molecule.ZMatrixBuilder;

/**
 * A run file for an imported molecule, with the sizes that the quick configs of the built-in
 * peptides have at its dimension: few, large annealing steps and a small network, for hours of two
 * cores rather than days.
 */
final class StarterConfig {
  private static final int STEPS = 140;

  /** A ring's torsions are learned, not given; that takes more of the path. */
  private static final int STEPS_FOR_RINGS = 60;

  /** Nats of entropy to lose in a step: 4 at 60 coordinates, 5 at 100, 7 from 140 on. */
  private static final int COORDINATES_PER_NAT = 20;

  private static final int LEAST_NATS = 4;
  private static final int MOST_NATS = 7;

  private StarterConfig() {}

  static String of(MoleculeImport molecule) {
    int dimension = molecule.target().dimension();
    int rings =
        ZMatrixBuilder.ringBonds(molecule.target().system(), molecule.target().zMatrix()).size();
    int nats = Math.min(MOST_NATS, Math.max(LEAST_NATS, dimension / COORDINATES_PER_NAT));
    return """
    # %s, %d coordinates%s.
    # Sizes to begin with, as the quick configs of the built-in peptides have them. If the report warns that annealing ended before the
    # target, raise annealing.steps; if its ESS is low, take a larger network, smaller bounds and more samples, as config/paper has
    # them. Every key: actors/src/main/resources/reference.conf.

    # Beside this file: what ./cmt import made. validation.html says what was checked.
    target.directory = "."
    target.temperature_k = %s

    flow {
      # Deeper and narrower beats wider at equal cost; so small a network wants the activation after every layer.
      hidden = [64, 64]
      activation = silu
      first_activation = true
    }

    annealing {
      steps = %d
      samples_per_step = 40000
      eps_tr = 1.0
      eps_ent = %d.0
    }

    training {
      # Two passes over a step's samples: more would overfit them.
      gradient_steps = 160
      batch_size = 500
      learning_rate = 2e-3
      # So short a run loses rare basins with it: docs/adr/0006.
      control_variate = false
      warmup_steps = 300
    }

    evaluation.samples = 200000
    """
        .formatted(
            molecule.name(),
            dimension,
            rings == 0 ? "" : rings == 1 ? ", a ring" : ", %d rings".formatted(rings),
            molecule.target().settings().temperatureK(),
            STEPS + (rings == 0 ? 0 : STEPS_FOR_RINGS),
            nats);
  }
}
